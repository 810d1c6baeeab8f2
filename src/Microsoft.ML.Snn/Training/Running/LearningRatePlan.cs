namespace Microsoft.ML.Snn.Training.Running;

/// <summary>The learning rate of every batch of a training run: a linear warm-up, then the schedule.</summary>
/// <param name="schedule">How the rate changes.</param>
/// <param name="learningRate">The rate at its highest.</param>
/// <param name="epochs">Of the whole run.</param>
/// <param name="batchesPerEpoch">At least 1.</param>
internal sealed class LearningRatePlan(LearningRateSchedule schedule, double learningRate, int epochs, long batchesPerEpoch)
{
    /// <param name="batch">Counted from 0 over all epochs.</param>
    public double At(long batch)
    {
        double epoch = (double)batch / batchesPerEpoch;
        double warmUp = schedule.WarmupEpochs;
        if (epoch < warmUp)
        {
            // The first batch already learns: 1/n of the rate, then 2/n and so on. n need not be whole, nor more than 1.
            return learningRate * Math.Min(1, (batch + 1) / (warmUp * batchesPerEpoch));
        }
        return learningRate * schedule.Shape switch
        {
            LearningRateSchedule.Curve.Cosine => 0.5 * (1 + Math.Cos(Math.PI * (epoch - warmUp) / (epochs - warmUp))),
            LearningRateSchedule.Curve.Step => Math.Pow(schedule.DropFactor, Math.Floor(epoch / schedule.DropEpochs)),
            _ => 1,
        };
    }
}

namespace Microsoft.ML.Snn;

/// <summary>The learning rate of every batch of a training run: a linear warm-up, then the schedule.</summary>
internal sealed class LearningRatePlan(SpikingResNetTrainer.Options options, long batchesPerEpoch)
{
    /// <param name="batch">Counted from 0 over all epochs.</param>
    public double At(long batch)
    {
        double epoch = (double)batch / batchesPerEpoch;
        double warmUp = options.WarmupEpochs;
        if (epoch < warmUp)
        {
            // The first batch already learns: 1/n of the rate, then 2/n and so on. n need not be whole, nor more than 1.
            return options.LearningRate * Math.Min(1, (batch + 1) / (warmUp * batchesPerEpoch));
        }
        return options.LearningRate * options.Schedule switch
        {
            LearningRateSchedule.Cosine => 0.5 * (1 + Math.Cos(Math.PI * (epoch - warmUp) / (options.Epochs - warmUp))),
            LearningRateSchedule.Step => Math.Pow(options.StepFactor, Math.Floor(epoch / options.StepEpochs)),
            _ => 1,
        };
    }
}

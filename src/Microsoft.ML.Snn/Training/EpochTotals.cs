namespace Microsoft.ML.Snn;

/// <summary>Sums over the batches of an epoch.</summary>
internal sealed class EpochTotals
{
    public long Batches { get; private set; }

    public long Samples { get; private set; }

    public long Correct { get; private set; }

    /// <summary>Of all samples.</summary>
    public double Loss { get; private set; }

    /// <summary>Of all batches.</summary>
    public double FiringRate { get; private set; }

    /// <summary>Of the newest batch.</summary>
    public double LearningRate { get; set; }

    public TimeSpan InputWait { get; set; }

    public TimeSpan Duration { get; set; }

    public void Add(int samples, double loss, int correct, double firingRate)
    {
        Batches++;
        Samples += samples;
        Loss += loss * samples;
        Correct += correct;
        FiringRate += firingRate;
    }

    public TrainingMetrics ToMetrics(int epoch, int epochs, (double Loss, double Accuracy)? validation, TimeSpan elapsed) => new()
    {
        Epoch = epoch,
        Epochs = epochs,
        Loss = Loss / Samples,
        Accuracy = (double)Correct / Samples,
        ValidationLoss = validation?.Loss,
        ValidationAccuracy = validation?.Accuracy,
        LearningRate = LearningRate,
        FiringRate = FiringRate / Batches,
        SamplesPerSecond = Samples / Duration.TotalSeconds,
        InputWait = InputWait,
        Elapsed = elapsed,
    };
}

namespace Microsoft.ML.Snn;

/// <summary>Progress of a training run, reported after every batch.</summary>
public sealed class TrainingProgress
{
    internal TrainingProgress()
    {
    }

    /// <summary>The current epoch, from 1.</summary>
    public int Epoch { get; internal init; }

    /// <summary>Number of epochs that the run will have.</summary>
    public int Epochs { get; internal init; }

    /// <summary>Batches done in this epoch, from 1.</summary>
    public long Batch { get; internal init; }

    /// <summary>Batches per epoch.</summary>
    public long Batches { get; internal init; }

    /// <summary>Training samples of the batch just done.</summary>
    public int Samples { get; internal init; }

    /// <summary>Mean loss of the batch just done, in nats.</summary>
    public double Loss { get; internal init; }
}

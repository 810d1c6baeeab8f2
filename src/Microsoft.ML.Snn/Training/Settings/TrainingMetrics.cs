namespace Microsoft.ML.Snn;

/// <summary>Metrics of one training epoch.</summary>
public sealed record TrainingMetrics
{
    /// <summary>The epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Number of epochs that the run will have.</summary>
    public required int Epochs { get; init; }

    /// <summary>Mean loss over the epoch's training samples, in nats.</summary>
    public required double Loss { get; init; }

    /// <summary>Share of the epoch's training samples classified correctly as they were trained on, 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Mean loss on the validation samples after the epoch, in nats; null without validation.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Share of the validation samples classified correctly after the epoch, 0 to 1; null without validation.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>Learning rate of the epoch's last batch.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Mean firing rate over all neuron layers: spikes per neuron and time step, 0 to 1.</summary>
    public required double FiringRate { get; init; }

    /// <summary>Training samples per second, validation not counted.</summary>
    public required double SamplesPerSecond { get; init; }

    /// <summary>How long training stood still because no batch was ready.</summary>
    public required TimeSpan InputWait { get; init; }

    /// <summary>Time since training began.</summary>
    public required TimeSpan Elapsed { get; init; }
}

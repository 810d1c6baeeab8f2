namespace Microsoft.ML.Snn;

/// <summary>Metrics of one training epoch.</summary>
public sealed class TrainingMetrics
{
    internal TrainingMetrics()
    {
    }

    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; internal init; }

    /// <summary>Number of epochs that the run will have.</summary>
    public int Epochs { get; internal init; }

    /// <summary>
    /// Mean loss over the epoch's training samples, in nats: for smoothed or mixed labels where training has these, and with all that the
    /// options add to the cross-entropy, but for the penalty on synaptic operations.
    /// </summary>
    public double Loss { get; internal init; }

    /// <summary>
    /// Share of the epoch's training samples classified correctly as they were trained on, 0 to 1. A sample that is mixed of two
    /// (<see cref="ImageAugmentation.MixupAlpha"/>) is right where it is taken for the class of the larger share.
    /// </summary>
    public double Accuracy { get; internal init; }

    /// <summary>
    /// Mean cross-entropy on the validation samples after the epoch, in nats, without smoothed labels and whatever else the options add to
    /// it in training; null without validation.
    /// </summary>
    public double? ValidationLoss { get; internal init; }

    /// <summary>Share of the validation samples classified correctly after the epoch, 0 to 1; null without validation.</summary>
    public double? ValidationAccuracy { get; internal init; }

    /// <summary>Learning rate of the epoch's last batch.</summary>
    public double LearningRate { get; internal init; }

    /// <summary>Mean firing rate over all neuron layers: spikes per neuron and time step, 0 to 1.</summary>
    public double FiringRate { get; internal init; }

    /// <summary>Firing rate of each layer of neurons over the epoch's training samples, from input to output.</summary>
    public IReadOnlyList<LayerFiringRate> LayerFiringRates { get; internal init; } = [];

    /// <summary>
    /// Synaptic operations of a training sample over all time steps, the mean over the epoch: spikes times the synapses behind an average
    /// neuron of their layer. <see cref="SpikingTrace.SynapticOperations"/> counts those of a picture one by one.
    /// </summary>
    public double SynapticOperations { get; internal init; }

    /// <summary>What was measured on the probe batch after the epoch; null where nothing was asked for, or not in this epoch.</summary>
    public TrainingDiagnostics? Diagnostics { get; internal init; }

    /// <summary>Training samples per second, validation not counted.</summary>
    public double SamplesPerSecond { get; internal init; }

    /// <summary>How long training stood still because no batch was ready.</summary>
    public TimeSpan InputWait { get; internal init; }

    /// <summary>Time of the epoch's forward passes; on a GPU, until they were queued.</summary>
    public TimeSpan ForwardTime { get; internal init; }

    /// <summary>Time of the epoch's backward passes; on a GPU, until they were queued.</summary>
    public TimeSpan BackwardTime { get; internal init; }

    /// <summary>Time in which the weights were changed; on a GPU, also in which what was queued was waited for.</summary>
    public TimeSpan UpdateTime { get; internal init; }

    /// <summary>Time since training began.</summary>
    public TimeSpan Elapsed { get; internal init; }
}

using Microsoft.ML.Snn.Network;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>Sums over the batches of an epoch.</summary>
internal sealed class EpochTotals
{
    private string[] _layers = [];
    private double[] _rates = [];

    public long Batches { get; private set; }

    public long Samples { get; private set; }

    public long Correct { get; private set; }

    /// <summary>Of all samples.</summary>
    public double Loss { get; private set; }

    /// <summary>Of each layer, the mean over the batches so far.</summary>
    public IReadOnlyList<LayerFiringRate> FiringRates => [.. _layers.Zip(_rates, (name, sum) => new LayerFiringRate(name, sum / Batches))];

    /// <summary>Of the newest batch.</summary>
    public double LearningRate { get; set; }

    public TimeSpan InputWait { get; set; }

    public TimeSpan Duration { get; set; }

    private TimeSpan Forward { get; set; }

    private TimeSpan Backward { get; set; }

    private TimeSpan Update { get; set; }

    public void Add(int samples, StepResult step)
    {
        IReadOnlyList<LayerFiringRate> rates = step.FiringRates;
        Batches++;
        Samples += samples;
        Loss += step.Loss * samples;
        Correct += step.Correct;
        Forward += step.Forward;
        Backward += step.Backward;
        Update += step.Update;
        if (_layers.Length == 0)
            (_layers, _rates) = ([.. rates.Select(layer => layer.Name)], new double[rates.Count]);
        for (int i = 0; i < _rates.Length; i++)
            _rates[i] += rates[i].Rate;
    }

    public TrainingMetrics ToMetrics(
        int epoch, int epochs, PhasePlan phase, (double Loss, double Accuracy)? validation, TrainingDiagnostics? diagnostics,
        TimeSpan elapsed) => new()
    {
        Epoch = epoch,
        Epochs = epochs,
        Loss = Loss / Samples,
        Accuracy = (double)Correct / Samples,
        ValidationLoss = validation?.Loss,
        ValidationAccuracy = validation?.Accuracy,
        LearningRate = LearningRate,
        FiringRate = FiringRates.Average(layer => layer.Rate),
        LayerFiringRates = FiringRates,
        SynapticOperations = phase.SynapticOperations(FiringRates),
        Diagnostics = diagnostics,
        SamplesPerSecond = Samples / Duration.TotalSeconds,
        InputWait = InputWait,
        ForwardTime = Forward,
        BackwardTime = Backward,
        UpdateTime = Update,
        Elapsed = elapsed,
    };
}

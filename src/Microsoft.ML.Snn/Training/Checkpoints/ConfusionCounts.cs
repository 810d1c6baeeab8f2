namespace Microsoft.ML.Snn.Training.Checkpoints;

/// <summary>How often validation samples of one class were taken for another, or for their own; only pairs that occur are kept.</summary>
/// <param name="epoch">After which the network was asked, from 1.</param>
internal sealed class ConfusionCounts(int epoch)
{
    private readonly Dictionary<(int Actual, int Predicted), long> _samples = [];

    public int Epoch { get; } = epoch;

    /// <summary>Samples of each pair of classes, from 0.</summary>
    public IReadOnlyDictionary<(int Actual, int Predicted), long> Samples => _samples;

    public void Add(int actual, int predicted, long samples = 1) =>
        _samples[(actual, predicted)] = _samples.GetValueOrDefault((actual, predicted)) + samples;
}

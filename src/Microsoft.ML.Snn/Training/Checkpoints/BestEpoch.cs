namespace Microsoft.ML.Snn.Training.Checkpoints;

/// <summary>The epoch of the highest validation accuracy so far, with the network's tensors after it.</summary>
/// <param name="Epoch">From 1.</param>
internal sealed record BestEpoch(int Epoch, double Accuracy, IReadOnlyDictionary<string, float[]> Tensors);

namespace Microsoft.ML.Snn.Training.Checkpoints;

/// <summary>What training has come to: all that one phase hands to the next, and that a checkpoint keeps. By the tensors' names.</summary>
/// <param name="Tensors">The network's.</param>
/// <param name="Momentum">The optimizer's momentum of each parameter; empty before the first step.</param>
/// <param name="Average">The averaged tensors; empty where none are kept.</param>
internal sealed record TrainingState(
    IReadOnlyDictionary<string, float[]> Tensors, IReadOnlyDictionary<string, float[]> Momentum,
    IReadOnlyDictionary<string, float[]> Average);

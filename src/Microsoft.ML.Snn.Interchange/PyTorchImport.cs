namespace Microsoft.ML.Snn;

/// <summary>A network that was read from PyTorch's weights.</summary>
/// <param name="Network">The network, batch normalization folded in.</param>
/// <param name="Tensors">What became of each tensor of the file.</param>
public sealed record PyTorchImport(SpikingNetwork Network, IReadOnlyList<ImportedTensor> Tensors);

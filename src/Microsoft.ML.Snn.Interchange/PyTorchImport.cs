namespace Microsoft.ML.Snn;

/// <summary>A network that was read from PyTorch's weights.</summary>
public sealed class PyTorchImport
{
    internal PyTorchImport(SpikingNetwork network, IReadOnlyList<ImportedTensor> tensors) => (Network, Tensors) = (network, tensors);

    /// <summary>The network, batch normalization folded in.</summary>
    public SpikingNetwork Network { get; }

    /// <summary>What became of each tensor that was read.</summary>
    public IReadOnlyList<ImportedTensor> Tensors { get; }
}

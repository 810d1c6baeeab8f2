namespace Microsoft.ML.Snn;

/// <summary>What became of a tensor of a file.</summary>
public sealed class ImportedTensor
{
    internal ImportedTensor(string name, IReadOnlyList<long> shape, string? layer) => (Name, Shape, Layer) = (name, shape, layer);

    /// <summary>Its name in the file.</summary>
    public string Name { get; }

    /// <summary>Its sizes; none for a single number.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The layer of <see cref="SpikingNetwork.Layers"/> that it went into; null where nothing is computed with it.</summary>
    public string? Layer { get; }
}

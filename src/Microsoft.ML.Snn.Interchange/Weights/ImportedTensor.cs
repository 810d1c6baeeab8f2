namespace Microsoft.ML.Snn;

/// <summary>What became of a tensor of a file.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Layer">The layer of <see cref="SpikingNetwork.Layers"/> that it went into; null where nothing is computed with it.</param>
public sealed record ImportedTensor(string Name, IReadOnlyList<long> Shape, string? Layer);

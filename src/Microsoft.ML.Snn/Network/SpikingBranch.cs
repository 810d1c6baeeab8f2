namespace Microsoft.ML.Snn.Network;

/// <summary>A path from one tdBN to the next: neurons, a convolution, its tdBN.</summary>
/// <param name="Source">The layer of neurons that it begins with.</param>
/// <param name="Convolution">What it ends with.</param>
internal sealed record SpikingBranch(string Source, NormalizedConvolution Convolution);

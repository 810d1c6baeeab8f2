namespace Microsoft.ML.Snn;

/// <summary>A run of equal blocks at one resolution.</summary>
/// <param name="Blocks">Number of blocks, at least 1.</param>
/// <param name="Width">
/// Output channels of each convolution, at least 1. A <see cref="SpikingBlockKind.Bottleneck"/> block has four times as many outputs.
/// </param>
/// <param name="Stride">Stride of the first block, at least 1.</param>
public sealed record SpikingStage(int Blocks, int Width, int Stride = 1);

namespace Microsoft.ML.Snn;

/// <summary>The first convolution of a network, with tdBN and a neuron: it turns the input into spikes (direct encoding).</summary>
/// <param name="Width">Output channels, at least 1.</param>
/// <param name="Kernel">Side of the square kernel: odd, at least 1. Padding is half of it.</param>
/// <param name="Stride">At least 1.</param>
public sealed record SpikingStem(int Width, int Kernel = 3, int Stride = 1);

namespace Microsoft.ML.Snn.Network;

/// <summary>Share of a neuron layer's outputs that were spikes, over (T, N, C, H, W): 0 to 1.</summary>
internal readonly record struct LayerFiringRate(string Name, double Rate);

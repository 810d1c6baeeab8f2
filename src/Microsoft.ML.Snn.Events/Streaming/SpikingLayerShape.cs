namespace Microsoft.ML.Snn;

/// <summary>A layer of spiking neurons.</summary>
/// <param name="Name">Name of the layer in the network.</param>
/// <param name="Channels">Number of channels C.</param>
/// <param name="Height">Height H of the map; 1 in a layer without one.</param>
/// <param name="Width">Width W of the map; 1 in a layer without one.</param>
public sealed record SpikingLayerShape(string Name, int Channels, int Height, int Width);

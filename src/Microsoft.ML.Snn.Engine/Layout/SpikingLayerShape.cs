namespace Microsoft.ML.Snn;

/// <summary>The name and shape of a layer of spiking neurons.</summary>
public sealed class SpikingLayerShape
{
    internal SpikingLayerShape(string name, int channels, int height, int width) =>
        (Name, Channels, Height, Width) = (name, channels, height, width);

    /// <summary>The name of the layer's neurons in the network.</summary>
    public string Name { get; }

    /// <summary>Number of channels C.</summary>
    public int Channels { get; }

    /// <summary>Height H of each channel's map; 1 in a layer without one.</summary>
    public int Height { get; }

    /// <summary>Width W of each channel's map; 1 in a layer without one.</summary>
    public int Width { get; }

    /// <summary>Number of neurons: C * H * W.</summary>
    public int NeuronCount => Channels * Height * Width;

    /// <exception cref="ArgumentException">What is to take a value for each neuron has another length.</exception>
    internal void CheckLength(int length, string name)
    {
        if (length != NeuronCount)
            throw new ArgumentException($"Layer {Name} has {NeuronCount} neurons, but the destination takes {length}.", name);
    }
}

using System.Collections;
using System.Numerics;

namespace Microsoft.ML.Snn;

/// <summary>The spikes of one layer while a network scored one row.</summary>
public sealed class LayerTrace
{
    // [T][H, W, words]: bit c % 64 of word c / 64 is channel c.
    private readonly ulong[][] _words;

    internal LayerTrace(string name, int channels, int height, int width, ulong[][] words, OperationCount operations, long dense)
    {
        (Name, Channels, Height, Width) = (name, channels, height, width);
        _words = words;
        SpikeCounts = Array.ConvertAll(words, step => step.Sum(BitOperations.PopCount));
        SynapticOperations = operations.SynapticOperations;
        Additions = operations.Additions;
        MultiplyAdds = operations.MultiplyAdds;
        DenseMultiplyAdds = dense;
    }

    /// <summary>The name of the layer's neurons in the network.</summary>
    public string Name { get; }

    /// <summary>Number of channels C.</summary>
    public int Channels { get; }

    /// <summary>Height H of each channel's map.</summary>
    public int Height { get; }

    /// <summary>Width W of each channel's map.</summary>
    public int Width { get; }

    /// <summary>Number of neurons: C * H * W.</summary>
    public int NeuronCount => Channels * Height * Width;

    /// <summary>Number of spikes in each time step: [T].</summary>
    public IReadOnlyList<int> SpikeCounts { get; }

    /// <summary>Synaptic operations in all steps: one for each neuron of this layer that a spike reaches; see
    /// <see cref="SpikingTrace.SynapticOperations"/>.</summary>
    public long SynapticOperations { get; }

    /// <summary>Additions that the engine did for this layer.</summary>
    public long Additions { get; }

    /// <summary>Multiply-adds that the engine did for this layer.</summary>
    public long MultiplyAdds { get; }

    /// <summary>Multiply-adds that a dense layer of the same convolutions takes for the row.</summary>
    public long DenseMultiplyAdds { get; }

    /// <summary>Which neurons fired in a step: one bit per neuron in the order [C, H, W].</summary>
    /// <param name="step">The time step, 0 to T - 1.</param>
    /// <returns>A new array of <see cref="NeuronCount"/> bits.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public BitArray SpikesAt(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, _words.Length);
        var fired = new BitArray(NeuronCount);
        int pixels = Height * Width, wordsOfPixel = SpikingLayer.WordsFor(Channels);
        for (int i = 0; i < _words[step].Length; i++)
        {
            int pixel = i / wordsOfPixel, first = i % wordsOfPixel * 64;
            for (ulong bits = _words[step][i]; bits != 0; bits &= bits - 1)
                fired[(first + BitOperations.TrailingZeroCount(bits)) * pixels + pixel] = true;
        }
        return fired;
    }
}

using System.Collections.Immutable;

namespace Microsoft.ML.Snn;

/// <summary>
/// The weights of a network are in memory once, as the kernels want them. A graph without them says the rest; this puts the two together
/// and takes them apart.
/// </summary>
internal static class SpikingLayers
{
    /// <summary>The node with an empty array in place of the weights of a convolution or linear layer.</summary>
    public static NetworkNode<float> WithoutWeights(NetworkNode<float> node) => node switch
    {
        ConvolutionNode<float> convolution => convolution with { Weights = [] },
        LinearNode<float> linear => linear with { Weights = [] },
        _ => node,
    };

    /// <summary>The graph with the weights that the layers hold: those it was made with, rounded to their units.</summary>
    public static NetworkGraph<float> WithWeights(NetworkGraph<float> graph, ImmutableArray<SpikingLayer> layers)
    {
        var weights = new Dictionary<string, float[]>();
        foreach (SpikingLayer layer in layers)
        {
            ReadOnlySpan<float> units = layer.Scale.Span[..layer.Channels];
            foreach (SpikeTerm term in layer.SpikeTerms)
                weights[term.Node] = layer.Weights.Get(term.FirstRow, term.Window, units);
            foreach (AnalogTerm term in layer.AnalogTerms)
                weights[term.Node] = Get(term, layer.Channels);
        }
        return graph with
        {
            Nodes = [.. graph.Nodes.Select(node => node switch
            {
                ConvolutionNode<float> convolution => convolution with { Weights = Rounded(convolution.Name, convolution.Unit) },
                LinearNode<float> linear => linear with { Weights = Rounded(linear.Name, linear.Unit) },
                _ => node,
            })],
        };

        // Quantized weights whose layer has another unit are near their integers, but not on them.
        float[] Rounded(string name, float[]? unit) =>
            unit is null ? weights[name] : Quantization.Weights(Quantization.Integers(weights[name], unit), unit);
    }

    /// <summary>[tap, in, padded out] -> [out, in, tap].</summary>
    private static float[] Get(AnalogTerm term, int channels)
    {
        int inputs = term.Window.Channels, taps = term.Window.Taps;
        float[] weights = new float[channels * inputs * taps];
        for (int c = 0; c < channels; c++)
        {
            for (int i = 0; i < inputs; i++)
            {
                for (int tap = 0; tap < taps; tap++)
                    weights[(c * inputs + i) * taps + tap] = term.Weights.Span[(tap * inputs + i) * term.Stride + c];
            }
        }
        return weights;
    }
}

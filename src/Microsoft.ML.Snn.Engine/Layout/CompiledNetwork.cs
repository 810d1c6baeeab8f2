using System.Collections.Immutable;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Engine.Layout;

/// <summary>
/// A network that is ready to run. Its weights are in memory once, in the layers, as the kernels want them; a graph without them says the
/// rest, and <see cref="ToGraph"/> puts the two together again.
/// </summary>
/// <param name="Layers">In the order of computation; the last one, without neurons, gives the scores.</param>
/// <param name="Structure">All nodes, without weights that are in the layers.</param>
/// <param name="Signals">What each node gives, and the network's input.</param>
internal sealed record CompiledNetwork(
    ImmutableArray<SpikingLayer> Layers, NetworkGraph<float> Structure, IReadOnlyDictionary<string, Signal> Signals)
{
    /// <summary>Bits of the number of spikes that a neuron sends in a step.</summary>
    public int Slots { get; } = SpikePatterns.SlotsFor(Layers.Max(layer => layer.MaxSpikes));

    /// <summary>Most time steps that are computed at once.</summary>
    public int BlockSteps => SpikePatterns.StepsFor(Slots);

    /// <summary>The node with an empty array in place of the weights of a convolution or linear layer.</summary>
    public static NetworkNode<float> WithoutWeights(NetworkNode<float> node) =>
        node is WeightedNode<float> weighted ? weighted with { Weights = [] } : node;

    /// <summary>The graph with the weights that the layers hold: those it was made with, rounded to their units.</summary>
    public NetworkGraph<float> ToGraph() => Structure with
    {
        Nodes = [.. Structure.Nodes.Select(node =>
            node is WeightedNode<float> weighted ? weighted with { Weights = Weights(weighted) } : node)],
    };

    /// <summary>The weights of a node, [out, in, tap].</summary>
    public float[] Weights(WeightedNode<float> node)
    {
        float[] weights = Layers.Select(layer => Weights(node, layer)).First(found => found is not null)!;
        // Quantized weights whose layer has another unit are near their integers, but not on them.
        return node.Unit is null ? weights : Quantization.Weights(Quantization.Integers(weights, node.Unit), node.Unit);
    }

    private static float[]? Weights(WeightedNode<float> node, SpikingLayer layer)
    {
        if (layer.SpikeTerms.FirstOrDefault(term => term.Node == node.Name) is { } spikes)
        {
            float[] weights = layer.Weights.Get(spikes.FirstRow, spikes.Window, layer.Scale.Span[..layer.Channels]);
            return KernelCrop.Undo(spikes.Window, weights, node.Kernel);
        }
        return layer.AnalogTerms.FirstOrDefault(term => term.Node == node.Name) is { } analog ? Weights(analog, layer.Channels) : null;
    }

    /// <summary>[tap, in, padded out] -> [out, in, tap].</summary>
    private static float[] Weights(AnalogTerm term, int channels)
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

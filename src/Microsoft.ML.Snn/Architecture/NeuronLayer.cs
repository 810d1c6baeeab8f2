using System.Collections.Immutable;

namespace Microsoft.ML.Snn.Architecture;

/// <summary>A layer of neurons, and how many synapses its spikes pass.</summary>
/// <param name="Name">As in <see cref="LayerFiringRate.Name"/>.</param>
/// <param name="Neurons">C*H*W.</param>
/// <param name="Synapses">
/// The synaptic operations that follow, in all layers behind it, from each of its neurons sending one spike: one for each output that a
/// weight, an identity shortcut or, behind the pooling, a linear layer takes the spike to. Weights on padding are none.
/// </param>
internal sealed record NeuronLayer(string Name, long Neurons, long Synapses)
{
    /// <summary>All layers of neurons, from input to output.</summary>
    public static ImmutableArray<NeuronLayer> Of(NetworkPlan plan)
    {
        var layers = new List<NeuronLayer>();
        ConvolutionPlan before = plan.Stem;
        Add(plan.Stem.Name);
        foreach (BlockPlan block in plan.Blocks)
        {
            (int source, ConvolutionPlan input) = (layers.Count - 1, before);
            foreach (ConvolutionPlan convolution in block.Convolutions)
            {
                Connect(layers.Count - 1, SynapsesOf(convolution, before));
                before = convolution;
                Add(convolution == block.Convolutions[^1] ? block.Name : convolution.Name);
            }
            if (block.Shortcut is { } shortcut)
                Connect(source, shortcut.Convolution is { } projection ? SynapsesOf(projection, input) : layers[source].Neurons);
        }
        // Each neuron is in one window of the pooling.
        Connect(layers.Count - 1, layers[^1].Neurons * plan.FirstLinear.Out);
        if (plan.Hidden is { } hidden)
            layers.Add(new(hidden.Name, hidden.Out, (long)hidden.Out * plan.Output.Out));
        return [.. layers];

        void Add(string name) => layers.Add(new(name, (long)before.Out * before.OutHeight * before.OutWidth, 0));

        void Connect(int layer, long synapses) => layers[layer] = layers[layer] with { Synapses = layers[layer].Synapses + synapses };
    }

    private static long SynapsesOf(ConvolutionPlan convolution, ConvolutionPlan input) => (long)convolution.In * convolution.Out
        * Places(convolution, input.OutHeight, convolution.OutHeight) * Places(convolution, input.OutWidth, convolution.OutWidth);

    /// <summary>Places of the kernel on the input, over all outputs along one side.</summary>
    private static long Places(ConvolutionPlan convolution, int inputs, int outputs)
    {
        long places = 0;
        for (int output = 0; output < outputs; output++)
        {
            int first = output * convolution.Stride - convolution.Kernel / 2;
            places += Math.Min(inputs, first + convolution.Kernel) - Math.Max(0, first);
        }
        return places;
    }
}

using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Inference;

public class NetworkLayers
{
    private static readonly RandomGraphs.Shape _shape = new(3, 9, 7, 12, 3, 2, 3, false);

    private static readonly NetworkGraph<float> _graph = RandomGraphs.Create(_shape, seed: 1);

    private readonly SpikingNetwork _network = new(_graph);

    [Fact]
    public void They_are_the_nodes_of_the_graph_in_its_order()
    {
        var reference = new GraphReference<float>(_graph);
        reference.Score(RandomGraphs.Features(_shape, seed: 2));
        Assert.Equal(_graph.Nodes.Select(node => node.Name), _network.Layers.Select(layer => layer.Name));
        foreach ((NetworkNode<float> node, NetworkLayer layer) in _graph.Nodes.Zip(_network.Layers))
        {
            Map output = reference.Outputs[node.Name][0];
            Assert.Equal(node.Inputs, layer.InputNames);
            Assert.Equal((output.Channels, output.Height, output.Width), (layer.OutputChannels, layer.Height, layer.Width));
            int inputs = node.Inputs[0] == NetworkNode<float>.NetworkInput ? 3 : reference.Outputs[node.Inputs[0]][0].Channels;
            Assert.Equal(inputs, layer.InputChannels);
            Assert.Equal(layer.Kind == NetworkLayerKind.Neurons, layer.Threshold is not null);
            Assert.Equal(layer.Kind == NetworkLayerKind.Neurons, layer.Decay is not null);
        }
        Assert.Equal(
            [
                NetworkLayerKind.InputNormalization, NetworkLayerKind.Convolution, NetworkLayerKind.Neurons, NetworkLayerKind.Convolution,
                NetworkLayerKind.IdentityShortcut, NetworkLayerKind.Addition, NetworkLayerKind.Neurons, NetworkLayerKind.Convolution,
                NetworkLayerKind.Convolution, NetworkLayerKind.Addition, NetworkLayerKind.Neurons, NetworkLayerKind.Pooling,
                NetworkLayerKind.Linear, NetworkLayerKind.Neurons, NetworkLayerKind.Linear,
            ],
            _network.Layers.Select(layer => layer.Kind));
        Assert.Equal("c: Convolution [19, 3, 2]", $"{Layer("c")}");
    }

    [Fact]
    public void Weights_and_biases_are_the_graphs()
    {
        foreach (NetworkNode<float> node in _graph.Nodes)
        {
            NetworkLayer layer = Layer(node.Name);
            (float[] weights, float[] biases, int kernel, int stride) = node switch
            {
                ChannelScaleNode<float> n => (n.Scale, n.Offset, 1, 1),
                WeightedNode<float> n => (n.Weights, n.Bias, n.Kernel, n.Stride),
                _ => ((float[])[], (float[])[], 1, 1),
            };
            Assert.Equal((kernel, stride), (layer.KernelSize, layer.Stride));
            Assert.Equal(biases, layer.GetBiases());
            // Those that spikes add are rounded to a fixed point.
            Assert.Equal(weights.Length, layer.GetWeights().Length);
            Assert.All(weights.Zip(layer.GetWeights()), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        }
        Assert.Equal(19 * 12 * 9, Layer("c").GetWeights().Length);
    }

    [Fact]
    public void Weights_of_8_bits_are_whole_numbers_of_their_unit()
    {
        NetworkGraph<float> quantized = Quantization.Quantize(_graph);
        var network = new SpikingNetwork(quantized);
        foreach (WeightedNode<float> node in quantized.Nodes.OfType<WeightedNode<float>>())
            Assert.Equal(node.Weights, network.Layers.Single(layer => layer.Name == node.Name).GetWeights());
    }

    [Fact]
    public void Threshold_and_decay_have_a_value_for_each_channel()
    {
        var perChannel = (NeuronNode<float>)_graph.Nodes.Single(node => node.Name == "a.neuron");
        Assert.Equal(perChannel.Threshold, Layer("a.neuron").Threshold);
        Assert.Equal(perChannel.Decay, Layer("a.neuron").Decay);
        Assert.Equal(Enumerable.Repeat(0.5f, 12), Layer("b.neuron").Threshold);
        Assert.Equal(Enumerable.Repeat(0.25f, 12), Layer("b.neuron").Decay);
    }

    [Fact]
    public void What_they_give_is_a_copy()
    {
        foreach (NetworkLayer layer in _network.Layers)
        {
            float[] weights = layer.GetWeights(), biases = layer.GetBiases();
            layer.GetWeights().AsSpan().Fill(9);
            layer.GetBiases().AsSpan().Fill(9);
            Assert.Equal(weights, layer.GetWeights());
            Assert.Equal(biases, layer.GetBiases());
        }
    }

    private NetworkLayer Layer(string name) => _network.Layers.Single(layer => layer.Name == name);
}

using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Engine.Vectors;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Inference;

public class QuantizedNetworks
{
    private static readonly RandomGraphs.Shape _shape = new(3, 8, 8, 32, 3, 1, 4, false);

    private static readonly NetworkGraph<float> _graph = RandomGraphs.Create(_shape, seed: 2);

    [Fact]
    public void Weights_are_whole_numbers_of_their_outputs_unit_and_next_to_the_real_ones()
    {
        NetworkGraph<float> quantized = Quantization.Quantize(_graph);
        int layers = 0;
        foreach ((NetworkNode<float> before, NetworkNode<float> after) in _graph.Nodes.Zip(quantized.Nodes))
        {
            (float[] real, float[] rounded, float[]? unit) = (before, after) switch
            {
                (ConvolutionNode<float> b, ConvolutionNode<float> a) => (b.Weights, a.Weights, a.Unit),
                (LinearNode<float> b, LinearNode<float> a) => (b.Weights, a.Weights, a.Unit),
                _ => ([], [], null),
            };
            if (unit is null)
            {
                Assert.Equal(real, rounded);
                continue;
            }
            layers++;
            int inputs = real.Length / unit.Length;
            for (int i = 0; i < real.Length; i++)
            {
                double u = unit[i / inputs], integer = rounded[i] / u;
                Assert.Equal(Math.Round(integer), integer);
                Assert.InRange(integer, -127, 127);
                Assert.InRange(Math.Abs(real[i] - rounded[i]), 0, u * 0.5000001);
            }
        }
        // All but the one on the network's input: two convolutions, one on a shortcut, two linear layers.
        Assert.Equal(5, layers);
    }

    [Fact]
    public void Units_are_as_fine_as_8_bits_allow()
    {
        var quantized = (ConvolutionNode<float>)Quantization.Quantize(_graph).Nodes.First(node => node.Name == "b");
        sbyte[] integers = Quantization.Integers(quantized.Weights, quantized.Unit!);
        int inputs = integers.Length / quantized.Out;
        for (int c = 0; c < quantized.Out; c++)
            Assert.Equal(127, integers.Skip(c * inputs).Take(inputs).Max(integer => Math.Abs((int)integer)));
    }

    [Fact]
    public void A_shortcuts_unit_is_a_power_of_two_times_the_other_layers()
    {
        NetworkGraph<float> graph = Scale(_graph, "c.shortcut", 30);
        NetworkGraph<float> quantized = Quantization.Quantize(graph);
        float[] main = Unit(quantized, "c"), shortcut = Unit(quantized, "c.shortcut");
        Assert.All(main.Zip(shortcut), pair => Assert.True(float.IsPow2(pair.Second / pair.First)));
        Assert.All(main.Zip(shortcut), pair => Assert.InRange(pair.Second / pair.First, 4, 256));
        AssertRunsNarrow(quantized);
    }

    [Fact]
    public void A_shortcut_with_far_larger_weights_than_the_other_layer_still_fits()
    {
        NetworkGraph<float> quantized = Quantization.Quantize(Scale(_graph, "c.shortcut", 1e6f));
        Assert.All(Unit(quantized, "c").Zip(Unit(quantized, "c.shortcut")), pair => Assert.Equal(256, pair.Second / pair.First));
        AssertRunsNarrow(quantized);
    }

    [Fact]
    public void Channels_without_weights_have_a_unit_too()
    {
        NetworkGraph<float> quantized = Quantization.Quantize(Scale(Scale(_graph, "c.shortcut", 0), "c", 0));
        Assert.All(Unit(quantized, "c"), unit => Assert.Equal(1, unit));
        AssertRunsNarrow(quantized);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void More_of_the_largest_weights_than_16_bits_can_add_up_are_added_up(bool negative)
    {
        // All neurons of a fire at every step; b has 9 * 130 equal weights an output: their sum is 9 * 130 * 127 units.
        var shape = new RandomGraphs.Shape(1, 5, 5, 130, 3, 1, 4, false);
        NetworkGraph<float> graph = RandomGraphs.Create(shape, seed: 4);
        graph = graph with
        {
            Nodes = [.. graph.Nodes.Select(node => node switch
            {
                ConvolutionNode<float> { Name: "a" } n => n with { Bias = [.. n.Bias.Select(_ => 50f)] },
                ConvolutionNode<float> { Name: "b" } n => n with { Weights = [.. n.Weights.Select(_ => negative ? -0.01f : 0.01f)] },
                _ => node,
            })],
        };
        NetworkGraph<float> quantized = Quantization.Quantize(graph);
        float[] features = new float[25];
        foreach (VectorWidth width in EngineGivesTheReferencesSpikes.Widths)
            Assert.Equal(0, LayerByLayer.Compare(quantized, quantized, features, width).Flipped);
    }

    [Fact]
    public void A_network_quantizes_to_one_that_scores_nearly_the_same()
    {
        var network = new SpikingNetwork(_graph).WithThreads(2);
        SpikingNetwork quantized = network.Quantize();
        Assert.False(network.IsQuantized);
        Assert.True(quantized.IsQuantized);
        Assert.Same(quantized, quantized.Quantize());
        Assert.Equal(2, quantized.Threads);
        Assert.Equal(network.ParameterCount, quantized.ParameterCount);
        double difference = 0;
        for (int seed = 0; seed < 10; seed++)
        {
            float[] features = RandomGraphs.Features(_shape, seed), expected = new float[3], actual = new float[3];
            network.Score(features, expected);
            quantized.Score(features, actual);
            difference += expected.Zip(actual).Sum(pair => Math.Abs(pair.First - pair.Second)) / 30;
        }
        Assert.InRange(difference, 1e-6, 0.03);
    }

    private static void AssertRunsNarrow(NetworkGraph<float> quantized)
    {
        BlockRun run = new SpikingNetwork(quantized).CreateRun();
        Assert.All(run.Layers.Where(layer => !layer.SpikeTerms.IsEmpty), layer => Assert.True(layer.Weights.IsNarrow, layer.Name));
        float[] features = RandomGraphs.Features(_shape, 1);
        (int flipped, int all) = LayerByLayer.Compare(quantized, quantized, features, VectorWidths.Best);
        Assert.True(flipped < 1e-3 * all, $"{flipped} of {all} neurons differ");
    }

    private static float[] Unit(NetworkGraph<float> graph, string name) =>
        graph.Nodes.OfType<ConvolutionNode<float>>().First(node => node.Name == name).Unit!;

    private static NetworkGraph<float> Scale(NetworkGraph<float> graph, string name, float factor) => graph with
    {
        Nodes = [.. graph.Nodes.Select(node => node is ConvolutionNode<float> n && n.Name == name
            ? n with { Weights = [.. n.Weights.Select(weight => factor * weight)] } : node)],
    };
}

using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Inference;

public class SpikingTraceTests
{
    internal static readonly RandomGraphs.Shape[] AllShapes =
    [
        // Input channels, height, width, channels, kernel, stride, time steps.
        new(3, 5, 7, 17, 3, 1, 4, false),
        new(2, 1, 1, 70, 3, 2, 3, true),
        new(3, 9, 4, 64, 5, 2, 2, false),
        new(2, 8, 8, 33, 7, 3, 6, true),
        new(1, 5, 5, 8, 5, 1, 21, true),
        new(2, 9, 8, 20, 3, 2, 4, true) { Crops = true },
    ];

    public static TheoryData<int> Shapes => [.. Enumerable.Range(0, AllShapes.Length)];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Scores_of_the_last_step_are_those_of_Score_to_the_bit(int index)
    {
        (SpikingNetwork network, float[] features, SpikingTrace trace) = Trace(index);
        float[] scores = new float[network.ClassCount];
        network.Score(features, scores);
        Assert.Equal(network.TimeSteps, trace.TimeSteps);
        Assert.Equal(scores, trace.ScoresAt(trace.TimeSteps - 1));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Scores_of_each_step_average_the_reference_until_then(int index)
    {
        (SpikingNetwork network, float[] features, SpikingTrace trace) = Trace(index);
        GraphReference<float> reference = Reference(index, features);
        double[] sums = new double[network.ClassCount];
        for (int t = 0; t < trace.TimeSteps; t++)
        {
            Map output = reference.Outputs["output"][t];
            for (int c = 0; c < sums.Length; c++)
                sums[c] += output.Values[c];
            double[] expected = ReferenceMath.Softmax([.. sums.Select(sum => sum / (t + 1))]);
            for (int c = 0; c < sums.Length; c++)
                Assert.Equal(expected[c], trace.ScoresAt(t)[c], 1e-4);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Spikes_are_the_references(int index)
    {
        (_, float[] features, SpikingTrace trace) = Trace(index);
        GraphReference<float> reference = Reference(index, features);
        Assert.Equal(["a.neuron", "b.neuron", "c.neuron", "hidden.neuron"], trace.Layers.Select(layer => layer.Shape.Name));
        long all = 0;
        foreach (LayerTrace layer in trace.Layers)
        {
            for (int t = 0; t < trace.TimeSteps; t++)
            {
                Map expected = reference.Outputs[layer.Shape.Name][t];
                Assert.Equal((expected.Channels, expected.Height, expected.Width), (layer.Shape.Channels, layer.Shape.Height, layer.Shape.Width));
                Assert.Equal(expected.Values.Select(value => value == 1), Spikes(layer, t));
                Assert.Equal(expected.Values.Sum(), layer.SpikeCounts[t]);
                all += layer.SpikeCounts[t];
            }
        }
        Assert.Equal(all, trace.Spikes);
        Assert.True(all > 0);
    }

    [Fact]
    public void A_trace_keeps_what_it_saw_when_the_network_goes_on()
    {
        (SpikingNetwork network, _, SpikingTrace trace) = Trace(0);
        float[] scores = [.. trace.ScoresAt(0)];
        bool[] fired = Spikes(trace.Layers[0], 0);
        network.Trace(RandomGraphs.Features(AllShapes[0], seed: 99));
        Assert.Equal(scores, trace.ScoresAt(0));
        Assert.Equal(fired, Spikes(trace.Layers[0], 0));
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        (SpikingNetwork network, float[] features, SpikingTrace trace) = Trace(0);
        Assert.Throws<ArgumentException>("features", () => network.Trace(features.AsSpan(1)));
        features[3] = float.NaN;
        Assert.Contains("Feature 3", Assert.Throws<ArgumentException>("features", () => network.Trace(features)).Message);
        LayerTrace layer = trace.Layers[0];
        bool[] spikes = new bool[layer.Shape.NeuronCount];
        foreach (int step in (int[])[-1, trace.TimeSteps])
        {
            Assert.Throws<ArgumentOutOfRangeException>("step", () => layer.CopySpikes(step, spikes));
            Assert.Throws<ArgumentOutOfRangeException>("step", () => trace.ScoresAt(step));
        }
        string message = Assert.Throws<ArgumentException>("destination", () => layer.CopySpikes(0, spikes.AsSpan(1))).Message;
        Assert.Contains($"a.neuron has {spikes.Length} neurons", message);
    }

    [Fact]
    public void Energy_is_that_of_the_operations()
    {
        SpikingTrace trace = Trace(0).Trace;
        var energy = new EnergyModel { AdditionPicojoules = 2, MultiplyAddPicojoules = 10 };
        Assert.Equal((0.9 * trace.Additions + 4.6 * trace.MultiplyAdds) / 1000, trace.EnergyNanojoules(), 1e-9);
        Assert.Equal((2 * trace.Additions + 10 * trace.MultiplyAdds) / 1000.0, trace.EnergyNanojoules(energy), 1e-9);
        Assert.Equal(4.6 * trace.DenseMultiplyAdds / 1000, trace.DenseEnergyNanojoules(), 1e-9);
        Assert.Equal(trace.DenseMultiplyAdds / 100.0, trace.DenseEnergyNanojoules(energy), 1e-9);
    }

    private static bool[] Spikes(LayerTrace layer, int step)
    {
        bool[] spikes = new bool[layer.Shape.NeuronCount];
        layer.CopySpikes(step, spikes);
        return spikes;
    }

    private static (SpikingNetwork Network, float[] Features, SpikingTrace Trace) Trace(int index)
    {
        var network = new SpikingNetwork(RandomGraphs.Create(AllShapes[index], seed: index));
        float[] features = RandomGraphs.Features(AllShapes[index], seed: 400 + index);
        return (network, features, network.Trace(features));
    }

    private static GraphReference<float> Reference(int index, float[] features)
    {
        var reference = new GraphReference<float>(RandomGraphs.Create(AllShapes[index], seed: index));
        reference.Score(features);
        return reference;
    }

    private static Map Sample(NetworkGraph<float> graph, float[] features, int step)
    {
        int size = graph.Channels * graph.Height * graph.Width;
        return Map.From(features.AsSpan(step * size, size), graph.Channels, graph.Height, graph.Width);
    }

    /// <summary>Weights that a convolution reads: for every value (that is not 0) under every tap inside the map.</summary>
    private static long Taps(ConvolutionNode<float> node, Map input, bool everything)
    {
        long taps = 0;
        for (int o = 0; o < node.Out; o++)
        for (int y = 0; y < input.Height; y += node.Stride)
        for (int x = 0; x < input.Width; x += node.Stride)
        for (int i = 0; i < node.In; i++)
        for (int ky = -(node.Kernel / 2); ky <= node.Kernel / 2; ky++)
        for (int kx = -(node.Kernel / 2); kx <= node.Kernel / 2; kx++)
        {
            bool inside = y + ky >= 0 && y + ky < input.Height && x + kx >= 0 && x + kx < input.Width;
            if (inside && (everything || input[i, y + ky, x + kx] != 0))
                taps++;
        }
        return taps;
    }
}

using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>Exported graphs give the engine's spikes where NIR's equations run them.</summary>
public class NirExports(ITestOutputHelper output)
{
    private const int Rows = 6;

    private static readonly RandomGraphs.Shape[] _shapes =
    [
        // Input channels, height, width, channels, kernel, stride, time steps.
        new(3, 5, 7, 17, 3, 1, 4, false),
        new(1, 1, 1, 1, 1, 1, 1, false),
        new(2, 8, 8, 33, 5, 3, 3, true),
        new(4, 3, 11, 16, 1, 2, 3, true),
        new(3, 7, 6, 20, 5, 1, 3, false) { Crops = true },
        new(2, 9, 8, 12, 3, 2, 4, true) { Crops = true },
    ];

    public static TheoryData<int, double, bool> Cases => new(
        from index in Enumerable.Range(0, _shapes.Length)
        from timeStep in new[] { 1e-4, 1.0 }
        from quantize in new[] { false, true }
        select (index, timeStep, quantize));

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_interpreter_of_NIRs_equations_gives_the_same_spikes(int index, double timeStep, bool quantize)
    {
        var network = new SpikingNetwork(RandomGraphs.Create(_shapes[index], seed: index));
        Compare(quantize ? network.Quantize() : network, index, timeStep);
    }

    [Theory]
    [InlineData(1f, 1f)]
    [InlineData(0f, 0.5f)]
    [InlineData(0f, 1f)]
    [InlineData(0.999f, 1f)]
    public void Neurons_that_do_not_leak_are_written_too(float first, float others)
    {
        NetworkGraph<float> graph = RandomGraphs.Create(_shapes[0], seed: 7);
        int channels = _shapes[0].Channels;
        float[] decay = [first, .. Enumerable.Repeat(others, channels - 1)];
        Compare(new(graph with
        {
            Nodes = [.. graph.Nodes.Select(node =>
                node is NeuronNode<float> { Name: "a.neuron" } neuron ? neuron with { Decay = decay } : node)],
        }), 0, 1e-4);
    }

    [Fact]
    public void Several_spikes_a_step_are_refused_by_name_and_a_file_that_is_there_stays()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("network.nir");
        File.WriteAllText(path, "earlier");
        var network = new SpikingNetwork(RandomGraphs.Create(_shapes[0], seed: 3, maxSpikes: 4));
        var e = Assert.Throws<NotSupportedException>(() => network.SaveNir(path));
        Assert.Contains("a.neuron", e.Message);
        Assert.Contains("MaxSpikes", e.Message);
        Assert.Equal("earlier", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    /// <summary>Compares the spikes of all layers and the outputs; rows with a neuron near its threshold are counted.</summary>
    private void Compare(SpikingNetwork network, int index, double timeStep)
    {
        RandomGraphs.Shape shape = _shapes[index];
        float[] features = [.. Enumerable.Range(0, Rows).SelectMany(row => RandomGraphs.Features(shape, 100 * index + row))];
        NirInterpreter nir = NirInterpreter.Run(
            NirFiles.Export(network, new() { TimeStep = timeStep }), features, Rows, shape.TimeSteps, shape.InputHasTimeSteps, timeStep);
        int near = 0;
        for (int row = 0; row < Rows; row++)
        {
            ReadOnlySpan<float> sample = features.AsSpan(row * network.FeatureCount, network.FeatureCount);
            if (NearThresholds.Has(network, sample))
            {
                near++;
                continue;
            }
            SpikingTrace trace = network.Trace(sample);
            LayerTrace[] layers = [.. trace.Layers.Where(layer => layer.Shape.Name != network.Layers[^1].Name)];
            Assert.Equal(layers.Length, nir.Neurons.Count);
            foreach ((LayerTrace layer, string node) in layers.Zip(nir.Neurons.Order(StringComparer.Ordinal)))
            {
                Assert.EndsWith(layer.Shape.Name.Replace('.', '_'), node, StringComparison.Ordinal);
                byte[] spikes = new byte[layer.Shape.NeuronCount];
                for (int step = 0; step < trace.TimeSteps; step++)
                {
                    layer.CopySpikes(step, spikes);
                    Assert.Equal(spikes, nir.Spikes(node, row, step));
                }
            }
            float[] scores = new float[network.ClassCount];
            network.Score(sample, scores);
            double[] logits = new double[network.ClassCount];
            for (int i = 0; i < shape.TimeSteps * logits.Length; i++)
                logits[i % logits.Length] += nir.Output[row * shape.TimeSteps * logits.Length + i] / shape.TimeSteps;
            Assert.All(ReferenceMath.Softmax(logits).Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }
        output.WriteLine($"{near} of {Rows} rows have a neuron near its threshold");
        Assert.True(near < Rows / 2, $"{near} of {Rows} rows have a neuron near its threshold.");
    }
}

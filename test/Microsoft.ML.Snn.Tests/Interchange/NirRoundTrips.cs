using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>Exported graphs read back: with metadata the same scores to the last bit, without them the same spikes.</summary>
public class NirRoundTrips
{
    private const int Rows = 6;

    private static readonly RandomGraphs.Shape[] _shapes =
    [
        // Input channels, height, width, channels, kernel, stride, time steps.
        new(3, 5, 7, 17, 3, 1, 4, false),
        new(1, 1, 1, 1, 1, 1, 1, false),
        new(2, 8, 8, 33, 5, 3, 3, true),
        new(1, 1, 1, 1, 1, 1, 2, true),
        new(3, 6, 6, 70, 3, 3, 5, false),
        new(4, 3, 11, 16, 1, 2, 3, true),
        new(3, 7, 6, 20, 5, 1, 3, false) { Crops = true },
        new(2, 9, 8, 12, 3, 2, 4, true) { Crops = true },
    ];

    public static TheoryData<int, bool> Cases => new(
        from index in Enumerable.Range(0, _shapes.Length) from quantize in new[] { false, true } select (index, quantize));

    [Theory]
    [MemberData(nameof(Cases))]
    public void With_metadata_scores_and_potentials_are_the_same_to_the_last_bit(int index, bool quantize)
    {
        SpikingNetwork network = Network(index, quantize), read = NirFiles.Load(NirFiles.Export(network));
        Assert.Equal(network.InputShape, read.InputShape);
        Assert.Equal(network.TimeSteps, read.TimeSteps);
        Assert.Equal(network.ParameterCount, read.ParameterCount);
        Assert.Equal(network.IsQuantized, read.IsQuantized);
        Assert.Equal(
            network.Layers.Where(layer => layer.Kind != NetworkLayerKind.Addition).Select(layer => layer.ToString()),
            read.Layers.Where(layer => layer.Kind != NetworkLayerKind.Addition).Select(layer => layer.ToString()));
        for (int row = 0; row < Rows; row++)
        {
            float[] features = RandomGraphs.Features(_shapes[index], 10 * index + row);
            float[] own = new float[network.ClassCount], other = new float[network.ClassCount];
            network.Score(features, own);
            read.Score(features, other);
            Assert.Equal(own, other);
            SpikingTrace trace = network.Trace(features, potentials: true), traced = read.Trace(features, potentials: true);
            foreach ((LayerTrace layer, LayerTrace same) in trace.Layers.Zip(traced.Layers))
            {
                Assert.Equal(layer.Shape.Name, same.Shape.Name);
                if (!layer.HasPotentials)
                    continue;
                float[] potentials = new float[layer.Shape.NeuronCount], others = new float[layer.Shape.NeuronCount];
                for (int step = 0; step < trace.TimeSteps; step++)
                {
                    layer.CopyMembranePotentials(step, potentials);
                    same.CopyMembranePotentials(step, others);
                    Assert.Equal(potentials, others);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Without_metadata_spikes_are_the_same(int index, bool quantize)
    {
        SpikingNetwork network = Network(index, quantize);
        byte[] file = NirFiles.Export(network, new() { WriteMetadata = false, TimeStep = 0.25 });
        Assert.Contains("TimeSteps", Assert.Throws<ArgumentException>(() => NirFiles.Load(file)).Message);
        SpikingNetwork read = NirFiles.Load(file, new()
        {
            TimeSteps = network.TimeSteps, InputHasTimeSteps = _shapes[index].InputHasTimeSteps, TimeStep = 0.25,
        });
        int near = 0;
        for (int row = 0; row < Rows; row++)
        {
            float[] features = RandomGraphs.Features(_shapes[index], 10 * index + row);
            if (NearThresholds.Has(network, features))
            {
                near++;
                continue;
            }
            SpikingTrace trace = network.Trace(features), traced = read.Trace(features);
            Assert.Equal(trace.Layers.Count, traced.Layers.Count);
            foreach ((LayerTrace layer, LayerTrace same) in trace.Layers.Take(trace.Layers.Count - 1).Zip(traced.Layers))
            {
                bool[] spikes = new bool[layer.Shape.NeuronCount], others = new bool[layer.Shape.NeuronCount];
                for (int step = 0; step < trace.TimeSteps; step++)
                {
                    layer.CopySpikes(step, spikes);
                    same.CopySpikes(step, others);
                    Assert.Equal(spikes, others);
                }
            }
        }
        Assert.True(near < Rows / 2, $"{near} of {Rows} rows have a neuron near its threshold.");
    }

    /// <summary>A layer of windows is a convolution as large as the map, which other tools know too.</summary>
    [Theory]
    [InlineData("ResNet17Flat", false)]
    [InlineData("ResNet19Windows", true)]
    [InlineData("PlainWindows", false)]
    public void Heads_of_windows_come_back_with_metadata_and_without(string preset, bool quantize)
    {
        TrainedNetwork trained = Presets.Trained(preset, inputHasTimeSteps: false);
        var network = new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(trained)));
        network = quantize ? network.Quantize() : network;
        SpikingNetwork read = NirFiles.Load(NirFiles.Export(network));
        float[] features = RandomNetworks.Features(trained, 3);
        float[] own = new float[network.ClassCount], other = new float[network.ClassCount];
        network.Score(features, own);
        read.Score(features, other);
        Assert.Equal(own, other);
        // Additions lose their names, and a network that is to be trained on needs them.
        if (!trained.Plan.Blocks.Any(block => block.Shortcut is not null))
        {
            InitialTensors expected = NetworkUnfolder.Unfold(network.ToGraph(), trained.Plan, trained.Neuron, keepsHead: true);
            InitialTensors actual = NetworkUnfolder.Unfold(read.ToGraph(), trained.Plan, trained.Neuron, keepsHead: true);
            Assert.Equal(expected.Tensors["head.output.weight"], actual.Tensors["head.output.weight"]);
        }

        read = NirFiles.Load(NirFiles.Export(network, new() { WriteMetadata = false }), new()
        {
            TimeSteps = network.TimeSteps, InputHasTimeSteps = false,
        });
        read.Score(features, other);
        Assert.Equal(own, other, (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void Metadata_count_only_where_they_agree_with_the_nodes()
    {
        SpikingNetwork network = Network(0, quantize: false);
        byte[] file = NirFiles.Export(network);
        // With another dt, decays are others.
        SpikingNetwork read = NirFiles.Load(file, new() { TimeStep = 0.5e-4 });
        NetworkLayer neurons = network.Layers.Single(layer => layer.Name == "b.neuron");
        NetworkLayer others = read.Layers.Single(layer => layer.Name == "b.neuron");
        // 1 - decay is half as much, and so is what a unit of input adds.
        Assert.Equal(1 - (1 - neurons.Decay![0]) / 2, others.Decay![0], 1e-6);
        Assert.Equal(2 * neurons.Threshold![0], others.Threshold![0], 1e-5);
    }

    [Fact]
    public void Class_names_come_back_as_text_or_numbers()
    {
        NetworkGraph<float> graph = RandomGraphs.Create(_shapes[0], seed: 1);
        foreach (LabelValues labels in (LabelValues[])[LabelValues.FromText(["a", "\"b\"", "ç"]), LabelValues.FromNumbers([1, 2.5, -3])])
        {
            SpikingNetwork read = NirFiles.Load(NirFiles.Export(new(graph with { Labels = labels })));
            Assert.Equal(labels, read.ClassLabels);
            Assert.Equal(labels.AreNumeric, read.Labels!.AreNumeric);
        }
        SpikingNetwork named = NirFiles.Load(NirFiles.Export(new(graph)), new() { ClassLabels = ["x", "y", "z"] });
        Assert.Equal(["x", "y", "z"], named.ClassLabels);
        Assert.Throws<ArgumentException>(() => NirFiles.Load(NirFiles.Export(new(graph)), new() { ClassLabels = ["x"] }));
    }

    private static SpikingNetwork Network(int index, bool quantize)
    {
        var network = new SpikingNetwork(RandomGraphs.Create(_shapes[index], seed: index));
        return quantize ? network.Quantize() : network;
    }
}

using Microsoft.ML.Snn.Tests.Reference;
using PureHDF;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>Graphs as other tools write them: read, they spike as NIR's equations do.</summary>
public class NirGraphsOfOthers
{
    private const int Rows = 4, Steps = 5;
    private const double TimeStep = 0.5;

    /// <summary>By what they show: the input's shape, nodes, and edges where the nodes are no chain.</summary>
    private static readonly Dictionary<string, Func<NirGraphWriter, NirGraphWriter>> _graphs = new()
    {
        ["vectors, with parameters as scalars, one value or a value each"] = graph => graph.Input(6)
            .Affine("fc1", 8).Lif("lif1", tau: 2f, r: 4f, threshold: 0.4f)
            .Linear("fc2", 5).Lif("lif2", tau: new float[] { 1.5f }, r: new float[] { 3 }, threshold: new float[] { 0.3f })
            .Affine("fc3", 3)
            .Lif("lif3", tau: new float[] { 1, 2, 3 }, r: new float[] { 2, 2, 4 }, threshold: new float[] { 0.2f, 0.3f, 0.4f })
            .Output(),
        ["neurons that rest elsewhere than at 0"] = graph => graph.Input(6)
            .Affine("a", 8).RestingLif("b", tau: 2f, r: 4f, threshold: -0.1f, rest: -0.5f)
            .Linear("c", 3).RestingLif("d", tau: 1f, r: 2f, threshold: new float[] { 0.3f, 0.5f, 0.1f }, rest: new float[] { 0.1f, 0.2f, -0.3f })
            .Output(),
        ["integrate and fire, poolings, flattened"] = graph => graph.Input(2, 8, 8)
            .Conv("0", 6, kernel: (3, 3), padding: "same").If("1", perNeuron: true)
            .Pool("2", "SumPool2d", 2, 2).Conv("3", 4, kernel: (3, 3), padding: new long[] { 1, 1 }).If("4", perNeuron: true)
            .Pool("5", "AvgPool2d", 2, 2).Flatten("6").Affine("7", 9).If("8").Affine("9", 3).If("10").Output(),
        ["strides, holes, groups and kernels that are no squares"] = graph => graph.Input(4, 8, 6)
            .Conv("a", 6, kernel: (4, 4), stride: 2, padding: 1L).Lif("b", tau: 2f, r: 4f, threshold: 0.3f)
            .Conv("c", 4, kernel: (3, 1), padding: new long[] { 1, 0 }, groups: 2).Lif("d", tau: 1f, r: 2f, threshold: 0.2f)
            .Conv("e", 4, kernel: (2, 2), padding: new long[] { 1, 1 }, dilation: 2).Lif("f", tau: 2f, r: 3f, threshold: 0.2f)
            .Conv("g", 4, kernel: (3, 3), padding: new long[] { 1, 1 }, groups: 4).Lif("h", tau: 2f, r: 3f, threshold: 0.2f)
            .Flatten("i").Linear("j", 3).Output(),
        ["scales, thresholds, and synapses that keep nothing"] = graph => graph.Input(2, 5, 5)
            .Scale("a", 0.5f, 2f).Conv("b", 5, kernel: (3, 3), padding: 1L).Scale("c", 1.5f)
            .Cuba("d", tau: 2f, r: 3f, weight: 1.5f, threshold: 0.4f).Scale("e", 0.75f)
            .Conv("f", 4, kernel: (3, 3), padding: 1L, stride: 2).Threshold("g", 0.1f).Flatten("h").Affine("i", 3).Output(),
        ["edges that are added up, and spikes that neurons take as they are"] = graph => graph.Input(3, 4, 4)
            .Conv("a", 6, kernel: (3, 3), padding: 1L).Lif("b", tau: 2f, r: 4f, threshold: 0.3f)
            .Conv("c", 6, kernel: (3, 3), padding: 1L).Lif("d", tau: 1.5f, r: 2f, threshold: 0.4f).Edge("b", "d")
            .Lif("e", tau: 4f, r: 2f, threshold: 0.6f).Flatten("f").Affine("g", 3).Output(),
        ["no padding, and windows that leave out the last places"] = graph => graph.Input(2, 13, 12)
            .Conv("a", 6, kernel: (5, 5), padding: new long[] { 1, 1 }, stride: 2).If("b", perNeuron: true)
            .Conv("c", 5, kernel: (3, 3), padding: "valid").If("d")
            .Conv("e", 4, kernel: (2, 3), padding: new long[] { 0, 1 }).If("f").Flatten("g").Affine("h", 3).Output(),
        ["a convolution, then its pooling, before neurons"] = graph => graph.Input(2, 8, 8)
            .Conv("a", 6, kernel: (3, 3), padding: 1L).Pool("b", "AvgPool2d", 2, 2).Lif("c", tau: 2f, r: 8f, threshold: 0.2f)
            .Flatten("d").Affine("e", 4).Output(),
        ["a scale for one of two that take the input"] = graph => graph.Input(2, 5, 5)
            .Conv("c", 4, kernel: (1, 1), padding: 0L)
            .From("input", 2, 5, 5).Scale("a", 0.25f).Conv("b", 4, kernel: (3, 3), padding: 1L).Lif("d", tau: 2f, r: 4f, threshold: 0.3f)
            .Edge("c", "d").Flatten("e").Affine("f", 3).Output(),
        ["the same after a Flatten"] = graph => graph.Input(6, 1, 1).Flatten("z").Affine("c", 8)
            .From("z", 6).Scale("a", 0.25f).Affine("b", 8).Lif("d", tau: 2f, r: 4f, threshold: 0.3f).Edge("c", "d").Affine("f", 3).Output(),
    };

    public static TheoryData<string> Names => [.. _graphs.Keys];

    public static TheoryData<string> NamesOfRestingAt0 => [.. _graphs.Keys.Where(name => !name.Contains("rest elsewhere"))];

    [Theory]
    [MemberData(nameof(Names))]
    public void They_spike_as_an_interpreter_of_NIRs_equations_does(string name)
    {
        NirGraphWriter graph = _graphs[name](new(seed: 5));
        byte[] file = graph.Write();
        SpikingNetwork network = NirFiles.Load(file, new() { TimeSteps = Steps, TimeStep = TimeStep });
        Assert.Equal([Steps, .. graph.InputShape.Length == 3 ? graph.InputShape : [graph.InputShape[0], 1, 1]], network.InputShape);
        NirSpikes.Compare(file, network, TimeStep, Rows);
    }

    [Theory]
    [MemberData(nameof(NamesOfRestingAt0))]
    public void So_they_do_where_spikes_subtract_the_threshold(string name)
    {
        byte[] file = _graphs[name](new(seed: 5)).Write();
        SpikingNetwork network = NirFiles.Load(
            file, new() { TimeSteps = Steps, TimeStep = TimeStep, Reset = NirReset.SubtractThreshold });
        NirSpikes.Compare(file, network, TimeStep, Rows, subtracts: true);
        Assert.Contains(network.Layers, layer => layer.HasSoftReset);
        // It is not what the other reset gives.
        SpikingNetwork reset = NirFiles.Load(file, new() { TimeSteps = Steps, TimeStep = TimeStep });
        Assert.DoesNotContain(reset.Layers, layer => layer.HasSoftReset);
        float[] features = RandomNetworks.Features(network.InputShape[1], network.InputShape[2], network.InputShape[3], Steps, seed: 0);
        Assert.NotEqual(Spikes(reset), Spikes(network));

        int[] Spikes(SpikingNetwork network) => [.. network.Trace(features).Layers.SelectMany(layer => layer.SpikeCounts)];
    }

    [Fact]
    public void Only_neurons_that_rest_at_0_subtract_and_such_are_not_written()
    {
        var options = new NirImportOptions { TimeSteps = 2, TimeStep = TimeStep, Reset = NirReset.SubtractThreshold };
        byte[] resting = new NirGraphWriter(seed: 3)
            .Input(3).RestingLif("b", tau: 2f, r: 1f, threshold: 1f, rest: 0.5f).Affine("c", 2).Output().Write();
        var refusal = Assert.Throws<NotSupportedException>(() => NirFiles.Load(resting, options));
        Assert.Contains("Node b (LIF) cannot be run: channel 0 has the reset potential 0.5", refusal.Message);
        byte[] file = new NirGraphWriter(seed: 3)
            .Input(3).Affine("a", 3).Lif("b", tau: 2f, r: 1f, threshold: 1f).Affine("c", 2).Output().Write();
        SpikingNetwork network = NirFiles.Load(file, options);
        refusal = Assert.Throws<NotSupportedException>(() => network.SaveNir(Stream.Null));
        Assert.Contains("Neurons b subtract", refusal.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => options with { Reset = (NirReset)2 });
    }

    [Fact]
    public void The_exponential_rule_is_the_exact_solution()
    {
        byte[] file = new NirGraphWriter(seed: 1)
            .Input(4).Affine("a", 3).Lif("b", tau: 2f, r: 4f, threshold: 0.5f).Affine("c", 2).Output().Write();
        var options = new NirImportOptions { TimeSteps = 2, TimeStep = 0.5, Discretization = NirDiscretization.Exponential };
        SpikingNetwork network = NirFiles.Load(file, options);
        NetworkLayer neurons = network.Layers.Single(layer => layer.Name == "b");
        Assert.Equal(Math.Exp(-0.5 / 2), neurons.Decay![0], 1e-7);
        // v nears r x by 1 - exp(-dt / tau) of the difference.
        Assert.Equal(0.5 / (4 * (1 - Math.Exp(-0.5 / 2))), neurons.Threshold![0], 1e-6);
    }

    [Fact]
    public void What_the_engine_cannot_run_is_refused_by_name()
    {
        Refused("Node b (Conv1d)", graph => graph.Input(2, 4, 4).Node("b", new() { ["type"] = "Conv1d" }, [2, 4, 4]).Output());
        Refused("Node b (NIRGraph) cannot be run: graphs within graphs", graph => graph
            .Input(2, 4, 4).Node("b", new() { ["type"] = "NIRGraph" }, [2, 4, 4]).Output());
        Refused("Node a (Conv2d) cannot be run: its output [3, 6, 4]", graph => graph
            .Input(2, 4, 4).Conv("a", 3, kernel: (3, 3), padding: new long[] { 2, 1 }).If("b").Output());
        Refused("Node b (LIF) cannot be run: 'tau' differs within channel 0", graph => graph
            .Input(1, 1, 2).Lif("b", tau: new H5Dataset(new float[] { 1, 2 }, fileDims: [1, 1, 2]), r: 1f, threshold: 1f)
            .Flatten("c").Affine("d", 2).Output());
        Refused("Node b (CubaLIF) cannot be run: its synapses", graph => graph
            .Input(3).Cuba("b", tau: 2f, r: 1f, weight: 1f, threshold: 1f, synapse: 1f).Output());
        Refused("Node b (SumPool2d) cannot be run: it pads what has a bias", graph => graph
            .Input(2, 4, 4).Conv("a", 3, kernel: (1, 1), padding: 0L)
            .Pool("b", "SumPool2d", 2, 2, padding: 1).If("c").Flatten("d").Affine("e", 2).Output());
        Refused("at the map's ends", graph => graph
            .Input(2, 5, 5).Conv("z", 2, kernel: (1, 1), padding: 0L).If("a").Pool("b", "SumPool2d", 2, 2)
            .Conv("c", 3, kernel: (3, 3), padding: 1L).If("d").Flatten("e").Affine("f", 2).Output());
        Refused("Node output (Output) cannot be run: it gives [2, 4, 4]", graph => graph.Input(2, 4, 4).If("a").Output());
        Refused("Node output (Output) cannot be run: it gives [1]", graph => graph.Input(2).Affine("a", 1).If("b").Output());
    }

    private static void Refused(string message, Func<NirGraphWriter, NirGraphWriter> graph)
    {
        byte[] file = graph(new(seed: 3)).Write();
        var refusal = Assert.Throws<NotSupportedException>(() => NirFiles.Load(file, new() { TimeSteps = 2, TimeStep = TimeStep }));
        Assert.Contains(message, refusal.Message);
    }
}

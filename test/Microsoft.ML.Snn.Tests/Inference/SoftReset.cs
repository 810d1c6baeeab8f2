using Microsoft.ML.Snn.Engine.Format;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Inference;

/// <summary>Neurons whose spikes subtract the threshold instead of setting the potential to 0.</summary>
public class SoftReset
{
    private static readonly RandomGraphs.Shape _shape = new(3, 4, 5, 6, 3, 2, 2, false);

    /// <summary>A constant input of a quarter of the threshold, no leak: 1.25 is above 1 in step 5, then a quarter is left, or 0.</summary>
    [Theory]
    [InlineData(true, 24)]
    [InlineData(false, 20)]
    public void What_is_above_the_threshold_is_kept(bool isSoft, int spikes)
    {
        SpikingNetwork network = Single(isSoft ? ResetKind.Soft : ResetKind.Hard, maxSpikes: 1, timeSteps: 100);
        SpikingTrace trace = network.Trace([0.25f], potentials: true);
        LayerTrace layer = Assert.Single(trace.Layers);
        Assert.Equal(spikes, layer.SpikeCounts.Sum());
        Assert.Equal(isSoft, network.Layers.Single(node => node.Name == "neuron").HasSoftReset);
        Assert.Equal(isSoft ? 0.5f : 0.25f, MembranePotentialTraces.Potentials(layer, 5)[0]);
    }

    /// <summary>5.5 is above the thresholds 1, 3 and 5: three are subtracted of it.</summary>
    [Fact]
    public void Each_of_several_spikes_subtracts_a_threshold()
    {
        LayerTrace layer = Assert.Single(Single(ResetKind.Soft, maxSpikes: 4, timeSteps: 2).Trace([5.5f], potentials: true).Layers);
        Assert.Equal(5.5f, MembranePotentialTraces.Potentials(layer, 0)[0]);
        Assert.Equal(5.5f - 3 + 5.5f, MembranePotentialTraces.Potentials(layer, 1)[0]);
        Assert.Equal([3, 4], layer.SpikeCounts);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    public void It_is_written_and_read_back_in_the_version_that_there_is(int maxSpikes, int version)
    {
        NetworkGraph<float> soft = RandomGraphs.Create(_shape, seed: 3, maxSpikes, ResetKind.Soft);
        byte[] bytes = Write(soft);
        Assert.Equal(version, BitConverter.ToInt32(bytes));
        using var reader = new BinaryReader(new MemoryStream(bytes));
        NetworkGraph<float> read = NetworkFormat.ReadGraph(reader);
        Assert.All(read.Nodes.OfType<NeuronNode<float>>(), neuron => Assert.Equal(ResetKind.Soft, neuron.Reset));
        Assert.Equal(bytes, Write(read));
        // The reset of each neuron, and the structure's checksum after it, are all that differs.
        byte[] hard = Write(RandomGraphs.Create(_shape, seed: 3, maxSpikes));
        Assert.Equal(hard.Length, bytes.Length);
        int neurons = soft.Nodes.OfType<NeuronNode<float>>().Count();
        Assert.InRange(hard.Zip(bytes).Count(pair => pair.First != pair.Second), neurons, neurons + sizeof(uint));
        Assert.NotEqual(NetworkFormat.Fingerprint(RandomGraphs.Create(_shape, seed: 3, maxSpikes)), NetworkFormat.Fingerprint(soft));
    }

    private static byte[] Write(NetworkGraph<float> graph)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        NetworkFormat.Write(graph, writer);
        return stream.ToArray();
    }

    /// <summary>One neuron with a threshold of 1 that takes the input as it is and does not leak.</summary>
    private static SpikingNetwork Single(ResetKind reset, int maxSpikes, int timeSteps) => new(new NetworkGraph<float>
    {
        Nodes =
        [
            new ConvolutionNode<float>("in", [NetworkNode<float>.NetworkInput], 1, 1, 1, 1, [1], [0]),
            new NeuronNode<float>("neuron", ["in"], [1], [1], reset) { MaxSpikes = maxSpikes },
            new LinearNode<float>("out", ["neuron"], 1, 2, [1, -1], [0, 0]),
        ],
        Channels = 1, Height = 1, Width = 1, TimeSteps = timeSteps, InputHasTimeSteps = false, Classes = 2,
    });
}

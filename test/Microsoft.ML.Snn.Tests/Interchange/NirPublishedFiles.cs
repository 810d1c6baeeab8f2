namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>
/// Files of the repository neuromorphs/NIR, in the folder <c>nir</c> of the real data: read or refused for what they are. Its paper says
/// where each comes from.
/// </summary>
public class NirPublishedFiles
{
    [Fact]
    public void A_network_for_NMNIST_that_sinabs_wrote_spikes_as_NIR_says()
    {
        string path = RealData.Path(Path.Combine("nir", "cnn_sinabs.nir"));
        // Sinabs counts time in steps.
        SpikingNetwork network = NirNetwork.Load(path, new() { TimeSteps = 6, TimeStep = 1 });
        Assert.Equal([6, 2, 34, 34], network.InputShape);
        Assert.Equal(10, network.ClassCount);
        NirSpikes.Compare(File.ReadAllBytes(path), network, timeStep: 1, rows: 4);
    }

    [Theory]
    [InlineData("lif_norse.nir", "Node output (Output) cannot be run: it gives [1]")]
    [InlineData("lif_rockpool.nir", "Node output (Output) cannot be run: it gives [1]")]
    [InlineData("two_lif_neurons.nir", "Node lif1 (LIF) cannot be run: a spike resets channel 0 to 0, but it leaks to 1.2")]
    [InlineData("braille_noDelay_bias_zero.nir", "it is on a cycle")]
    [InlineData("braille_noDelay_noBias_subtract.nir", "it is on a cycle")]
    [InlineData("braille_noDelay_bias_zero_subgraph.nir", "Node lif1 (NIRGraph) cannot be run: graphs within graphs")]
    [InlineData("braille_noDelay_noBias_subtract_subgraph.nir", "Node lif1 (NIRGraph) cannot be run: graphs within graphs")]
    public void They_are_refused_by_name(string file, string message)
    {
        string path = RealData.Path(Path.Combine("nir", file));
        var refusal = Assert.Throws<NotSupportedException>(() => NirNetwork.Load(path, new() { TimeSteps = 4 }));
        Assert.Contains(message, refusal.Message);
        Assert.Contains(path, refusal.Message);
    }
}

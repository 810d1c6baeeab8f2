using System.Text;
using Microsoft.ML.Snn.Engine.Format;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Inference;

public class NetworkFormatTests
{
    private const int _classes = 3;

    private static readonly RandomGraphs.Shape _shape = new(3, 4, 5, 6, 3, 2, 2, false);

    private static readonly NetworkGraph<float> _graph =
        RandomGraphs.Create(_shape, seed: 3) with { Labels = LabelValues.FromText(["cat", "Käse", "日本"]) };

    [Theory]
    [InlineData("none")]
    [InlineData("text")]
    [InlineData("numbers")]
    public void What_is_written_is_read_back(string labels)
    {
        NetworkGraph<float> graph = _graph with
        {
            InputHasTimeSteps = labels == "none",
            Labels = labels switch { "none" => null, "text" => _graph.Labels, _ => LabelValues.FromNumbers([0.1, -2, 1e300]) },
        };
        (byte[] structure, byte[] weights) = Write(graph);
        NetworkGraph<float> read = Read(structure, weights);
        Assert.Equal(graph.Labels is null ? null : (IEnumerable<string>)[.. graph.Labels], read.Labels);
        Assert.Equal(graph.Labels?.Numbers.ToArray(), read.Labels?.Numbers.ToArray());
        Assert.Equal(graph.InputHasTimeSteps, read.InputHasTimeSteps);
        Assert.Equal((3, 4, 5, 2, 3), (read.Channels, read.Height, read.Width, read.TimeSteps, read.Classes));
        (byte[] structureAgain, byte[] weightsAgain) = Write(read);
        Assert.Equal(structure, structureAgain);
        Assert.Equal(weights, weightsAgain);
        Assert.Equal(Score(graph), Score(read));
    }

    [Fact]
    public void Several_spikes_a_step_are_written_in_version_2_and_one_as_ever_in_version_1()
    {
        Assert.Equal(1, BitConverter.ToInt32(Write(_graph).Structure));
        NetworkGraph<float> graph = RandomGraphs.Create(_shape, seed: 3, maxSpikes: 5);
        (byte[] structure, byte[] weights) = Write(graph);
        Assert.Equal(2, BitConverter.ToInt32(structure));
        NetworkGraph<float> read = Read(structure, weights);
        Assert.Equal([4, 5, 5, 5], read.Nodes.OfType<NeuronNode<float>>().Select(neuron => neuron.MaxSpikes));
        Assert.Equal(Score(graph), Score(read));
        Assert.Equal([4, 5, 5, 5], new SpikingNetwork(read).Layers.Select(layer => layer.MaxSpikes).Where(spikes => spikes > 0));
    }

    [Fact]
    public void Convolutions_that_keep_a_part_of_their_output_are_written_in_version_3()
    {
        NetworkGraph<float> graph = RandomGraphs.Create(_shape with { Height = 7, Crops = true }, seed: 3);
        (byte[] structure, byte[] weights) = Write(graph);
        Assert.Equal(3, BitConverter.ToInt32(structure));
        NetworkGraph<float> read = Read(structure, weights);
        Assert.Equal(
            [(3, 2), null, (1, 1), (1, 1)], read.Nodes.OfType<ConvolutionNode<float>>().Select(node => node.Kept));
        (byte[] structureAgain, byte[] weightsAgain) = Write(read);
        Assert.Equal(structure, structureAgain);
        Assert.Equal(weights, weightsAgain);
    }

    [Fact]
    public void Quantized_weights_are_written_in_a_quarter_of_the_size_and_read_back()
    {
        var shape = _shape with { Channels = 64 };
        NetworkGraph<float> graph = RandomGraphs.Create(shape, seed: 3), quantized = Quantization.Quantize(graph);
        (byte[] structure, byte[] weights) = Write(quantized);
        Assert.InRange(weights.Length / (double)Write(graph).Weights.Length, 0.25, 0.29);
        NetworkGraph<float> read = Read(structure, weights);
        foreach ((NetworkNode<float> expected, NetworkNode<float> actual) in quantized.Nodes.Zip(read.Nodes))
        {
            if (expected is ConvolutionNode<float> { Unit: not null } convolution)
                Assert.Equal(convolution.Weights, ((ConvolutionNode<float>)actual).Weights);
            if (expected is LinearNode<float> { Unit: not null } linear)
                Assert.Equal(linear.Weights, ((LinearNode<float>)actual).Weights);
        }
        Assert.True(new SpikingNetwork(read).IsQuantized);
        Assert.Equal(weights, Write(new SpikingNetwork(read).ToGraph()).Weights);
    }

    [Fact]
    public void An_8_bit_weight_beyond_what_bounds_count_on_is_refused()
    {
        (byte[] structure, byte[] weights) = Write(Quantization.Quantize(RandomGraphs.Create(_shape with { Channels = 64 }, seed: 3)));
        // The last weight of the last layer: its bias is all that follows.
        byte[] changed = [.. weights];
        changed[^(_classes * sizeof(float) + 1)] = unchecked((byte)sbyte.MinValue);
        byte[] hash = BitConverter.GetBytes(Checksum.Of(weights)), newHash = BitConverter.GetBytes(Checksum.Of(changed));
        int place = structure.AsSpan().IndexOf(hash), body = BitConverter.ToInt32(structure, 4);
        newHash.CopyTo(structure, place);
        BitConverter.TryWriteBytes(structure.AsSpan(8 + body), Checksum.Of(structure.AsSpan(8, body)));
        Assert.Contains("-128", Assert.Throws<InvalidDataException>(() => Read(structure, changed)).Message);
    }

    [Fact]
    public void A_newer_version_is_named()
    {
        (byte[] structure, byte[] weights) = Write(_graph);
        BitConverter.TryWriteBytes(structure, NetworkFormat.Version + 1);
        Assert.Contains("newer", Assert.Throws<InvalidDataException>(() => Read(structure, weights)).Message);
    }

    [Fact]
    public void Every_flipped_bit_of_the_structure_is_found()
    {
        (byte[] structure, byte[] weights) = Write(_graph);
        for (int i = 0; i < structure.Length; i++)
        {
            structure[i] ^= (byte)(1 << i % 8);
            Assert.Throws<InvalidDataException>(() => Read(structure, weights));
            structure[i] ^= (byte)(1 << i % 8);
        }
    }

    [Fact]
    public void A_flipped_bit_of_the_weights_is_found()
    {
        (byte[] structure, byte[] weights) = Write(_graph);
        for (int i = 0; i < weights.Length; i += 13)
        {
            weights[i] ^= (byte)(1 << i % 8);
            Assert.Throws<InvalidDataException>(() => Read(structure, weights));
            weights[i] ^= (byte)(1 << i % 8);
        }
    }

    [Fact]
    public void What_follows_the_weights_is_found()
    {
        (byte[] structure, byte[] weights) = Write(_graph);
        Assert.Contains("other data follow", Assert.Throws<InvalidDataException>(() => Read(structure, [.. weights, 0])).Message);
    }

    [Fact]
    public void A_stream_that_ends_early_is_found()
    {
        (byte[] structure, byte[] weights) = Write(_graph);
        for (int length = 0; length < structure.Length; length++)
            Assert.Throws<InvalidDataException>(() => Read(structure[..length], weights));
        for (int length = 0; length < weights.Length; length += 31)
            Assert.Throws<InvalidDataException>(() => Read(structure, weights[..length]));
    }

    [Fact]
    public void Lengths_that_lie_under_a_valid_checksum_take_no_memory()
    {
        (byte[] structure, byte[] weights) = Write(_graph);
        int body = BitConverter.ToInt32(structure, 4);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int tries = 0;
        for (int i = 0; i + 4 <= body; i++, tries++)
        {
            byte[] changed = [.. structure];
            BitConverter.TryWriteBytes(changed.AsSpan(8 + i), 0x7fff0000);
            BitConverter.TryWriteBytes(changed.AsSpan(8 + body), Checksum.Of(changed.AsSpan(8, body)));
            try
            {
                new SpikingNetwork(Read(changed, weights));
            }
            catch (InvalidDataException)
            {
            }
        }
        Assert.True((GC.GetAllocatedBytesForCurrentThread() - before) / tries < 4 << 20);
    }

    [Theory]
    [InlineData("b.identity", 0, 99, "a node (b.identity) of kind 99")]
    [InlineData("a.neuron", -1, 9, "a neuron (a.neuron) with a reset of kind 9")]
    public void Unknown_kinds_are_named(string node, int place, byte kind, string message)
    {
        (byte[] structure, byte[] weights) = Write(_graph);
        int body = BitConverter.ToInt32(structure, 4);
        // Kind, then length and text of the name; a neuron ends with its reset, after one input and two counts.
        int name = structure.AsSpan().IndexOf((byte[])[(byte)node.Length, 0, 0, 0, .. Encoding.UTF8.GetBytes(node)]);
        int offset = place == 0 ? name - 1 : name + 4 + node.Length + 4 + 4 + 1 + 8;
        structure[offset] = kind;
        BitConverter.TryWriteBytes(structure.AsSpan(8 + body), Checksum.Of(structure.AsSpan(8, body)));
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Read(structure, weights)).Message);
    }

    private static (byte[] Structure, byte[] Weights) Write(NetworkGraph<float> graph)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        NetworkFormat.Write(graph, writer);
        byte[] bytes = stream.ToArray();
        // Version, length, body, checksum of the body; then the weights.
        int structure = 8 + BitConverter.ToInt32(bytes, 4) + 4;
        return (bytes[..structure], bytes[structure..]);
    }

    private static NetworkGraph<float> Read(byte[] structure, byte[] weights)
    {
        using var reader = new BinaryReader(new MemoryStream([.. structure, .. weights]));
        return NetworkFormat.ReadGraph(reader);
    }

    private static float[] Score(NetworkGraph<float> graph)
    {
        float[] scores = new float[graph.Classes];
        new SpikingNetwork(graph).Score(RandomGraphs.Features(_shape with { InputHasTimeSteps = graph.InputHasTimeSteps }, 1), scores);
        return scores;
    }
}

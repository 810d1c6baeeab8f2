using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Interchange.Weights;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>Files of weights made by hand: those that lie, and the one that we write.</summary>
public sealed class WeightFiles : IDisposable
{
    private static readonly PyTorchNetworkOptions _options = new() { InputShape = [3, 8, 8] };

    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "weights");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_safetensors_file_of_ours_has_every_tensor_as_it_is()
    {
        var network = new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(Presets.Trained("ResNet19", false))));
        network.SaveSafetensors(File);
        // As the network has them: the scale of the input is in the first weights.
        NetworkGraph<float> graph = network.ToGraph();
        using FileStream stream = System.IO.File.OpenRead(File);
        Dictionary<string, NamedTensor> tensors = SafetensorsFile.Read(stream).ToDictionary(tensor => tensor.Name);
        foreach (WeightedNode<float> node in graph.Nodes.OfType<WeightedNode<float>>())
        {
            Assert.Equal(node.Weights, tensors[$"{node.Name}.weight"].Read!());
            Assert.Equal(node.Bias, tensors[$"{node.Name}.bias"].Read!());
            Assert.Equal(
                node is LinearNode<float> ? [node.Out, node.In] : [node.Out, node.In, node.Kernel, node.Kernel],
                tensors[$"{node.Name}.weight"].Shape);
        }
        Assert.Equal([0.5f], tensors["stem.neuron.threshold"].Read!());
        Assert.Equal(graph.Nodes.Count(node => node is not (AddNode<float> or PoolNode<float>)) * 2, tensors.Count);
    }

    /// <summary>Which no tensor tells: a network whose spikes subtract the threshold would be taken for another.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Its_metadata_tell_how_neurons_are_reset(bool isSoft)
    {
        NetworkGraph<float> graph = NetworkFolder.Round(NetworkFolder.Fold(Presets.Trained("ResNet19", false)));
        var network = new SpikingNetwork(graph with
        {
            Nodes =
            [
                .. graph.Nodes.Select(node => node is NeuronNode<float> { Name: not "stem.neuron" } neurons && isSoft
                    ? neurons with { Reset = ResetKind.Soft } : node),
            ],
        });
        network.SaveSafetensors(File);
        byte[] file = System.IO.File.ReadAllBytes(File);
        using var header = JsonDocument.Parse(file.AsMemory(8, (int)BinaryPrimitives.ReadUInt64LittleEndian(file)));
        Assert.Equal(
            network.Layers.Where(layer => layer.Kind == NetworkLayerKind.Neurons)
                .ToDictionary(layer => $"{layer.Name}.reset", layer => layer.HasSoftReset ? "soft" : "hard"),
            header.RootElement.GetProperty("__metadata__").EnumerateObject().ToDictionary(text => text.Name, text => text.Value.GetString()!));
        Assert.Equal("hard", header.RootElement.GetProperty("__metadata__").GetProperty("stem.neuron.reset").GetString());
        Assert.Equal(isSoft, network.Layers.Any(layer => layer.HasSoftReset));
        using FileStream stream = System.IO.File.OpenRead(File);
        Assert.All(SafetensorsFile.Read(stream), tensor => Assert.DoesNotContain("reset", tensor.Name));
        // Names are not those of a file from PyTorch, so none of ours is taken for one, whatever its reset.
        Assert.Contains(
            "no tensor conv1.weight", Assert.Throws<InvalidDataException>(() => PyTorchNetwork.Load(File, _options)).Message);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}""", "Tensor a")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4000000000],"data_offsets":[0,16000000000]}}""", "Tensor a")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1,-4],"data_offsets":[0,16]}}""", "Tensor a")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[16,32]}}""", "Tensor a")]
    [InlineData("""{"a":{"dtype":"F5","shape":[4],"data_offsets":[0,16]}}""", "F5")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", "two tensors a")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4]}}""", "header")]
    [InlineData("""{"a":7}""", "header")]
    [InlineData("""[]""", "header")]
    [InlineData("""{"conv1.weight":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "conv1.weight")]
    [InlineData("""{}""", "conv1.weight")]
    public void A_safetensors_file_that_lies_is_refused(string header, string named)
    {
        byte[] text = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
        Refused([.. length, .. text, .. new byte[16]], named);
        BinaryPrimitives.WriteUInt64LittleEndian(length, ulong.MaxValue / 2);
        Refused([.. length, .. text], "header");
    }

    [Fact]
    public void A_pickle_calls_nothing()
    {
        // os.system("ls"), and the same by the instructions of protocol 4.
        Refused(Archive("\u0080\u0002cos\nsystem\n(X\u0002\0\0\0lstR."), "os.system");
        Refused(Archive("\u0080\u0004\u008c\u0008builtins\u008c\u0004eval\u0093."), "builtins.eval");
        // An instance by its class.
        Refused(Archive("\u0080\u0002(i__main__\nThing\n."), "0x69");
        Refused(Archive("\u0080\u0002" + "ccollections\nOrderedDict\nNR."), "damaged");
        Refused(Archive("\u0080\u0002" + "ctorch._utils\n_rebuild_tensor_v2\n)R."), "_rebuild_tensor_v2");
        Refused(Archive("\u0080\u0002K\u0001."), "no dictionary");
        Refused(Archive("\u0080\u0002."), "damaged");
        Refused(Archive("\u0080\u0002}"), "ends too soon");
        Refused(Archive("\u0080\u0002X\u00ff\u00ff\u00ff\u007f"), "ends too soon");
        // A dictionary in itself, by its memo.
        Refused(Archive("\u0080\u0002}q\0X\u0001\0\0\0ah\0s."), "twice");
    }

    [Fact]
    public void A_zip_that_expands_or_lacks_a_storage_is_refused()
    {
        Refused(Archive(Tensor(4), ("data/0", new byte[1 << 20])), "compressed", CompressionLevel.Optimal);
        Refused(Archive(Tensor(4)), "data/0");
        Refused(Archive(Tensor(4), ("data/0", new byte[12])), "12 bytes");
        Refused(Archive(Tensor(4, stride: 2), ("data/0", new byte[16])), "beyond");
        Refused(Archive(Tensor(4, offset: 1), ("data/0", new byte[16])), "beyond");
        // Right, but no network.
        Refused(Archive(Tensor(4), ("data/0", new byte[16])), "conv1.weight");

        void Refused(byte[] file, string named, CompressionLevel level = CompressionLevel.NoCompression)
        {
            if (level != CompressionLevel.NoCompression)
                file = Archive(Tensor(4), level, ("data/0", new byte[1 << 20]));
            this.Refused(file, named);
        }

        // {"a": tensor over storage "0" of four numbers}
        static string Tensor(int size, int stride = 1, int offset = 0) =>
            "\u0080\u0002}X\u0001\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\0" + "0X\u0003\0\0\0cpuK\u0004tQK"
            + (char)offset + "K" + (char)size + "\u0085K" + (char)stride + "\u0085\u0089NtRs.";
    }

    [Fact]
    public void Options_that_do_not_go_together_are_refused()
    {
        Assert.Throws<ArgumentException>(() => PyTorchNetwork.Load(File, _options with { Threshold = 0, Reset = null }));
        Assert.Throws<ArgumentOutOfRangeException>(() => _options with { Tau = 0.5 });
        Assert.Throws<ArgumentException>(() => PyTorchNetwork.Load(File, _options with { Threshold = 0.5, Reset = 0.5 }));
        Assert.Throws<ArgumentException>(() => PyTorchNetwork.Load(File, _options with { InputMean = [1, 2, 3] }));
    }

    private void Refused(byte[] content, string named)
    {
        System.IO.File.WriteAllBytes(File, content);
        var e = Assert.Throws<InvalidDataException>(() => PyTorchNetwork.Load(File, _options));
        Assert.Contains(named, e.Message);
        Assert.Contains(File, e.Message);
    }

    private static byte[] Archive(string pickle, params (string Name, byte[] Content)[] entries) =>
        Archive(pickle, CompressionLevel.NoCompression, entries);

    private static byte[] Archive(string pickle, CompressionLevel level, params (string Name, byte[] Content)[] entries)
    {
        var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries.Prepend(("data.pkl", Encoding.Latin1.GetBytes(pickle))))
            {
                using Stream stream = zip.CreateEntry($"weights/{name}", level).Open();
                stream.Write(content);
            }
        }
        return bytes.ToArray();
    }
}

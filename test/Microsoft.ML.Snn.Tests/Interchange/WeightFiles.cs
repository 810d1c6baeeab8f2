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
    [InlineData("""{"a":{"dtype":"F5","shape":[4],"data_offsets":[0,16]}}""", "conv1.weight")]
    [InlineData("""{"conv1.weight":{"dtype":"F5","shape":[4,3,1,1],"data_offsets":[0,16]}}""", "conv1.weight has elements of type F5")]
    [InlineData("""{"a":{"dtype":"F5","shape":[4],"data_offsets":[16,0]}}""", "Tensor a")]
    [InlineData("""{"conv1.weight":{"dtype":"F32","shape":[0,3,3,3],"data_offsets":[0,0]}}""", "has the shape [0, 3, 3, 3], and so no")]
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
        Refused([.. length, .. text], "neither a zip of torch.save nor a safetensors file");
    }

    [Fact]
    public void A_safetensors_file_has_as_many_dimensions_as_PyTorch_at_the_most()
    {
        string sizes = string.Join(',', Enumerable.Repeat(1, 65));
        A_safetensors_file_that_lies_is_refused(
            $$$"""{"a":{"dtype":"F32","shape":[{{{sizes}}}],"data_offsets":[0,4]}}""", "Tensor a is said to have 65 dimensions");
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
    public void A_pickle_takes_no_more_memory_than_it_has_bytes()
    {
        // A tensor of n dimensions whose sizes are there once, made over and over.
        foreach ((int dimensions, string message) in ((int, string)[])[(100_000, "100000 dimensions"), (64, "than it has bytes")])
        {
            var pickle = new PickleWriter().Code(0x80, 2).Global("torch._utils", "_rebuild_tensor_v2").Keep(0)
                .Code('(', '(').Text("storage").Global("torch", "FloatStorage").Text("0").Text("cpu").Number(1).Code('t', 'Q').Number(0);
            pickle.Numbers([.. Enumerable.Repeat(1, dimensions)]).Keep(1).Kept(1).Code(0x89, 'N', 't').Keep(2);
            for (int i = 0; i < 100_000; i++)
                pickle.Kept(0).Kept(2).Code('R');
            Bounded(pickle, message);
        }
        // A long key over many short ones, each of a tensor of one number.
        foreach ((int length, string message) in ((int, string)[])[(100_000, "has 100000 characters"), (1000, "all names together")])
        {
            var pickle = new PickleWriter().Code(0x80, 2, '}').Text(new('a', length)).Code('}', '(').Number(0)
                .Global("torch._utils", "_rebuild_tensor_v2").Code('(', '(').Text("storage").Global("torch", "FloatStorage").Text("0")
                .Text("cpu").Number(1).Code('t', 'Q').Number(0).Numbers(1).Numbers(1).Code(0x89, 'N', 't', 'R').Keep(0);
            for (int i = 1; i < 65_536; i++)
                pickle.Code('M', i & 0xff, i >> 8).Kept(0);
            Bounded(pickle.Code('u', 's', '.'), message);
        }

        void Bounded(PickleWriter pickle, string message)
        {
            byte[] file = Archive(Encoding.Latin1.GetString(pickle.Bytes), ("data/0", new byte[4]));
            long before = GC.GetAllocatedBytesForCurrentThread();
            Refused(file, message);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 << 20);
        }
    }

    [Fact]
    public void Storages_that_many_tensors_share_are_not_read_for_each_of_them()
    {
        // conv1 and bn1 take turns at two large storages, in as many blocks as it takes.
        var pickle = new PickleWriter().Code(0x80, 2, '}', '(');
        Tensor("conv1.weight", 8, 3, 1, 1);
        Norm("bn1");
        for (int block = 0; block < 40; block++)
        {
            Tensor($"layer1.{block}.conv1.weight", 8, 8, 1, 1);
            Norm($"layer1.{block}.bn1");
            Tensor($"layer1.{block}.conv2.weight", 8, 8, 1, 1);
            Norm($"layer1.{block}.bn2");
        }
        byte[] large = new byte[1 << 20];
        Refused(
            Archive(Encoding.Latin1.GetString(pickle.Code('u', '.').Bytes), ("data/0", large), ("data/1", large)), "more than 64 times");

        void Norm(string name)
        {
            foreach (string part in (string[])["weight", "bias", "running_mean", "running_var"])
                Tensor($"{name}.{part}", 8);
        }

        void Tensor(string name, params int[] shape)
        {
            string storage = name[^1] is 't' or 'n' ? "0" : "1";
            pickle.Text(name).Global("torch._utils", "_rebuild_tensor_v2").Code('(', '(').Text("storage").Global("torch", "FloatStorage")
                .Text(storage).Text("cpu").Number(1 << 18).Code('t', 'Q').Number(0).Numbers(shape).Numbers(new int[shape.Length])
                .Code(0x89, 'N', 't', 'R');
        }
    }

    [Fact]
    public void What_is_no_storage_or_one_of_two_pickles_is_refused()
    {
        var pickle = new PickleWriter().Code(0x80, 2, '(').Text("storage").Global("collections", "OrderedDict")
            .Text("0").Text("cpu").Number(4);
        Refused(Archive(Encoding.Latin1.GetString(pickle.Code('t', 'Q', '.').Bytes)), "no storage");
        Refused(Archive("\u0080\u0002}.", ("inner/data.pkl", [])), "2 pickles, weights/data.pkl and weights/inner/data.pkl");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Flipped_bytes_are_read_or_refused(bool isStateDict)
    {
        if (isStateDict)
            SpikingResNetFile.WriteStateDict(File, classes: 3);
        else
            SpikingResNetFile.Write(File, classes: 3);
        byte[] whole = System.IO.File.ReadAllBytes(File);
        Assert.Equal(3, PyTorchNetwork.Load(File, _options).Network.ClassCount);
        var random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 300; i++)
        {
            byte[] file = [.. whole];
            // The pickle or the header, a zip's directory, or anywhere.
            (int from, int to) = (i % 3) switch { 0 => (0, 5000), 1 => (whole.Length - 3000, whole.Length), _ => (0, whole.Length) };
            for (int flips = random.Next(1, 4); flips > 0; flips--)
                file[random.Next(from, to)] = (byte)random.Next(256);
            System.IO.File.WriteAllBytes(File, i % 10 == 9 ? file[..random.Next(file.Length)] : file);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                PyTorchNetwork.Load(File, _options);
            }
            catch (InvalidDataException e)
            {
                Assert.Contains(File, e.Message);
                refused++;
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
        }
        Assert.InRange(refused, 60, 299);
    }

    [Fact]
    public void Both_kinds_of_files_give_the_same_network()
    {
        SpikingResNetFile.WriteStateDict(File, classes: 3);
        PyTorchImport first = PyTorchNetwork.Load(File, _options);
        SpikingResNetFile.Write(File, classes: 3);
        PyTorchImport second = PyTorchNetwork.Load(File, _options);
        Assert.Equal(FoldedWeights.Of(first.Network), FoldedWeights.Of(second.Network));
        Assert.Equal(Layers(first), Layers(second));

        static IEnumerable<(string, string?)> Layers(PyTorchImport import) => import.Tensors.Select(tensor => (tensor.Name, tensor.Layer));
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
        Assert.Throws<ArgumentException>(() => PyTorchNetwork.Load(File, _options with { InputDeviation = [1, 2, 3] }));
        (double, double)[] bad = [(double.NaN, 1), (double.PositiveInfinity, 1), (0, double.NaN), (0, 1e-300), (1, 0)];
        foreach ((double mean, double deviation) in bad)
        {
            var e = Assert.Throws<ArgumentException>(() => PyTorchNetwork.Load(
                File, _options with { InputMean = [1, 2, mean], InputDeviation = [1, 2, deviation] }));
            Assert.Contains("3 finite values", e.Message);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => _options with { TimeSteps = 65537 });
        Assert.Throws<ArgumentException>(() => _options with { InputShape = [65537, 3, 8, 8] });
        Assert.Throws<ArgumentException>(() => _options with { InputShape = [3, 1 << 20, 1 << 20] });
        Assert.Throws<ArgumentException>(() => _options with { ClassLabels = ["a", null!] });
    }

    [Fact]
    public void Options_that_do_not_go_with_the_network_are_refused()
    {
        SpikingResNetFile.Write(File, classes: 3);
        Refused("3 outputs, the options 2 ClassLabels", _options with { ClassLabels = ["a", "b"] });
        Refused("2 stages, the options 3 StageStrides", _options with { StageStrides = [1, 2, 2] });
        Refused("more than 1 stages", _options with { StageStrides = [1] });
        Assert.Equal(["a", "b", "c"], PyTorchNetwork.Load(
            File, _options with { ClassLabels = ["a", "b", "c"], StageStrides = [1, 2], TimeSteps = 65536 }).Network.ClassLabels);

        void Refused(string message, PyTorchNetworkOptions options) =>
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => PyTorchNetwork.Load(File, options)).Message);
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

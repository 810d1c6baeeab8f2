using PureHDF;
using PureHDF.Filters;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>Damaged and hostile files: a clear exception, within memory that the file's size bounds.</summary>
public class NirDamage
{
    private static readonly byte[] _file = NirFiles.Export(new(RandomGraphs.Create(new(2, 4, 5, 6, 3, 1, 2, true), seed: 1)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Flipped_bytes_are_read_or_refused(int seed)
    {
        var random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < 60; i++)
        {
            byte[] file = [.. _file];
            for (int flips = random.Next(1, 4); flips > 0; flips--)
                file[random.Next(file.Length)] = (byte)random.Next(256);
            refused += IsRefused(file) ? 1 : 0;
        }
        Assert.True(refused > 5, $"{refused} of 60 files were refused.");
    }

    [Fact]
    public void Cut_files_are_refused()
    {
        for (int length = 0; length < _file.Length; length += 397)
            Assert.True(IsRefused(_file[..length]), $"{length} of {_file.Length} bytes were read.");
    }

    [Fact]
    public void What_is_no_HDF5_file_is_refused()
    {
        Refused("HDF5", "text of another kind"u8.ToArray());
        Refused("no group 'node'", Write(new H5File { ["version"] = "1.0" }));
        Refused("NIRGraph", Write(new H5File { ["node"] = new H5Group { ["type"] = "LIF" } }));
    }

    [Fact]
    public void A_size_that_lies_takes_no_memory()
    {
        H5Group nodes = Nodes();
        ((H5Group)nodes["n"])["tau"] = new H5Dataset(new float[54321], chunks: [54321], datasetCreation: new(Filters: [DeflateFilter.Id]));
        byte[] file = Write(Graph(nodes, _edges));
        int place = file.AsSpan().IndexOf(BitConverter.GetBytes(54321L));
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach ((long size, string message) in ((long, string)[])[(1L << 30, "more than the file can hold"), (1L << 40, "any array")])
        {
            BitConverter.TryWriteBytes(file.AsSpan(place), size);
            Refused(message, file);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void Small_files_that_ask_for_much_are_refused()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused("too large", "input", "shape", new long[] { 2, 1 << 20, 1 << 20 });
        Refused("too large", "input", "shape", new long[] { 1L << 30 });
        Refused("its window is too large", graph => graph
            .Input(2, 8, 8).Pool("a", "SumPool2d", 1 << 15, 1, padding: 1 << 15).If("b").Output());
        Refused("its kernel is too large", graph => graph
            .Input(1, 4, 4).Conv("a", 2, kernel: (2, 2), padding: 1L << 15, dilation: 1 << 15).If("b").Output());
        // Neurons of 65,536 channels that take them as they are: as many weights as 32 bits cannot count.
        Refused("as weights of all channels, it is too large", graph => graph.Input(1 << 16).If("a").If("b").Output());
        Refused("Node a (Conv2d) cannot be run: its 'padding' (1000000000, 1000000000) is too large", graph => graph
            .Input(1, 8, 8).Conv("a", 1, kernel: (1, 1), padding: 1_000_000_000L).Lif("b", tau: 1f, r: 1f, threshold: 1f).Output());
        Refused("Node a (Conv2d) cannot be run: its output [1, 2097160, 2097160] is too large", graph => graph
            .Input(1, 8, 8).Conv("a", 1, kernel: (1, 1), padding: 1L << 20).Lif("b", tau: 1f, r: 1f, threshold: 1f).Output());
        Refused("Node b (SumPool2d) cannot be run: its 'stride' (2000000000, 2000000000) is too large", graph => graph
            .Input(1, 8, 8).If("a").Pool("b", "SumPool2d", 1, 2_000_000_000).If("c").Output());
        // Sums of sums of sums: 2 to the power of 60 terms.
        Refused("a sum of more than", graph => Enumerable.Range(0, 60).Aggregate(
            graph.Input(2, 1, 1), (chain, i) => chain.Scale($"a{i}", 1).Edge(i == 0 ? "input" : $"a{i - 1}", $"a{i}")).Output());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void All_nodes_together_make_no_more_than_a_file_may(bool isConvolution)
    {
        // A few weights each, and 4 Mi with their zeros; side by side, so that all of them are kept.
        byte[] file = Enumerable.Range(0, 100).Aggregate(new NirGraphWriter(seed: 1).Input(1, 8, 8), (graph, i) =>
        {
            graph.From("input", 1, 8, 8);
            return (isConvolution
                ? graph.Conv($"p{i}", 1, kernel: (2, 2), padding: 1024L, dilation: 2047)
                : graph.Pool($"p{i}", "AvgPool2d", 2048, 1, padding: 1024)).Edge($"p{i}", "s");
        }).From("", 1, 9, 9).If("s").From("s", 1, 9, 9).Flatten("t").Affine("u", 2).Output().Write();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused("is too large: all nodes together may make 67108864 values", file);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400 << 20);
    }

    [Fact]
    public void One_long_text_that_many_places_name_is_not_made_for_each_of_them()
    {
        const int length = 123_456, places = 4000;
        byte[] file = Write(Graph(Nodes(), [(new string('x', length), "c"), .. Enumerable.Repeat(("c", "n"), places / 2 - 1)]));
        // A text's length, and where it is.
        ReadOnlySpan<byte> start = BitConverter.GetBytes(length);
        int place = file.AsSpan().IndexOf(start);
        while (BitConverter.ToInt32(file, place + 16) != 1)
            place += 4 + file.AsSpan(place + 4).IndexOf(start);
        for (int i = 1; i < places; i++)
            file.AsSpan(place, 16).CopyTo(file.AsSpan(place + 16 * i));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused("'edges' of node /node says to have more characters than the file can hold", file);
        // Of 1 GB.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300 << 20);
    }

    [Fact]
    public void Metadata_of_ours_that_are_damaged_are_refused()
    {
        Refused("'class_labels' is no JSON array of texts or numbers", "class_labels", "[null, null]");
        Refused("'class_labels' is no JSON array of texts or numbers", "class_labels", """["a", 1]""");
        Refused("'class_labels' is no JSON array of texts or numbers", "class_labels", "[1, 1e999]");
        Refused("'class_labels' are 1 names of 2 classes", "class_labels", """["a"]""");
        Refused("'dt' is no length of a time step", "dt", 0.0);
        Refused("'dt' is no length of a time step", "dt", 1e300);
        Refused("'time_steps' is 0", "time_steps", 0L);

        static void Refused(string message, string name, object value)
        {
            H5Group metadata = new() { ["producer"] = "Microsoft.ML.Snn 0.1.0", ["time_steps"] = 2L, ["dt"] = 0.5 };
            metadata[name] = value;
            byte[] file = Write(Graph(Nodes(), _edges, metadata));
            Assert.Contains(message, Assert.Throws<InvalidDataException>(() => NirFiles.Load(file)).Message);
        }
    }

    [Fact]
    public void Metadata_of_others_mean_something_else()
    {
        SpikingNetwork plain = NirFiles.Load(Write(Graph(Nodes(), _edges)), new() { TimeSteps = 2, TimeStep = 0.5 });
        foreach (object producer in (object[])["another tool", 3L, new H5Group { ["name"] = "another tool" }])
        {
            H5Group nodes = Nodes();
            foreach (string node in (string[])["c", "n", "d"])
            {
                ((H5Group)nodes[node])["metadata"] = new H5Group
                {
                    ["layer"] = 3L, ["kind"] = 7L, ["decay"] = "much", ["threshold"] = new H5Group { ["unit"] = "mV" }, ["unit"] = "mV",
                };
            }
            H5Group metadata = new() { ["producer"] = producer, ["time_steps"] = "many", ["dt"] = "short", ["class_labels"] = 5L };
            SpikingNetwork read = NirFiles.Load(Write(Graph(nodes, _edges, metadata)), new() { TimeSteps = 2, TimeStep = 0.5 });
            Assert.Null(read.ClassLabels);
            Assert.Equal(plain.Layers.Select(layer => layer.ToString()), read.Layers.Select(layer => layer.ToString()));
        }
    }

    [Fact]
    public void Numbers_are_read_in_their_type_or_refused()
    {
        // Above 127 and 32,767, where a sign would make others of them.
        foreach (object threshold in (object[])[(byte)200, (ushort)200, 200u, 200ul, (short)200, 200, 200L, 200f, 200.0])
        {
            H5Group nodes = Nodes();
            ((H5Group)nodes["n"])["v_threshold"] = threshold;
            SpikingNetwork read = NirFiles.Load(Write(Graph(nodes, _edges)), new() { TimeSteps = 2, TimeStep = 0.5 });
            // An input of 1 adds a half.
            Assert.Equal([400f], read.Layers.Single(layer => layer.Name == "n").Threshold!.Distinct());
        }
        Refused("Node n (LIF) cannot be run: 'tau' has floating-point numbers of 2 bytes", "n", "tau", (Half)1);
    }

    [Fact]
    public void Cycles_are_refused_and_name_a_node()
    {
        Refused("Node n (LIF) cannot be run: it is on a cycle", Write(Graph(Nodes(), [.. _edges, ("n", "n")])));
        Refused("it is on a cycle", Write(Graph(Nodes(), [.. _edges, ("n", "c")])));
        Refused("it is on a cycle", Write(Graph(Nodes(), [.. _edges, ("output", "d")])));
    }

    [Fact]
    public void Names_with_a_slash_are_refused()
    {
        Refused("names a node that the file does not have", Write(Graph(Nodes(), [.. _edges, ("n", "a/b")])));
        var nodes = Nodes();
        nodes["a"] = new H5Group { ["b"] = new H5Group { ["type"] = "LIF" } };
        Refused("Node a: it has no dataset 'type'", Write(Graph(nodes, [.. _edges, ("n", "a")])));
    }

    [Theory]
    [InlineData("c", "weight")]
    [InlineData("c", "stride")]
    [InlineData("c", "padding")]
    [InlineData("n", "tau")]
    [InlineData("n", "r")]
    [InlineData("n", "v_threshold")]
    [InlineData("n", "type")]
    [InlineData("input", "shape")]
    public void Absent_arrays_are_named(string node, string array)
    {
        var nodes = Nodes();
        ((H5Group)nodes[node]).Remove(array);
        Refused($"Node {node}: it has no dataset '{array}'", Write(Graph(nodes, _edges)));
    }

    [Fact]
    public void Values_that_no_node_can_have_are_refused()
    {
        Refused("'weight' is NaN", "c", "weight", new H5Dataset(new float[] { 1, float.NaN, 1, 1 }, fileDims: [2, 2, 1, 1]));
        Refused("do not fit to its input [2, 1, 1]", "c", "weight", new H5Dataset(new float[6], fileDims: [2, 3, 1, 1]));
        Refused("'bias' has 3 values, not 2", "c", "bias", new float[3]);
        Refused("at least 1 is needed", "c", "stride", new long[] { 0, 1 });
        Refused("neither one number nor two", "c", "stride", new long[] { 1, 1, 1 });
        Refused("not whole numbers", "c", "stride", new[] { 1.5, 1 });
        Refused("does not fit into its input", "c", "weight", new H5Dataset(new float[4 * 9], fileDims: [2, 2, 3, 3]));
        Refused("neither 'same' nor 'valid'", "c", "padding", "some");
        Refused("in 0 groups", "c", "groups", 0L);
        Refused("'input_shape' is (3, 3)", "c", "input_shape", new long[] { 3, 3 });
        Refused("'tau' has the shape [3]", "n", "tau", new float[3]);
        Refused("less than a time step", "n", "tau", 0f);
        Refused("less than a time step", "n", "tau", -1f);
        Refused("fire without an input", "n", "v_threshold", 0f);
        Refused("not more than 0", "n", "r", -1f);
        Refused("resets channel 0 to 0.5, but it leaks to 0", "n", "v_reset", 0.5f);
        Refused("nodes of this type are not read", "n", "type", "Delay");
        Refused("neither [N] nor [C, H, W]", "input", "shape", new long[] { 2, 1 });
        Refused("not numbers", "input", "shape", "2, 1, 1");
    }

    private static readonly (string, string)[] _edges = [("input", "c"), ("c", "n"), ("n", "d"), ("d", "output")];

    /// <summary>Input [2, 1, 1] -> 1x1 convolution -> LIF -> 1x1 convolution -> Output.</summary>
    private static H5Group Nodes()
    {
        var nodes = new H5Group
        {
            ["input"] = new H5Group { ["type"] = "Input", ["shape"] = new long[] { 2, 1, 1 } },
            ["n"] = new H5Group { ["type"] = "LIF", ["tau"] = 1f, ["r"] = 1f, ["v_leak"] = 0f, ["v_threshold"] = 0.5f },
            ["output"] = new H5Group { ["type"] = "Output", ["shape"] = new long[] { 2, 1, 1 } },
        };
        foreach (string name in (string[])["c", "d"])
        {
            nodes[name] = new H5Group
            {
                ["type"] = "Conv2d", ["weight"] = new H5Dataset(new float[] { 1, 0.5f, -1, 2 }, fileDims: [2, 2, 1, 1]),
                ["bias"] = new float[2], ["stride"] = new long[] { 1, 1 }, ["padding"] = new long[] { 0, 0 },
            };
        }
        return nodes;
    }

    private static H5File Graph(H5Group nodes, (string, string)[] edges, H5Group? metadata = null)
    {
        var graph = new H5Group
        {
            ["type"] = "NIRGraph", ["nodes"] = nodes,
            ["edges"] = new H5Dataset(
                edges.SelectMany(edge => (string[])[edge.Item1, edge.Item2]).ToArray(), fileDims: [(ulong)edges.Length, 2]),
        };
        if (metadata is not null)
            graph["metadata"] = metadata;
        return new() { ["version"] = "1.0.7", ["node"] = graph };
    }

    private static byte[] Write(H5File file)
    {
        using var stream = new MemoryStream();
        file.Write(stream);
        return stream.ToArray();
    }

    private static void Refused(string message, string node, string array, object value)
    {
        H5Group nodes = Nodes();
        ((H5Group)nodes[node])[array] = value;
        Refused(message, Write(Graph(nodes, _edges)));
    }

    private static void Refused(string message, byte[] file)
    {
        Exception refusal = Assert.ThrowsAny<Exception>(() => NirFiles.Load(file, new() { TimeSteps = 2, TimeStep = 0.5 }));
        Assert.True(refusal is InvalidDataException or NotSupportedException, refusal.ToString());
        Assert.Contains(message, refusal.Message);
    }

    private static void Refused(string message, Func<NirGraphWriter, NirGraphWriter> graph) =>
        Refused(message, graph(new(seed: 1)).Write());

    private static bool IsRefused(byte[] file)
    {
        try
        {
            NirFiles.Load(file);
            return false;
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException or ArgumentException)
        {
            return true;
        }
    }
}

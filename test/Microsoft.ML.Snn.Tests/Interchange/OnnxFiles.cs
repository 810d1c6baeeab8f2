using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Interchange.Onnx;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Interchange;

public class OnnxFiles
{
    private static readonly RandomGraphs.Shape _shape = new(3, 6, 5, 12, 3, 2, 4, InputHasTimeSteps: false);

    private readonly SpikingNetwork _network = new(RandomGraphs.Create(_shape, seed: 1) with
    {
        Labels = LabelValues.FromText(["a", "\"b\"", "ç"]),
    });

    [Fact]
    public void A_model_tells_versions_and_classes()
    {
        ModelProto model = ModelProto.Parser.ParseFrom(OnnxModel.Export(_network));
        Assert.Equal(8, model.IrVersion);
        OperatorSetIdProto operators = Assert.Single(model.OpsetImport);
        Assert.Equal(("", 17L), (operators.Domain, operators.Version));
        Assert.Equal("Microsoft.ML.Snn", model.ProducerName);

        using OnnxModel loaded = OnnxModel.Of(_network);
        Assert.Equal("4", loaded.Metadata["time_steps"]);
        Assert.Equal(_network.ClassLabels, System.Text.Json.JsonSerializer.Deserialize<string[]>(loaded.Metadata["class_labels"]));
        Assert.Equal(["Score"], loaded.Outputs.Keys);
        Assert.Equal([-1, 3], loaded.Outputs["Score"].Dimensions);
    }

    [Fact]
    public void The_input_is_convolved_once_where_all_steps_share_it()
    {
        ModelProto model = ModelProto.Parser.ParseFrom(OnnxModel.Export(_network));
        // The first convolution once, the other three at each of four steps.
        Assert.Equal(1 + 3 * 4, model.Graph.Node.Count(node => node.OpType == "Conv"));
        // Membrane potentials that no step follows are not reset: four layers of neurons, three steps.
        Assert.Equal(4 * 3, model.Graph.Node.Count(node => node.OpType == "Where"));
    }

    [Fact]
    public void A_file_is_replaced_when_it_is_complete_and_equals_the_stream()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.onnx");
        File.WriteAllText(path, "older");
        _network.SaveOnnx(path);
        Assert.Equal(OnnxModel.Export(_network), File.ReadAllBytes(path));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_stream_is_left_open()
    {
        using var stream = new MemoryStream();
        _network.SaveOnnx(stream);
        Assert.True(stream.CanWrite);
    }

    [Fact]
    public void Too_many_steps_are_refused_and_leave_no_file()
    {
        using var folder = new TemporaryFolder();
        var network = new SpikingNetwork(_network.ToGraph() with { TimeSteps = 10_000 });
        var refusal = Assert.Throws<NotSupportedException>(() => network.SaveOnnx(folder.File("model.onnx")));
        Assert.Contains("more than 100000 nodes", refusal.Message);
        Assert.Contains("OnnxGraphForm.Step", refusal.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
        network.SaveOnnx(folder.File("step.onnx"), new() { Form = OnnxGraphForm.Step });
    }

    [Fact]
    public void Weights_that_no_file_can_hold_are_refused()
    {
        NetworkGraph<float> graph = _network.ToGraph();
        var export = new NetworkExport(graph, new(), new ProtobufGraph { MaxBytes = 1000 });
        Assert.Contains("quantize", Assert.Throws<NotSupportedException>(export.Write).Message);
        // Just enough: all weights, and some constants.
        long bytes = new NetworkExport(graph, new()).Write().Graph.Initializer.Sum(tensor => (long)tensor.RawData.Length);
        Assert.NotNull(new NetworkExport(graph, new(), new ProtobufGraph { MaxBytes = bytes }).Write());
        Assert.Throws<NotSupportedException>(new NetworkExport(graph, new(), new ProtobufGraph { MaxBytes = bytes - 1 }).Write);
    }

    [Fact]
    public void Numbers_of_constants_are_little_endian()
    {
        Assert.Equal([0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x00, 0xC0], ProtobufGraph.RawData([1f, -2f]).ToByteArray());
        Assert.Equal([0x01, 0x02, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], ProtobufGraph.RawData([0x201, -1]).ToByteArray());
        Assert.Equal([3, 0, 0, 0, 0, 0, 0, 0], ProtobufGraph.RawData([3L]).ToByteArray());
        Assert.Equal([0x7F, 0x80], ProtobufGraph.RawData<sbyte>([127, -128]).ToByteArray());
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        Assert.Throws<ArgumentException>(() => _network.SaveOnnx(""));
        Assert.Throws<ArgumentNullException>(() => _network.SaveOnnx((Stream)null!));
        Assert.Throws<ArgumentNullException>(() => _network.SaveOnnx("model.onnx", null!));
        Assert.Throws<ArgumentNullException>(() => ((SpikingNetwork)null!).SaveOnnx("model.onnx"));
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => new OnnxExportOptions { Form = (OnnxGraphForm)2 });
        Assert.Contains("Unrolled, Step", refusal.Message);
        Assert.Throws<ArgumentNullException>(() => new OnnxExportOptions { InputLayout = null! });
    }
}

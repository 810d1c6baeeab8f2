using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Snn.Interchange.Onnx;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>An exported network in ONNX Runtime.</summary>
internal sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession _session;

    /// <param name="model">The model's bytes.</param>
    /// <param name="optimizes">Whether operators are fused, which may round sums in an order that depends on the whole graph.</param>
    public OnnxModel(byte[] model, bool optimizes = true)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        if (!optimizes)
            options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        _session = new(model, options);
    }

    public IReadOnlyDictionary<string, NodeMetadata> Inputs => _session.InputMetadata;

    public IReadOnlyDictionary<string, NodeMetadata> Outputs => _session.OutputMetadata;

    public IReadOnlyDictionary<string, string> Metadata => _session.ModelMetadata.CustomMetadataMap;

    public static byte[] Export(SpikingNetwork network, OnnxExportOptions? options = null)
    {
        using var stream = new MemoryStream();
        network.SaveOnnx(stream, options ?? new());
        return stream.ToArray();
    }

    public static OnnxModel Of(SpikingNetwork network, OnnxExportOptions? options = null, bool optimizes = true) =>
        new(Export(network, options), optimizes);

    /// <summary>An unrolled model that also puts out the membrane potential of each layer at each step, and what softmax takes.</summary>
    public static (OnnxModel Model, Func<string, int, string> Membrane, string Logits) WithPotentials(
        SpikingNetwork network, OnnxExportOptions options)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(Export(network, options));
        Dictionary<string, NodeProto> nodes = model.Graph.Node.ToDictionary(node => node.Name);
        string logits = nodes["scores"].Input[0];
        string[] fired = [.. nodes.Keys.Where(name => name.EndsWith(".fired", StringComparison.Ordinal))];
        foreach (string name in fired.Select(name => nodes[name].Input[0]).Append(logits).Distinct())
        {
            model.Graph.Output.Add(new ValueInfoProto
            {
                Name = name, Type = new() { TensorType = new() { ElemType = TensorProto.Types.DataType.Float } },
            });
        }
        return (new(model.ToByteArray()), (layer, step) => nodes[$"{layer}@{step}.fired"].Input[0], logits);
    }

    /// <summary>All outputs for rows of the one input.</summary>
    public Dictionary<string, float[]> Run(float[] features, int rows) =>
        Run(new Dictionary<string, float[]> { ["Features"] = features }, rows);

    /// <summary>All outputs, by their names.</summary>
    public Dictionary<string, float[]> Run(Dictionary<string, float[]> inputs, int rows) =>
        Run([.. inputs.Select(input => Tensor(input.Key, input.Value, rows))]);

    /// <summary>All outputs for pictures of bytes, and for what else the model takes.</summary>
    public Dictionary<string, float[]> Run(byte[] pixels, int rows, Dictionary<string, float[]>? others = null) =>
        Run([Tensor("Pixels", pixels, rows), .. (others ?? []).Select(input => Tensor(input.Key, input.Value, rows))]);

    private Dictionary<string, float[]> Run((string Name, OrtValue Value)[] inputs)
    {
        string[] outputs = [.. Outputs.Keys];
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results =
            _session.Run(run, [.. inputs.Select(input => input.Name)], [.. inputs.Select(input => input.Value)], outputs);
        foreach ((_, OrtValue value) in inputs)
            value.Dispose();
        return outputs.Zip(results).ToDictionary(pair => pair.First, pair => pair.Second.GetTensorDataAsSpan<float>().ToArray());
    }

    private (string Name, OrtValue Value) Tensor<T>(string name, T[] values, int rows)
        where T : unmanaged =>
        (name, OrtValue.CreateTensorValueFromMemory(values, [rows, .. Inputs[name].Dimensions.Skip(1).Select(size => (long)size)]));

    public void Dispose() => _session.Dispose();
}

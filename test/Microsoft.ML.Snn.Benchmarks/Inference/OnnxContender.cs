using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Benchmarks.Inference;

/// <summary>ONNX Runtime on the unrolled graph.</summary>
internal sealed class OnnxContender : IContender
{
    public const string Float32 = "ONNX Runtime float32", Int8 = "ONNX Runtime 8-bit";

    private const int CalibrationPictures = 32;

    private static readonly string[] _inputs = ["Features"], _outputs = ["Score"];

    private readonly NetworkGraph<float> _graph;
    private readonly InferenceSession _session;

    private OnnxContender(string name, NetworkGraph<float> graph, byte[] model, int rows, int threads)
    {
        Name = name;
        _graph = graph;
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // Its helpers would otherwise spin on after the run, into the others' turns.
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        // Sizes are known before the first run, as ours are.
        options.AddFreeDimensionOverrideByName("N", rows);
        _session = new(model, options);
    }

    public string Name { get; }

    /// <summary>The float32 model.</summary>
    public static OnnxContender InFloat32(NetworkGraph<float> graph, int rows, int threads) =>
        new(Float32, graph, Export(graph), rows, threads);

    /// <summary>The model quantized to 8 bits in convolutions' inputs, weights and outputs, with ranges of training pictures.</summary>
    public static OnnxContender In8Bits(NetworkGraph<float> graph, int rows, int threads)
    {
        float[][] pictures = [.. Pictures.Load(CalibrationPictures, 0).Training.Select(row => row.Features)];
        byte[] model = QuantizedOnnx.Make(Export(graph), pictures, [graph.Channels, graph.Height, graph.Width]);
        return new(Int8, graph, model, rows, threads);
    }

    public void Score(float[] features, int rows, float[] scores)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(features, [rows, _graph.Channels, _graph.Height, _graph.Width]);
        using var output = OrtValue.CreateTensorValueFromMemory(scores, [rows, _graph.Classes]);
        using var run = new RunOptions();
        _session.Run(run, _inputs, [input], _outputs, [output]);
    }

    public void Dispose() => _session.Dispose();

    private static byte[] Export(NetworkGraph<float> graph)
    {
        using var model = new MemoryStream();
        new SpikingNetwork(graph).SaveOnnx(model, new OnnxExportOptions { InputLayout = OnnxInputLayout.Map });
        return model.ToArray();
    }
}

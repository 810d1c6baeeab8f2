using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Benchmarks.Inference;

/// <summary>ONNX Runtime on the unrolled float32 graph.</summary>
internal sealed class OnnxContender : IContender
{
    public const string Float32 = "ONNX Runtime float32";

    private static readonly string[] _inputs = ["Features"], _outputs = ["Score"];

    private readonly NetworkGraph<float> _graph;
    private readonly InferenceSession _session;

    public OnnxContender(NetworkGraph<float> graph, int rows, int threads)
    {
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
        using var model = new MemoryStream();
        new SpikingNetwork(graph).SaveOnnx(model, new OnnxExportOptions { InputLayout = OnnxInputLayout.Map });
        _session = new(model.ToArray(), options);
    }

    public string Name => Float32;

    public void Score(float[] features, int rows, float[] scores)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(features, [rows, _graph.Channels, _graph.Height, _graph.Width]);
        using var output = OrtValue.CreateTensorValueFromMemory(scores, [rows, _graph.Classes]);
        using var run = new RunOptions();
        _session.Run(run, _inputs, [input], _outputs, [output]);
    }

    public void Dispose() => _session.Dispose();
}

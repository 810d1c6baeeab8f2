using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Snn.Interchange.Onnx;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>What ML.NET's <c>ConvertToOnnx</c> makes of a chain, in ONNX Runtime.</summary>
internal sealed class ConvertedModel : IDisposable
{
    private readonly InferenceSession _session;

    /// <param name="model">The model's bytes.</param>
    public ConvertedModel(byte[] model)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        _session = new(model, options);
    }

    public IReadOnlyDictionary<string, NodeMetadata> Outputs => _session.OutputMetadata;

    /// <param name="operatorSet">Null: the one that ML.NET chooses.</param>
    public static byte[] Convert(MLContext context, ITransformer model, IDataView data, int? operatorSet = null)
    {
        using var stream = new MemoryStream();
        if (operatorSet is { } version)
            context.Model.ConvertToOnnx(model, data, version, stream);
        else
            context.Model.ConvertToOnnx(model, data, stream);
        return stream.ToArray();
    }

    /// <summary>The operators of a model, and the version of the standard ones.</summary>
    public static (string[] Operators, long Version) Describe(byte[] model)
    {
        ModelProto parsed = ModelProto.Parser.ParseFrom(model);
        return ([.. parsed.Graph.Node.Select(node => node.OpType)], parsed.OpsetImport.Single(set => set.Domain == "").Version);
    }

    /// <summary>One output for rows of all inputs, each a row of float32.</summary>
    public T[] Run<T>(string output, int rows, params (string Input, float[] Values)[] inputs)
        where T : unmanaged
    {
        OrtValue[] values =
        [
            .. inputs.Select(input => OrtValue.CreateTensorValueFromMemory(
                input.Values, [rows, .. _session.InputMetadata[input.Input].Dimensions.Skip(1).Select(size => (long)size)])),
        ];
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results =
            _session.Run(run, [.. inputs.Select(input => input.Input)], values, [output]);
        Array.ForEach(values, value => value.Dispose());
        return results[0].GetTensorDataAsSpan<T>().ToArray();
    }

    public void Dispose() => _session.Dispose();
}

using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Onnx;

namespace Microsoft.ML.Snn.Scoring.Onnx;

/// <summary>A network as a step of the model that ML.NET's <c>ConvertToOnnx</c> makes of a chain.</summary>
internal sealed class PipelineExport
{
    private readonly NetworkGraph<float> _network;
    private readonly PipelineGraph _graph;
    private readonly string _features;

    /// <param name="context">The model so far.</param>
    /// <param name="component">What users call the step.</param>
    /// <param name="network">Its network.</param>
    /// <param name="featureColumn">The column that it reads.</param>
    /// <exception cref="ArgumentOutOfRangeException">The model is to have a lower operator set than the network needs.</exception>
    /// <exception cref="InvalidOperationException">No step before it that ONNX can express gives the column.</exception>
    public PipelineExport(OnnxContext context, string component, SpikingNetwork network, string featureColumn)
    {
        context.CheckOpSetVersion(OnnxGraph.LeastOperatorSet, component);
        // ML.NET begins the model after the last step that cannot be written, and would tell neither the step nor the column.
        if (!context.ContainsColumn(featureColumn))
        {
            throw new InvalidOperationException(
                $"ONNX cannot express the step that makes column '{featureColumn}', such as ExtractPixels, so the model has no input for "
                + $"{component}: convert the steps from that column on, with data that holds it already.");
        }
        (_network, _graph, _features) = (network.ToGraph(), new(context), context.GetVariableName(featureColumn));
    }

    /// <summary>Adds the network.</summary>
    /// <param name="scores">The variable of the scores, [N, classes].</param>
    /// <param name="predictedLabel">The variable of the predicted class's key, [N, 1].</param>
    /// <exception cref="NotSupportedException">The model would be too large.</exception>
    public void Write(string scores, string predictedLabel)
    {
        long[] time = _network.InputHasTimeSteps ? [_network.TimeSteps] : [];
        string maps = _graph.Add(
            "Reshape", [_features, _graph.Numbers([-1, .. time, _network.Channels, _network.Height, _network.Width])], "features.maps");
        // 8-bit weights as integers: the engine's membrane potentials to the last bit.
        string known = new NetworkNodes(_network, _graph, useIntegers: true).AddScores(maps);
        string missing = AddMissing(maps), row = _graph.Add("Add", [known, missing], "scores.row");
        _graph.Assign(scores, row);

        // Keys count from 1; 0 is a missing one.
        string best = _graph.Add("ArgMax", [row], "class", new OnnxAttribute("axis", 1), new OnnxAttribute("keepdims", 1));
        string key = _graph.Add("Add", [best, _graph.Constant("one", [], () => new[] { 1L })], "class.key");
        string isKnown = _graph.Add("Not", [_graph.Add("IsNaN", [missing], "features.missing")], "features.known");
        key = _graph.Add("Mul", [key, _graph.AddCast(isKnown, OnnxElementType.Int64, "features.known.number")], "class.known");
        _graph.Assign(predictedLabel, _graph.AddCast(key, OnnxElementType.Uint32, "class.label"));
    }

    /// <summary>0 for a row, or NaN where one of its features is NaN or infinite, as rows are scored in the pipeline: [N, 1].</summary>
    private string AddMissing(string maps)
    {
        string row = _graph.Add("Flatten", [maps], "features.row");
        string zeros = _graph.Add("Mul", [row, _graph.Constant("zero", [], () => new[] { 0f })], "features.zeros");
        return _graph.AddOverAxes("ReduceSum", zeros, [1], "features.sum", new OnnxAttribute("keepdims", 1));
    }
}

using System.Text.Json;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Onnx;

namespace Microsoft.ML.Snn.Interchange.Onnx;

/// <summary>Writes a network as an ONNX model of its own: all time steps, or one with its membrane potentials.</summary>
internal sealed class NetworkExport
{
    // IR version and operators that ONNX Runtime 1.12 (2022) and all later ones know.
    private const int IrVersion = 8, OperatorSet = 17;

    private readonly NetworkGraph<float> _graph;
    private readonly OnnxExportOptions _options;
    private readonly ProtobufGraph _onnx;
    private readonly NetworkNodes _nodes;

    /// <param name="graph">The network, with its weights.</param>
    /// <param name="options">Form and input.</param>
    /// <param name="onnx">Takes the nodes; null for a new one.</param>
    public NetworkExport(NetworkGraph<float> graph, OnnxExportOptions options, ProtobufGraph? onnx = null)
    {
        (_graph, _options, _onnx) = (graph, options, onnx ?? new());
        _nodes = new(graph, _onnx, options.UseIntegers);
    }

    private bool IsStep => _options.Form == OnnxGraphForm.Step;

    /// <exception cref="NotSupportedException">The model would be too large, or has what ONNX cannot say.</exception>
    public ModelProto Write()
    {
        bool hasSteps = !IsStep && _graph.InputHasTimeSteps;
        string input = new InputMaps(_graph, _options.InputLayout, _onnx).Add(hasSteps ? _graph.TimeSteps : null);
        if (IsStep)
            WriteStep(input);
        else
            _onnx.AddOutput("Score", _nodes.AddScores(input), _graph.Classes);
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "Microsoft.ML.Snn",
            ProducerVersion = typeof(NetworkExport).Assembly.GetName().Version!.ToString(3),
            Graph = _onnx.Graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = OperatorSet });
        AddMetadata("time_steps", JsonSerializer.Serialize(_graph.TimeSteps));
        if (_graph.Labels is { } labels)
            AddMetadata("class_labels", JsonSerializer.Serialize<string[]>([.. labels]));
        return model;

        void AddMetadata(string key, string value) => model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
    }

    private void WriteStep(string input)
    {
        LayerPlan[] neurons = [.. _nodes.Layers.Where(layer => layer.Neuron is not null)];
        foreach (LayerPlan layer in neurons)
            _nodes.Membranes[layer.Name] = _onnx.AddInput($"{layer.Name}.membrane", TensorProto.Types.DataType.Float, Sizes(layer));
        _onnx.AddOutput("Logits", _nodes.AddStep(input), _graph.Classes);
        foreach (LayerPlan layer in neurons)
            _onnx.AddOutput($"{layer.Name}.membrane.next", _nodes.Membranes[layer.Name], Sizes(layer));

        static int[] Sizes(LayerPlan layer) => [layer.Shape.Channels, layer.Shape.Height, layer.Shape.Width];
    }
}

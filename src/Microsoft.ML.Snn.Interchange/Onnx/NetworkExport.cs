using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Interchange.Layers;

namespace Microsoft.ML.Snn.Interchange.Onnx;

/// <summary>
/// Writes a network as an ONNX model: its time steps one after the other, or one step. What no step changes is there once.
/// </summary>
internal sealed class NetworkExport
{
    // IR version and operators that ONNX Runtime 1.12 (2022) and all later ones know.
    private const int IrVersion = 8, OperatorSet = 17;

    private readonly NetworkGraph<float> _graph;
    private readonly OnnxExportOptions _options;
    private readonly OnnxGraph _onnx;
    private readonly StepValues _values;
    private readonly FloatCurrents _floats;
    // Null where nothing is written with integers.
    private readonly IntegerCurrents? _integers;
    private readonly ImmutableArray<LayerPlan> _layers;
    // Membrane potentials after the reset, by their neurons; none before the first step.
    private readonly Dictionary<string, string> _membranes = [];

    /// <param name="graph">The network, with its weights.</param>
    /// <param name="options">Form and input.</param>
    /// <param name="onnx">Takes the nodes; null for a new one.</param>
    public NetworkExport(NetworkGraph<float> graph, OnnxExportOptions options, OnnxGraph? onnx = null)
    {
        (_graph, _options, _onnx) = (graph, options, onnx ?? new());
        _layers = LayerPlan.Of(graph);
        _values = new(_onnx);
        _floats = new(graph, _onnx, _values);
        if (options.UseIntegers && graph.Nodes.Any(node => node is WeightedNode<float> { Unit: not null }))
            _integers = new(graph, _onnx, _values);
    }

    private bool IsStep => _options.Form == OnnxGraphForm.Step;

    /// <exception cref="NotSupportedException">The model would be too large, or has what ONNX cannot say.</exception>
    public ModelProto Write()
    {
        if (IsStep)
            WriteStep();
        else
            WriteAllSteps();
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

    private void WriteAllSteps()
    {
        string[] inputs = Inputs(_graph.InputHasTimeSteps ? _graph.TimeSteps : 1);
        string total = "";
        for (int step = 0; step < _graph.TimeSteps; step++)
        {
            _values.Begin(step, inputs[Math.Min(step, inputs.Length - 1)]);
            string output = Compute(isLast: step == _graph.TimeSteps - 1);
            total = step == 0 ? output : _onnx.Add("Add", [total, output], _values.Name("logits.sum"));
        }
        // Eq. 11.
        string mean = _graph.TimeSteps == 1
            ? total : _onnx.Add("Div", [total, _onnx.Constant("steps", [], () => new[] { (float)_graph.TimeSteps })], "logits");
        string scores = _onnx.Add("Softmax", [mean], "scores", OnnxGraph.Attribute("axis", 1));
        _onnx.AddOutput("Score", scores, _graph.Classes);
    }

    private void WriteStep()
    {
        string input = Inputs(1)[0];
        foreach (LayerPlan layer in _layers.Where(layer => layer.Neuron is not null))
            _membranes[layer.Name] = _onnx.AddInput($"{layer.Name}.membrane", TensorProto.Types.DataType.Float, Sizes(layer));
        _values.Begin(0, input);
        _onnx.AddOutput("Logits", Compute(isLast: false), _graph.Classes);
        foreach (LayerPlan layer in _layers.Where(layer => layer.Neuron is not null))
            _onnx.AddOutput($"{layer.Name}.membrane.next", _membranes[layer.Name], Sizes(layer));

        static int[] Sizes(LayerPlan layer) => [layer.Shape.Channels, layer.Shape.Height, layer.Shape.Width];
    }

    /// <summary>The input of each step, [N, C, H, W], normalized.</summary>
    /// <param name="steps">Steps that the model's input has.</param>
    private string[] Inputs(int steps)
    {
        bool hasSteps = !IsStep && _graph.InputHasTimeSteps;
        string input = new InputMaps(_graph, _options.InputLayout, _onnx).Add(hasSteps ? steps : null);
        if (_graph.Nodes.OfType<InputAffineNode<float>>().FirstOrDefault() is { } normalization)
        {
            string scale = _onnx.Constant($"{normalization.Name}.scale", [_graph.Channels, 1, 1], () => normalization.Scale);
            string offset = _onnx.Constant($"{normalization.Name}.offset", [_graph.Channels, 1, 1], () => normalization.Offset);
            input = _onnx.Add("Mul", [input, scale], $"{normalization.Name}.scaled");
            input = _onnx.Add("Add", [input, offset], normalization.Name);
        }
        if (!hasSteps)
            return [input];
        return [.. Enumerable.Range(0, steps).Select(step => _onnx.Add(
            "Gather", [input, _onnx.Constant($"step {step}", [], () => new[] { (long)step })], $"features@{step}",
            OnnxGraph.Attribute("axis", 1)))];
    }

    /// <summary>All layers in one time step.</summary>
    /// <param name="isLast">Whether no step follows, so that no membrane potential is needed.</param>
    /// <returns>The output of the step, [N, classes].</returns>
    private string Compute(bool isLast)
    {
        string current = "";
        foreach (LayerPlan layer in _layers)
        {
            current = _integers is not null && _integers.CanAdd(layer) ? _integers.Add(layer) : _floats.Add(layer);
            if (layer.Neuron is { } neuron)
                Fire(neuron, current, layer.Shape.Channels, isLast);
        }
        return _onnx.Add("Flatten", [current], _values.Name("logits.step"));
    }

    /// <summary>Eq. 1-3.</summary>
    private void Fire(NeuronNode<float> neuron, string current, int channels, bool isLast)
    {
        if (neuron.Reset != ResetKind.Hard)
        {
            throw new NotSupportedException(
                $"Neurons {neuron.Name} have the reset {neuron.Reset}, which is not written as ONNX: only those are that spikes reset to 0.");
        }
        string name = _values.Name(neuron.Name), membrane = current;
        if (_membranes.TryGetValue(neuron.Name, out string? left))
        {
            string decayed = _onnx.Add("Mul", [left, PerChannel("decay", neuron.Decay)], $"{name}.decayed");
            membrane = _onnx.Add("Add", [decayed, current], $"{name}.membrane");
        }
        string fired = _onnx.Add("Greater", [membrane, PerChannel("threshold", neuron.Threshold)], $"{name}.fired");
        string? count = null;
        if (neuron.MaxSpikes > 1)
        {
            string[] exceeded = [.. Enumerable.Range(1, neuron.MaxSpikes).Select(spike => Exceeds(spike))];
            count = _onnx.Add("Sum", exceeded, $"{name}.count");
        }
        _values.Send(neuron, fired, count);
        if (!isLast)
            _membranes[neuron.Name] = _onnx.Add("Where", [fired, _onnx.Constant("zero", [], () => new[] { 0f }), membrane], $"{name}.left");

        string PerChannel(string what, float[] values) =>
            _onnx.Constant($"{neuron.Name}.{what}", values.Length == 1 ? [] : [channels, 1, 1], () => values);

        // The engine's own product, (2 j - 1) times the threshold.
        string Exceeds(int spike)
        {
            string exceeds = spike == 1 ? fired : _onnx.Add("Greater",
                [membrane, PerChannel($"threshold{spike}", [.. neuron.Threshold.Select(threshold => threshold * (2 * spike - 1))])],
                $"{name}.exceeds{spike}");
            return _onnx.Add(
                "Cast", [exceeds], $"{name}.spike{spike}", OnnxGraph.Attribute("to", (long)TensorProto.Types.DataType.Float));
        }
    }
}

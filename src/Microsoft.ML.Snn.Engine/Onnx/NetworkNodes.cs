using System.Collections.Immutable;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Engine.Onnx;

/// <summary>A network as operators: its time steps one after the other, or one step. What no step changes is there once.</summary>
internal sealed class NetworkNodes
{
    private readonly NetworkGraph<float> _graph;
    private readonly OnnxGraph _onnx;
    private readonly StepValues _values;
    private readonly FloatCurrents _floats;
    // Null where nothing is written with integers.
    private readonly IntegerCurrents? _integers;

    /// <param name="graph">The network, with its weights.</param>
    /// <param name="onnx">Takes the nodes.</param>
    /// <param name="useIntegers">Whether 8-bit weights are written as integers.</param>
    public NetworkNodes(NetworkGraph<float> graph, OnnxGraph onnx, bool useIntegers)
    {
        (_graph, _onnx) = (graph, onnx);
        Layers = LayerPlan.Of(graph);
        _values = new(onnx);
        _floats = new(graph, onnx, _values);
        if (useIntegers && graph.Nodes.Any(node => node is WeightedNode<float> { Unit: not null }))
            _integers = new(graph, onnx, _values);
    }

    /// <summary>Neurons and all that flows into them.</summary>
    public ImmutableArray<LayerPlan> Layers { get; }

    /// <summary>Membrane potentials after the reset, [N, C, H, W], by the names of layers; none before the first step.</summary>
    public Dictionary<string, string> Membranes { get; } = [];

    /// <summary>Adds all time steps.</summary>
    /// <param name="maps">The network's input, [N, C, H, W], or [N, T, C, H, W] where each step has its own.</param>
    /// <returns>The softmax of the output averaged over all steps, [N, classes].</returns>
    /// <exception cref="NotSupportedException">The model would be too large, or has what ONNX cannot say.</exception>
    public string AddScores(string maps)
    {
        string[] inputs = Slices(Normalize(maps));
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
        return _onnx.Add("Softmax", [mean], "scores", new OnnxAttribute("axis", 1));
    }

    /// <summary>Adds one time step, from and to <see cref="Membranes"/>.</summary>
    /// <param name="maps">The input of the step, [N, C, H, W].</param>
    /// <returns>The output of the step, [N, classes].</returns>
    /// <exception cref="NotSupportedException">The model would be too large, or has what ONNX cannot say.</exception>
    public string AddStep(string maps)
    {
        _values.Begin(0, Normalize(maps));
        return Compute(isLast: false);
    }

    private string Normalize(string input)
    {
        if (_graph.Nodes.OfType<InputAffineNode<float>>().FirstOrDefault() is not { } normalization)
            return input;
        string scale = _onnx.Constant($"{normalization.Name}.scale", [_graph.Channels, 1, 1], () => normalization.Scale);
        string offset = _onnx.Constant($"{normalization.Name}.offset", [_graph.Channels, 1, 1], () => normalization.Offset);
        input = _onnx.Add("Mul", [input, scale], $"{normalization.Name}.scaled");
        return _onnx.Add("Add", [input, offset], normalization.Name);
    }

    /// <summary>The input of each step, [N, C, H, W]; one where all have the same.</summary>
    private string[] Slices(string input)
    {
        if (!_graph.InputHasTimeSteps)
            return [input];
        return [.. Enumerable.Range(0, _graph.TimeSteps).Select(step => _onnx.Add(
            "Gather", [input, _onnx.Constant($"step {step}", [], () => new[] { (long)step })], $"features@{step}",
            new OnnxAttribute("axis", 1)))];
    }

    /// <summary>All layers in one time step.</summary>
    /// <param name="isLast">Whether no step follows, so that no membrane potential is needed.</param>
    /// <returns>The output of the step, [N, classes].</returns>
    private string Compute(bool isLast)
    {
        string current = "";
        foreach (LayerPlan layer in Layers)
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
        string name = _values.Name(neuron.Name), membrane = current;
        if (Membranes.TryGetValue(neuron.Name, out string? left))
        {
            string decayed = _onnx.Add("Mul", [left, PerChannel("decay", neuron.Decay)], $"{name}.decayed");
            membrane = _onnx.Add("Add", [decayed, current], $"{name}.membrane");
        }
        string threshold = PerChannel("threshold", neuron.Threshold), fired = _onnx.Add("Greater", [membrane, threshold], $"{name}.fired");
        string[] exceeded = [fired, .. Enumerable.Range(2, neuron.MaxSpikes - 1).Select(Exceeds)];
        string? count = neuron.MaxSpikes > 1 ? _onnx.Add("Sum", [.. exceeded.Select(AsNumber)], $"{name}.count") : null;
        _values.Send(neuron, fired, count);
        if (!isLast)
            Membranes[neuron.Name] = Reset();

        string Reset()
        {
            string zero = _onnx.Constant("zero", [], () => new[] { 0f });
            if (neuron.Reset == ResetKind.Hard)
                return _onnx.Add("Where", [fired, zero, membrane], $"{name}.left");
            string left = membrane;
            for (int spike = 0; spike < exceeded.Length; spike++)
            {
                string lost = _onnx.Add("Where", [exceeded[spike], threshold, zero], $"{name}.lost{spike + 1}");
                left = _onnx.Add("Sub", [left, lost], $"{name}.left{spike + 1}");
            }
            return left;
        }

        string PerChannel(string what, float[] values) =>
            _onnx.Constant($"{neuron.Name}.{what}", values.Length == 1 ? [] : [channels, 1, 1], () => values);

        // The engine's own product, (2 j - 1) times the threshold.
        string Exceeds(int spike) => _onnx.Add("Greater",
            [membrane, PerChannel($"threshold{spike}", [.. neuron.Threshold.Select(threshold => threshold * (2 * spike - 1))])],
            $"{name}.exceeds{spike}");

        string AsNumber(string exceeds, int index) => _onnx.AddCast(exceeds, OnnxElementType.Float, $"{name}.spike{index + 1}");
    }
}

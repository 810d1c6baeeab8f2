using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Engine.Onnx;

/// <summary>
/// The inputs of neurons as the engine computes them, operation by operation (<see cref="SpikingLayer"/>): the bias; onto it what real
/// numbers add, each rounded in its turn (<see cref="OrderedSums"/>); then what spikes add, an exact sum of integers times its unit.
/// </summary>
internal sealed class IntegerCurrents(NetworkGraph<float> graph, OnnxGraph onnx, StepValues values)
{
    private readonly OrderedSums _ordered = new(onnx, values);
    private readonly Dictionary<string, ChannelUnits?> _units = [];
    // What is the same at all steps, by its layer.
    private readonly Dictionary<string, string> _static = [];

    /// <summary>Whether all that spikes add to a layer are 8-bit weights in units that the engine keeps.</summary>
    public bool CanAdd(LayerPlan layer) => layer.Summands.All(summand => !summand.TakesSpikes) || Units(layer) is not null;

    /// <summary>The input of a layer's neurons, [N, C, H, W].</summary>
    public string Add(LayerPlan layer)
    {
        string sums = Base(layer);
        if (Units(layer) is not { } units)
            return sums;
        string integers = "";
        foreach (Summand summand in layer.Summands.Where(summand => summand.TakesSpikes))
        {
            string next = Count(layer, summand, units);
            integers = integers == "" ? next : onnx.Add("Add", [integers, next], $"{next}.sum");
        }
        string name = values.Name(layer.Name);
        string floats = onnx.AddCast(integers, OnnxElementType.Float, $"{name}.units");
        string scaled = onnx.Add(
            "Mul", [floats, onnx.Constant($"{layer.Name}.unit", [layer.Shape.Channels, 1, 1], () => units.Values)], $"{name}.scaled");
        return onnx.Add("Add", [sums, scaled], $"{name}.current");
    }

    /// <summary>What is no sum of spikes; without such a term a constant.</summary>
    private string Base(LayerPlan layer)
    {
        if (_static.TryGetValue(layer.Name, out string? known))
            return known;
        string sums = onnx.Constant($"{layer.Name}.bias", [layer.Shape.Channels, 1, 1], () => Bias(layer));
        Summand[] analog = [.. layer.Summands.Where(summand => !summand.TakesSpikes)];
        foreach (Summand summand in analog)
        {
            sums = summand.Sender is { } sender
                ? _ordered.AddCounts(sums, values.Counts(sender), (WeightedNode<float>)summand.Node)
                : _ordered.AddWindows(sums, values.Input, summand.Source, layer.Shape, (WeightedNode<float>)summand.Node);
        }
        if (analog.All(summand => summand.IsStatic(graph)))
            _static[layer.Name] = sums;
        return sums;
    }

    /// <summary>What spikes add through one node, in units of the layer's channels: int32.</summary>
    private string Count(LayerPlan layer, Summand summand, ChannelUnits units)
    {
        string name = values.Name(summand.Node.Name);
        int channels = layer.Shape.Channels;
        if (summand.Node is AffineNode<float> identity)
        {
            string scale = onnx.Constant($"{identity.Name}.units", [channels, 1, 1], () => Rounded(identity.Scale, units));
            return onnx.Add("Mul", [values.Integers(summand.Sender!), scale], name);
        }
        var node = (WeightedNode<float>)summand.Node;
        int padding = node.Kernel / 2;
        string weights = onnx.Constant(
            $"{node.Name}.weights", [node.Out, node.In, node.Kernel, node.Kernel], () => Quantization.Integers(node.Weights, node.Unit!));
        string sums = onnx.Add(
            "ConvInteger", [values.Bytes(summand.Sender!), weights], name,
            new OnnxAttribute("kernel_shape", node.Kernel, node.Kernel), new OnnxAttribute("strides", node.Stride, node.Stride),
            new OnnxAttribute("pads", padding, padding, padding, padding));
        sums = onnx.Keep(sums, (node as ConvolutionNode<float>)?.Kept);
        int[] ratios = Rounded(node.Unit!, units);
        return Array.TrueForAll(ratios, ratio => ratio == 1)
            ? sums : onnx.Add("Mul", [sums, onnx.Constant($"{node.Name}.ratio", [channels, 1, 1], () => ratios)], $"{name}.units");
    }

    /// <summary>The units that the engine chooses for a layer; null where it has none for 8-bit weights.</summary>
    private ChannelUnits? Units(LayerPlan layer)
    {
        if (_units.TryGetValue(layer.Name, out ChannelUnits? known))
            return known;
        Summand[] spikes = [.. layer.Summands.Where(summand => summand.TakesSpikes)];
        ChannelUnits units = ChannelUnits.Choose(
            layer.Shape.Channels,
            [.. Nodes<WeightedNode<float>>().Select(node => new SpikeWeights(node.Weights, node.Unit))],
            [.. Nodes<AffineNode<float>>().Select(node => node.Scale)],
            spikes.Select(summand => summand.Sender!.MaxSpikes).DefaultIfEmpty(1).Max());
        return _units[layer.Name] = units.AreQuantized ? units : null;

        IEnumerable<TNode> Nodes<TNode>() => spikes.Select(summand => summand.Node).OfType<TNode>();
    }

    private static int[] Rounded(float[] values, ChannelUnits units) =>
        [.. values.Select((value, c) => FixedPoint.Round(value, units.Reciprocals[c]))];

    private static float[] Bias(LayerPlan layer)
    {
        float[] bias = new float[layer.Shape.Channels];
        foreach (Summand summand in layer.Summands)
        {
            float[] offset = summand.Node switch
            {
                WeightedNode<float> node => node.Bias,
                AffineNode<float> node => node.Offset,
                _ => throw new NotSupportedException($"Node {summand.Node.Name}, {summand.Node.Kind}, cannot be written as ONNX."),
            };
            for (int c = 0; c < bias.Length; c++)
                bias[c] += offset[c];
        }
        return bias;
    }
}

using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Engine.Onnx;

/// <summary>The inputs of neurons in float32, each node of the network as the operator that is made for it.</summary>
internal sealed class FloatCurrents(NetworkGraph<float> graph, OnnxGraph onnx, StepValues values)
{
    // What is the same at all steps, by its node.
    private readonly Dictionary<string, string> _static = [];

    /// <summary>The input of a layer's neurons, [N, C, H, W].</summary>
    public string Add(LayerPlan layer)
    {
        string sum = Current(layer, layer.Summands[0]);
        for (int i = 1; i < layer.Summands.Length; i++)
            sum = onnx.Add("Add", [sum, Current(layer, layer.Summands[i])], values.Name($"{layer.Name}.sum{i}"));
        return sum;
    }

    private string Current(LayerPlan layer, Summand summand)
    {
        if (_static.TryGetValue(summand.Node.Name, out string? known))
            return known;
        string current = Compute(layer, summand);
        if (summand.IsStatic(graph))
            _static[summand.Node.Name] = current;
        return current;
    }

    private string Compute(LayerPlan layer, Summand summand)
    {
        string name = values.Name(summand.Node.Name);
        string source = summand.Sender is not { } sender ? values.Input
            : summand.TakesSpikes ? values.Floats(sender) : values.Counts(sender);
        switch (summand.Node)
        {
            case ConvolutionNode<float> node:
                int padding = node.Kernel / 2;
                string whole = onnx.Add(
                    "Conv", [source, Weights(node, [node.Out, node.In, node.Kernel, node.Kernel]), Bias(node)], name,
                    new OnnxAttribute("kernel_shape", node.Kernel, node.Kernel), new OnnxAttribute("strides", node.Stride, node.Stride),
                    new OnnxAttribute("pads", padding, padding, padding, padding));
                return onnx.Keep(whole, node.Kept);
            case LinearNode<float> node:
                string row = onnx.Add("Flatten", [source], $"{name}.row");
                string sums = onnx.Add(
                    "Gemm", [row, Weights(node, [node.Out, node.In]), Bias(node)], $"{name}.sums", new OnnxAttribute("transB", 1));
                return onnx.AddOverAxes("Unsqueeze", sums, [2, 3], name);
            case AffineNode<float> node:
                int channels = layer.Shape.Channels;
                string scaled = onnx.Add(
                    "Mul", [source, onnx.Constant($"{node.Name}.scale", [channels, 1, 1], () => node.Scale)], $"{name}.scaled");
                return onnx.Add("Add", [scaled, onnx.Constant($"{node.Name}.offset", [channels, 1, 1], () => node.Offset)], name);
            default:
                throw new NotSupportedException($"Node {summand.Node.Name}, {summand.Node.Kind}, cannot be written as ONNX.");
        }
    }

    private string Weights(WeightedNode<float> node, ReadOnlySpan<int> shape) =>
        onnx.Constant($"{node.Name}.weights", shape, () => node.Weights);

    private string Bias(WeightedNode<float> node) => onnx.Constant($"{node.Name}.bias", [node.Out], () => node.Bias);
}

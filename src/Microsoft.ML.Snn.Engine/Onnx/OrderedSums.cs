using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Engine.Onnx;

/// <summary>
/// Sums of products of real numbers, rounded after each product and each addition, in the engine's order: taps of the window row by row,
/// channels in each. Convolutions and matrix products of other runtimes have orders of their own, which differ in the last bits.
/// </summary>
internal sealed class OrderedSums(OnnxGraph onnx, StepValues values)
{
    /// <summary>A convolution of the network's input, one product of maps after the other.</summary>
    /// <param name="sums">What it is added to: [C, 1, 1] or [N, C, H, W].</param>
    /// <param name="input">[N, In, H, W]</param>
    /// <param name="source">The input's shape.</param>
    /// <param name="target">The shape of the sums.</param>
    /// <param name="node">The weights.</param>
    public string AddWindows(string sums, string input, Signal source, Signal target, WeightedNode<float> node)
    {
        string name = values.Name(node.Name);
        int padding = node.Kernel / 2, taps = node.Kernel * node.Kernel, stride = node.Stride;
        if (padding > 0)
            input = onnx.Add("Pad", [input, onnx.Numbers(0, 0, padding, padding, 0, 0, padding, padding)], $"{name}.padded");
        string axes = onnx.Numbers(1, 2, 3), steps = onnx.Numbers(1, stride, stride);
        for (int tap = 0; tap < taps; tap++)
        {
            int y = tap / node.Kernel, x = tap % node.Kernel;
            int endY = y + (target.Height - 1) * stride + 1, endX = x + (target.Width - 1) * stride + 1;
            for (int channel = 0; channel < source.Channels; channel++)
            {
                string place = $"{name}.{y}.{x}.{channel}";
                int first = channel * taps + tap;
                string map = onnx.Add(
                    "Slice", [input, onnx.Numbers(channel, y, x), onnx.Numbers(channel + 1, endY, endX), axes, steps], $"{place}.input");
                string weights = onnx.Constant($"{node.Name}.weights.{y}.{x}.{channel}", [node.Out, 1, 1], () =>
                    Enumerable.Range(0, node.Out).Select(c => node.Weights[c * node.In * taps + first]).ToArray());
                string product = onnx.Add("Mul", [map, weights], $"{place}.product");
                sums = onnx.Add("Add", [sums, product], $"{place}.sum");
            }
        }
        return sums;
    }

    /// <summary>A linear layer of counts: all products at once, then their sums one after the other.</summary>
    /// <param name="sums">What it is added to: [C, 1, 1] or [N, C, 1, 1].</param>
    /// <param name="counts">[N, In, 1, 1]</param>
    /// <param name="node">The weights.</param>
    public string AddCounts(string sums, string counts, WeightedNode<float> node)
    {
        string name = values.Name(node.Name);
        string weights = onnx.Constant($"{node.Name}.weights", [node.In, node.Out], () => Transposed(node));
        // [N, In, 1] times [In, Out].
        string column = onnx.AddOverAxes("Squeeze", counts, [3], $"{name}.counts");
        string products = onnx.Add("Mul", [column, weights], $"{name}.products");
        string axis = onnx.Numbers(1);
        string row = onnx.Add("Reshape", [sums, onnx.Numbers(-1, 1, node.Out)], $"{name}.base");
        string first = onnx.Add("Slice", [products, onnx.Numbers(0), onnx.Numbers(1), axis], $"{name}.first");
        string all = onnx.Add("Add", [first, row], $"{name}.begun");
        if (node.In > 1)
        {
            string rest = onnx.Add("Slice", [products, onnx.Numbers(1), onnx.Numbers(node.In), axis], $"{name}.rest");
            all = onnx.Add("Concat", [all, rest], $"{name}.all", new OnnxAttribute("axis", 1));
            all = onnx.Add("CumSum", [all, onnx.Constant("axis", [], () => new[] { 1L })], $"{name}.sums");
            all = onnx.Add("Slice", [all, onnx.Numbers(node.In - 1), onnx.Numbers(node.In), axis], $"{name}.last");
        }
        return onnx.Add("Reshape", [all, onnx.Numbers(-1, node.Out, 1, 1)], name);
    }

    /// <summary>[Out, In] -> [In, Out].</summary>
    private static float[] Transposed(WeightedNode<float> node)
    {
        float[] transposed = new float[node.Weights.Length];
        for (int i = 0; i < transposed.Length; i++)
            transposed[i] = node.Weights[i % node.Out * node.In + i / node.Out];
        return transposed;
    }
}

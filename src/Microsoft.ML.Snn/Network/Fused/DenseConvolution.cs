using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn;

/// <summary>
/// Torch's convolution (oneDNN's on a CPU) and its gradients, one by one: torch's own graph would keep the input as numbers until the
/// backward pass.
/// </summary>
internal static class DenseConvolution
{
    // TorchSharp has no binding of this operation, but TorchScript knows them all.
    private const string Script = """
        def by_input(gradient: Tensor, input: Tensor, weight: Tensor, stride: int, padding: int):
            result, _, _ = torch.convolution_backward(
                gradient, input, weight, None, [stride, stride], [padding, padding], [1, 1], False, [0, 0], 1, [True, False, False])
            return result

        def by_weight(gradient: Tensor, input: Tensor, weight: Tensor, stride: int, padding: int):
            _, result, _ = torch.convolution_backward(
                gradient, input, weight, None, [stride, stride], [padding, padding], [1, 1], False, [0, 0], 1, [False, True, False])
            return result

        """;

    private static readonly Lazy<jit.CompilationUnit> _gradients = new(() => jit.compile(Script));

    /// <summary>[N, In, H, W] -> [N, Out, H', W'].</summary>
    public static Tensor Forward(Tensor input, Tensor weight, ConvolutionPlan plan)
    {
        long padding = plan.Kernel / 2;
        return nn.functional.conv2d(input, weight, strides: [plan.Stride, plan.Stride], padding: [padding, padding]);
    }

    /// <param name="gradient">By the output, [N, Out, H', W'].</param>
    /// <param name="input">Of the input's shape, type and memory order; its values are not read.</param>
    /// <param name="weight">[Out, In, Kernel, Kernel].</param>
    /// <param name="plan">The layer.</param>
    public static Tensor InputGradient(Tensor gradient, Tensor input, Tensor weight, ConvolutionPlan plan) =>
        _gradients.Value.invoke<Tensor>("by_input", gradient, input, weight, (long)plan.Stride, (long)(plan.Kernel / 2));

    /// <param name="gradient">By the output, [N, Out, H', W'].</param>
    /// <param name="input">[N, In, H, W].</param>
    /// <param name="weight">Of the weight's shape, type and memory order; its values are not read.</param>
    /// <param name="plan">The layer.</param>
    public static Tensor WeightGradient(Tensor gradient, Tensor input, Tensor weight, ConvolutionPlan plan) =>
        _gradients.Value.invoke<Tensor>("by_weight", gradient, input, weight, (long)plan.Stride, (long)(plan.Kernel / 2));
}

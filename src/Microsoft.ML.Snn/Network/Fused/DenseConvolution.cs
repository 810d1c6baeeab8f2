using System.Collections.Concurrent;
using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn;

/// <summary>
/// Torch's convolution (oneDNN's on a CPU) and its gradients, one by one: torch's own graph would keep the input as numbers until the
/// backward pass.
/// </summary>
internal static class DenseConvolution
{
    // TorchSharp has no binding of this operation, but TorchScript knows them all. Stride and padding are part of the script: TorchSharp may
    // free the numbers that it passes to one before the script has read them.
    private static readonly ConcurrentDictionary<(int Stride, int Kernel), Lazy<jit.CompilationUnit>> _gradients = new();

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
        Gradients(plan).invoke<Tensor>("by_input", gradient, input, weight);

    /// <param name="gradient">By the output, [N, Out, H', W'].</param>
    /// <param name="input">[N, In, H, W].</param>
    /// <param name="weight">Of the weight's shape, type and memory order; its values are not read.</param>
    /// <param name="plan">The layer.</param>
    public static Tensor WeightGradient(Tensor gradient, Tensor input, Tensor weight, ConvolutionPlan plan) =>
        Gradients(plan).invoke<Tensor>("by_weight", gradient, input, weight);

    private static jit.CompilationUnit Gradients(ConvolutionPlan plan) =>
        _gradients.GetOrAdd((plan.Stride, plan.Kernel), static key => new(() => jit.compile(Script(key.Stride, key.Kernel / 2)))).Value;

    private static string Script(int stride, int padding) => string.Create(CultureInfo.InvariantCulture, $"""
        def by_input(gradient: Tensor, input: Tensor, weight: Tensor):
            result, _, _ = torch.convolution_backward(gradient, input, weight, None,
                [{stride}, {stride}], [{padding}, {padding}], [1, 1], False, [0, 0], 1, [True, False, False])
            return result

        def by_weight(gradient: Tensor, input: Tensor, weight: Tensor):
            _, result, _ = torch.convolution_backward(gradient, input, weight, None,
                [{stride}, {stride}], [{padding}, {padding}], [1, 1], False, [0, 0], 1, [False, True, False])
            return result

        """);
}

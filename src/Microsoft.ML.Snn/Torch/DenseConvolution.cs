using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.ML.Snn.Architecture;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Torch;

/// <summary>
/// Torch's convolution (oneDNN's on a CPU) and its gradients, one by one: torch's own graph would keep the input as numbers until the
/// backward pass.
/// </summary>
/// <remarks>
/// What oneDNN does wrong in libtorch 2.10 never reaches it (ConvolutionStress, in the tests, looks for more). It computes float32 and
/// bfloat16 on a CPU; float64 is torch's own.
/// <list type="bullet">
/// <item>The weight gradient of a 1x1 convolution of a stride, over fewer channels than a vector has, writes past its buffer (oneDNN
/// issue 6035), which ends the process or gives wrong numbers. The pixels that such a convolution reads are picked first, which oneDNN
/// itself would do, and are convolved with stride 1.</item>
/// <item>In channels-first memory, convolutions in bfloat16 are wrong; torch takes a tensor of one channel, whose memory is both, for
/// channels-first. A channel of zeros makes it channels-last.</item>
/// <item>Some gradients by a single input channel are wrong and, in bfloat16, those for an odd number of output channels. No caller asks
/// for these: kernels over spikes take multiples of 8 channels.</item>
/// <item>In bfloat16 with AMX, outputs of a convolution of a stride are of memory never written where its map is no wider than the stride.
/// Columns of zeros give it a second output column, which is cut off.</item>
/// <item>Where the processor does not tell its caches' sizes (as in some virtual machines), outputs in float32 are wrong if there are more
/// than 32 output channels and, beyond a multiple of 32, 1 to 16 of them. Channels of zeros make it 24.</item>
/// </list>
/// </remarks>
internal static class DenseConvolution
{
    // TorchSharp has no binding of this operation, but TorchScript knows them all. Stride and padding are part of the script: TorchSharp
    // may free the numbers that it passes to one before the script has read them.
    private static readonly ConcurrentDictionary<(int Stride, int Kernel), Lazy<jit.CompilationUnit>> _gradients = new();

    /// <summary>[N, In, H, W] -> [N, Out, H', W'].</summary>
    public static Tensor Forward(Tensor input, Tensor weight, ConvolutionPlan plan)
    {
        if (plan.PixelStep > 1)
        {
            using Tensor picked = Pick(input, plan.PixelStep);
            return Forward(picked, weight, plan.OnPickedPixels());
        }
        bool isOnCpu = input.device_type == DeviceType.CPU;
        (int addedIn, int addedOut) = isOnCpu ? AddedChannels(input.dtype, plan) : default;
        bool isNarrow = isOnCpu && input.dtype == ScalarType.BFloat16 && plan is { Stride: > 1, OutWidth: 1 };
        long addedColumns = isNarrow ? plan.Stride + 1 - input.shape[3] : 0;
        if (addedIn == 0 && addedOut == 0 && addedColumns == 0)
            return Convolve(input, weight, plan);
        using Tensor paddedInput = nn.functional.pad(input, [0, addedColumns, 0, 0, 0, addedIn]);
        using Tensor paddedWeight = nn.functional.pad(weight, [0, 0, 0, 0, 0, addedIn, 0, addedOut]);
        using Tensor lastInput = TensorMemory.ToChannelsLast(paddedInput);
        using Tensor lastWeight = TensorMemory.ToChannelsLast(paddedWeight);
        using Tensor output = Convolve(lastInput, lastWeight, plan);
        using Tensor real = output.narrow(1, 0, plan.Out);
        return real.narrow(3, 0, plan.OutWidth);
    }

    /// <summary>[N, H, W, In] for the gradient by the output, [N, Out, H', W'].</summary>
    /// <param name="gradient">By the output.</param>
    /// <param name="height">H, of the input.</param>
    /// <param name="width">W, of the input.</param>
    /// <param name="weight">[Out, In, Kernel, Kernel].</param>
    /// <param name="plan">The layer.</param>
    public static Tensor InputGradient(Tensor gradient, int height, int width, Tensor weight, ConvolutionPlan plan)
    {
        if (plan.PixelStep > 1)
        {
            using Tensor picked = InputGradient(gradient, plan.OutHeight, plan.OutWidth, weight, plan.OnPickedPixels());
            Tensor spread = zeros([gradient.shape[0], height, width, plan.In], dtype: gradient.dtype, device: CPU);
            using Tensor target = TensorMemory.PickPixels(spread, plan.PixelStep);
            target.copy_(picked);
            return spread;
        }
        // Only its shape is used: pages never touched take no memory.
        using Tensor pages = TensorMemory.Allocate(gradient.dtype, gradient.shape[0], height, width, plan.In);
        using Tensor input = TensorMemory.ChannelsSecond(pages);
        using Tensor result = Gradients(plan).invoke<Tensor>("by_input", gradient, input, weight);
        return TensorMemory.ChannelsInnermost(result);
    }

    /// <param name="gradient">By the output, [N, Out, H', W'].</param>
    /// <param name="input">[N, In, H, W].</param>
    /// <param name="weight">Of the weight's shape, type and memory order; its values are not read.</param>
    /// <param name="plan">The layer.</param>
    public static Tensor WeightGradient(Tensor gradient, Tensor input, Tensor weight, ConvolutionPlan plan)
    {
        if (plan.PixelStep > 1)
        {
            using Tensor picked = Pick(input, plan.PixelStep);
            return WeightGradient(gradient, picked, weight, plan.OnPickedPixels());
        }
        return Gradients(plan).invoke<Tensor>("by_weight", gradient, input, weight);
    }

    /// <summary>Channels of zeros that oneDNN needs for right numbers: see the remarks.</summary>
    private static (int In, int Out) AddedChannels(ScalarType dtype, ConvolutionPlan plan)
    {
        if (dtype == ScalarType.BFloat16)
            return (plan.In == 1 ? 1 : 0, 0);
        const int Block = 32;
        int rest = plan.Out % Block;
        return (0, dtype == ScalarType.Float32 && plan.Out > Block && rest is >= 1 and <= 16 ? 24 - rest : 0);
    }

    private static Tensor Convolve(Tensor input, Tensor weight, ConvolutionPlan plan)
    {
        long padding = plan.Kernel / 2;
        return nn.functional.conv2d(input, weight, strides: [plan.Stride, plan.Stride], padding: [padding, padding]);
    }

    /// <summary>[N, C, H, W] at every <paramref name="step"/>-th pixel, in channels-last memory.</summary>
    private static Tensor Pick(Tensor input, int step)
    {
        using Tensor innermost = input.permute(0, 2, 3, 1);
        using Tensor picked = TensorMemory.PickPixels(innermost, step);
        using Tensor dense = picked.contiguous();
        return TensorMemory.ChannelsSecond(dense);
    }

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

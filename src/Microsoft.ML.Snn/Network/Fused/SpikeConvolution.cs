using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// A convolution of spikes and its gradients: over the spikes alone where they are few enough for that to be faster, else by oneDNN. The
/// density decides, which the spikes themselves give: so the same network goes the same way again. Where neurons send several spikes at
/// once, oneDNN multiplies.
/// </summary>
internal static class SpikeConvolution
{
    /// <summary>Spikes [T*N, H, W, In] -> [T*N, H', W', Out].</summary>
    public static Tensor Forward(SpikeMask spikes, Tensor weight, ConvolutionPlan plan, ScalarType dtype)
    {
        // In bfloat16 matrix instructions are as fast over all neurons as additions over a few.
        if (spikes.Planes == 1 && dtype == ScalarType.Float32 && SpikeGather.Supports(plan) && spikes.Density < SpikeGather.MaxDensity)
            return SpikeGather.Forward(spikes, weight);
        using Tensor input = spikes.ToTensor(dtype, plan.PixelStep);
        return Forward(input, weight, plan.OnPickedPixels());
    }

    /// <summary>Numbers [T*N, In, H, W] -> [T*N, H', W', Out], of the numbers' type.</summary>
    public static Tensor Forward(Tensor input, Tensor weight, ConvolutionPlan plan)
    {
        using Tensor cast = weight.to(input.dtype);
        using Tensor output = DenseConvolution.Forward(input, cast, plan);
        return TensorMemory.ChannelsInnermost(output);
    }

    /// <summary>The gradient by the weight, float32.</summary>
    /// <param name="spikes">The input.</param>
    /// <param name="gradient">By the output, [T*N, H', W', Out].</param>
    /// <param name="weight">Its values are not read.</param>
    /// <param name="plan">The layer.</param>
    public static Tensor WeightGradient(SpikeMask spikes, Tensor gradient, Tensor weight, ConvolutionPlan plan)
    {
        if (spikes.Planes == 1 && SpikeWeightGradient.Supports(plan) && spikes.Density < SpikeWeightGradient.MaxDensity(gradient.dtype))
            return SpikeWeightGradient.Of(spikes, gradient);
        using Tensor input = spikes.ToTensor(gradient.dtype, plan.PixelStep);
        return WeightGradient(input, gradient, weight, plan.OnPickedPixels());
    }

    /// <summary>The gradient by the weight, float32, for an input of numbers.</summary>
    public static Tensor WeightGradient(Tensor input, Tensor gradient, Tensor weight, ConvolutionPlan plan)
    {
        using Tensor cast = weight.to(gradient.dtype);
        using Tensor outer = TensorMemory.ChannelsSecond(gradient);
        using Tensor result = DenseConvolution.WeightGradient(outer, input, cast, plan);
        return result.to(weight.dtype);
    }

    /// <summary>The gradient by the spikes, [T*N, H, W, In], of the type of <paramref name="gradient"/>, [T*N, H', W', Out].</summary>
    public static Tensor InputGradient(SpikeMask spikes, Tensor gradient, Tensor weight, ConvolutionPlan plan)
    {
        using Tensor cast = weight.to(gradient.dtype);
        using Tensor outer = TensorMemory.ChannelsSecond(gradient);
        return DenseConvolution.InputGradient(outer, spikes.Height, spikes.Width, cast, plan);
    }
}

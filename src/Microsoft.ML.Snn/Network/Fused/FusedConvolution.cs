using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>A convolution and its tdBN as kernels see them; the tensors stay their owner's.</summary>
/// <remarks>
/// Kernels take eight channels at a time. Other numbers are filled up with channels whose weights, scales and shifts are zero: they never
/// fire, no gradient passes them, and the numbers of the real channels are those of the network without them.
/// </remarks>
/// <param name="plan">Its sizes.</param>
/// <param name="weight">[Out, In, Kernel, Kernel], float32 in channels-last memory on the CPU.</param>
/// <param name="norm">Its tdBN.</param>
/// <param name="overSpikes">Whether its input is spikes; otherwise it is the image, whose channels stay as they are.</param>
internal sealed class FusedConvolution(ConvolutionPlan plan, Tensor weight, FusedNormalization norm, bool overSpikes)
{
    /// <summary>The sizes with the channels that are filled up.</summary>
    public ConvolutionPlan Plan { get; } = plan with
    {
        In = overSpikes ? KernelVectors.FilledUp(plan.In) : plan.In, Out = KernelVectors.FilledUp(plan.Out),
    };

    /// <summary>The real weight, which gradients are for.</summary>
    public Tensor Weight => weight;

    public FusedNormalization Norm => norm;

    /// <summary>What a gradient is for.</summary>
    public Tensor[] Parameters => [weight, .. norm.Parameters];

    private bool IsFilledUp => Plan.In != plan.In || Plan.Out != plan.Out;

    /// <summary>The weight of <see cref="Plan"/>, in channels-last memory.</summary>
    public Tensor FilledUpWeight()
    {
        if (!IsFilledUp)
            return weight.alias();
        using Tensor values = weight.detach();
        using Tensor padded = nn.functional.pad(values, [0, 0, 0, 0, 0, Plan.In - plan.In, 0, Plan.Out - plan.Out]);
        return TensorMemory.ToChannelsLast(padded);
    }

    /// <summary>The part of a gradient by <see cref="FilledUpWeight"/> that is for the real weight; takes the gradient over.</summary>
    public Tensor RealGradient(Tensor gradient)
    {
        if (!IsFilledUp)
            return gradient;
        using (gradient)
        {
            using Tensor rows = gradient.narrow(0, 0, plan.Out);
            using Tensor real = rows.narrow(1, 0, plan.In);
            return TensorMemory.ToChannelsLast(real);
        }
    }
}

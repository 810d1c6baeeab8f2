using static TorchSharp.torch;

namespace Microsoft.ML.Snn;

/// <summary>A convolution and its tdBN as kernels see them; the tensors stay their owner's.</summary>
/// <param name="Plan">Its sizes.</param>
/// <param name="Weight">[Out, In, Kernel, Kernel], float32 in channels-last memory on the CPU.</param>
/// <param name="Norm">Its tdBN.</param>
internal sealed record FusedConvolution(ConvolutionPlan Plan, Tensor Weight, FusedNormalization Norm)
{
    /// <summary>What a gradient is for.</summary>
    public Tensor[] Parameters => [Weight, .. Norm.Parameters];
}

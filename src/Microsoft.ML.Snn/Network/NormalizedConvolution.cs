using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network.Fused;
using Microsoft.ML.Snn.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>A convolution without bias and its tdBN.</summary>
internal sealed class NormalizedConvolution(ConvolutionPlan plan, NetworkTensors tensors, double deviation)
{
    private readonly ScalarType _type = tensors.ConvolutionType;

    /// <summary>[Out, In, Kernel, Kernel].</summary>
    public Parameter Weight { get; } = tensors.AddWeight($"{plan.Name}.conv.weight", plan.Out, plan.In, plan.Kernel, plan.Kernel);

    public ThresholdDependentBatchNorm Norm { get; } = new(tensors, plan.Name, plan.Out, plan.Alpha, deviation);

    /// <summary>What a gradient is for.</summary>
    public Parameter[] Parameters => [Weight, .. Norm.Parameters];

    /// <summary>Prefix of its tensors.</summary>
    public string Name => plan.Name;

    /// <summary>[T*N, In, H, W] -> [T*N, Out, (H - 1) / Stride + 1, (W - 1) / Stride + 1].</summary>
    public Tensor Forward(Tensor x, Pass pass)
    {
        using Tensor y = Convolve(x);
        return Norm.Forward(y, pass);
    }

    /// <summary>The same before tdBN.</summary>
    public Tensor Convolve(Tensor x)
    {
        using Tensor input = x.to(_type);
        using Tensor weight = Weight.to(_type);
        using Tensor output = DenseConvolution.Forward(input, weight, plan);
        return output.to(Weight.dtype);
    }

    /// <summary>The same for the kernels of <see cref="FusedTrunk"/>.</summary>
    /// <param name="overSpikes">Whether its input is spikes rather than the image.</param>
    public FusedConvolution Fused(bool overSpikes) => new(plan, Weight, Norm.Fused(), overSpikes);
}

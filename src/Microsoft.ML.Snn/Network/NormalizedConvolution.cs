using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn;

/// <summary>A convolution without bias and its tdBN.</summary>
internal sealed class NormalizedConvolution(ConvolutionPlan plan, NetworkTensors tensors, double threshold)
{
    private readonly Parameter _weight = tensors.AddWeight($"{plan.Name}.conv.weight", plan.Out, plan.In, plan.Kernel, plan.Kernel);
    private readonly ThresholdDependentBatchNorm _norm = new(tensors, plan.Name, plan.Out, plan.Alpha, threshold);

    /// <summary>[T*N, In, H, W] -> [T*N, Out, (H - 1) / Stride + 1, (W - 1) / Stride + 1].</summary>
    public Tensor Forward(Tensor x, bool training)
    {
        long padding = plan.Kernel / 2;
        using Tensor y = nn.functional.conv2d(x, _weight, strides: [plan.Stride, plan.Stride], padding: [padding, padding]);
        return _norm.Forward(y, training);
    }
}

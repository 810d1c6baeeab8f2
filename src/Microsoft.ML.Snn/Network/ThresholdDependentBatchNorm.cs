using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn;

/// <summary>
/// tdBN (Eq. 5-8): batch normalisation over time, batch and pixels, scaled by alpha * Vth so that the neurons behind it fire.
/// </summary>
/// <remarks>
/// Normalisation uses the biased variance of the batch; the running variance averages the unbiased one, with momentum 0.1, as PyTorch's
/// batch normalisation does.
/// </remarks>
internal sealed class ThresholdDependentBatchNorm
{
    /// <summary>Share of the newest batch in the running averages, PyTorch's default.</summary>
    public const double Momentum = 0.1;

    private readonly double _scale;

    public ThresholdDependentBatchNorm(NetworkTensors tensors, string name, int channels, double alpha, double threshold)
    {
        _scale = alpha * threshold;
        Weight = tensors.AddParameter($"{name}.norm.weight", channels, 1);
        Bias = tensors.AddParameter($"{name}.norm.bias", channels, 0);
        RunningMean = tensors.AddBuffer($"{name}.norm.running_mean", channels, 0);
        RunningVariance = tensors.AddBuffer($"{name}.norm.running_var", channels, 1);
    }

    /// <summary>lambda, [C].</summary>
    public Parameter Weight { get; }

    /// <summary>beta, [C].</summary>
    public Parameter Bias { get; }

    public Tensor RunningMean { get; }

    public Tensor RunningVariance { get; }

    /// <summary>
    /// [T*N, C, H, W] or [T*N, C] -> the same shape. In training by the statistics of all but the channel dimension, which also go into
    /// the running ones; otherwise by the running statistics.
    /// </summary>
    public Tensor Forward(Tensor x, bool training)
    {
        // One value a channel has no variance to learn from: it is normalised to beta and leaves the running statistics alone.
        bool isSingle = training && x.numel() == x.shape[1];
        using Tensor scaled = Weight * _scale;
        // y = lambda * alpha * Vth * (x - E[x]) / sqrt(Var[x] + eps) + beta (Eq. 7-8)
        return nn.functional.batch_norm(
            x, isSingle ? null : RunningMean, isSingle ? null : RunningVariance, scaled, Bias, training, Momentum, TrainedNetwork.Epsilon);
    }
}

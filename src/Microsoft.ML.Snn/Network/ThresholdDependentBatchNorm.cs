using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Network.Fused;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>
/// tdBN (Eq. 5-8): batch normalization over time, batch and pixels, scaled by alpha * Vth so that the neurons after it fire.
/// </summary>
/// <remarks>
/// Normalization uses the biased variance of the batch; the running variance averages the unbiased one, with momentum 0.1, as PyTorch's
/// batch normalization does.
/// </remarks>
internal sealed class ThresholdDependentBatchNorm
{
    private readonly string _name;
    private readonly CurrentMeter? _meter;
    private readonly SharedStatistics? _statistics;
    private readonly BackwardRunner _backward;

    public ThresholdDependentBatchNorm(NetworkTensors tensors, string name, int channels, double alpha, double deviation)
    {
        (_name, _meter, _statistics, _backward) = (name, tensors.Meter, tensors.Statistics, tensors.Backward);
        Scale = alpha * deviation;
        Weight = tensors.AddParameter($"{name}.norm.weight", channels, 1);
        Bias = tensors.AddParameter($"{name}.norm.bias", channels, 0);
        RunningMean = tensors.AddBuffer($"{name}.norm.running_mean", channels, 0);
        RunningVariance = tensors.AddBuffer($"{name}.norm.running_var", channels, 1);
    }

    /// <summary>alpha * Vth, or alpha * 4 Vth where neurons send more than one spike a step.</summary>
    public double Scale { get; }

    /// <summary>lambda, [C].</summary>
    public Parameter Weight { get; }

    /// <summary>beta, [C].</summary>
    public Parameter Bias { get; }

    public Tensor RunningMean { get; }

    public Tensor RunningVariance { get; }

    /// <summary>What a gradient is for.</summary>
    public Parameter[] Parameters => [Weight, Bias];

    /// <summary>
    /// [T*N, C, H, W] or [T*N, C] -> the same shape. In training by the statistics of all but the channel dimension, which also go into
    /// the running ones; otherwise by the running statistics.
    /// </summary>
    /// <param name="x">What to normalize.</param>
    /// <param name="pass">Which statistics to normalize by.</param>
    public Tensor Forward(Tensor x, Pass pass)
    {
        _meter?.Add(_name, x);
        if (_statistics is not null && pass != Pass.Scoring)
            return ForwardOverRanks(x, pass);
        // One value a channel has no variance to learn from: it is normalized to beta and leaves the running statistics alone.
        bool leavesRunning = pass == Pass.Recomputation || pass == Pass.Training && x.numel() == x.shape[1];
        using Tensor scaled = Weight * Scale;
        // y = lambda * alpha * Vth * (x - E[x]) / sqrt(Var[x] + eps) + beta (Eq. 5-6)
        return nn.functional.batch_norm(
            x, leavesRunning ? null : RunningMean, leavesRunning ? null : RunningVariance, scaled, Bias, pass != Pass.Scoring,
            BatchNormalization.Momentum, BatchNormalization.Epsilon);
    }

    /// <summary>The same for the kernels of <see cref="FusedTrunk"/>.</summary>
    public FusedNormalization Fused() => new(Weight, Bias, RunningMean, RunningVariance, Scale) { Statistics = _statistics };

    private Tensor ForwardOverRanks(Tensor x, Pass pass)
    {
        // TorchSharp keeps an unused tensor of the output's size for the backward pass: it belongs to this scope and ends with it.
        using DisposeScope scope = NewDisposeScope();
        (Tensor, Tensor)? running = pass == Pass.Recomputation ? null : (RunningMean, RunningVariance);
        return SharedNormalization.apply([x, Weight, Bias, new SharedNormalizationCall(Scale, running, _statistics!, _backward)])
            .MoveToOuterDisposeScope();
    }
}

using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Torch;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// One tdBN as kernels see it: its tensors, float32 [C] on the CPU, which stay their owner's. Arrays have the channels that kernels take,
/// <see cref="KernelVectors.FilledUp"/>; beyond C, scale and shift are zero, so that those channels never fire.
/// </summary>
/// <param name="Weight">lambda.</param>
/// <param name="Bias">beta.</param>
/// <param name="RunningMean">Changed by <see cref="Track"/>, as the next.</param>
/// <param name="RunningVariance">Unbiased.</param>
/// <param name="Factor">alpha * Vth.</param>
internal sealed record FusedNormalization(Tensor Weight, Tensor Bias, Tensor RunningMean, Tensor RunningVariance, double Factor)
{
    /// <summary>What a gradient is for.</summary>
    public Tensor[] Parameters => [Weight, Bias];

    /// <summary>Joins the statistics of the ranks that share a batch; null where this one has all of it.</summary>
    public SharedStatistics? Statistics { get; init; }

    /// <summary>C.</summary>
    public int Channels { get; } = (int)Weight.numel();

    /// <summary>The statistics that a trained network normalizes by.</summary>
    public BatchStatistics RunningStatistics()
    {
        ReadOnlySpan<float> mean = Values(RunningMean), variance = Values(RunningVariance);
        int filledUp = KernelVectors.FilledUp(Channels);
        var result = (Mean: new double[filledUp], Variance: new double[filledUp]);
        for (int c = 0; c < mean.Length; c++)
            (result.Mean[c], result.Variance[c]) = (mean[c], variance[c]);
        return BatchStatistics.Running(result.Mean, result.Variance);
    }

    /// <summary>The statistics of the batch of which this rank has seen a part with these.</summary>
    public BatchStatistics OverRanks(BatchStatistics own)
    {
        if (Statistics is null)
            return own;
        (long rows, double[] mean, double[] variance) = Statistics.Join(
            own.Rows, own.Mean.AsSpan(0, Channels), own.Variance.AsSpan(0, Channels));
        return BatchStatistics.Joint(rows, own, mean, variance);
    }

    /// <summary>Lets a batch's statistics into the running ones.</summary>
    public void Track(BatchStatistics batch)
    {
        if (batch.Rows == 1)
            return;
        Span<float> mean = Values(RunningMean), variance = Values(RunningVariance);
        for (int c = 0; c < mean.Length; c++)
        {
            double unbiased = batch.Variance[c] * batch.Rows / (batch.Rows - 1);
            mean[c] = (float)((1 - BatchNormalization.Momentum) * mean[c] + BatchNormalization.Momentum * batch.Mean[c]);
            variance[c] = (float)((1 - BatchNormalization.Momentum) * variance[c] + BatchNormalization.Momentum * unbiased);
        }
    }

    /// <summary>The normalization as y = Scale * x + Shift.</summary>
    public (float[] Scale, float[] Shift) Affine(BatchStatistics statistics)
    {
        ReadOnlySpan<float> lambda = Values(Weight), beta = Values(Bias);
        int filledUp = KernelVectors.FilledUp(Channels);
        var affine = (Scale: new float[filledUp], Shift: new float[filledUp]);
        for (int c = 0; c < lambda.Length; c++)
        {
            affine.Scale[c] = (float)(lambda[c] * Factor * statistics.InverseDeviation(c));
            affine.Shift[c] = (float)(beta[c] - statistics.Mean[c] * affine.Scale[c]);
        }
        return affine;
    }

    private static unsafe Span<float> Values(Tensor tensor) => new(TensorMemory.Address<float>(tensor), (int)tensor.numel());
}

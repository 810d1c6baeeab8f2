using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>What <see cref="SharedNormalization"/> needs beside values and parameters.</summary>
/// <param name="Scale">alpha * Vth.</param>
/// <param name="Running">Mean and variance to take the batch's in; null for nowhere.</param>
/// <param name="Statistics">Joins those of the ranks.</param>
/// <param name="Backward">Of the network's functions.</param>
internal sealed record SharedNormalizationCall(
    double Scale, (Tensor Mean, Tensor Variance)? Running, SharedStatistics Statistics, BackwardRunner Backward);

/// <summary>
/// tdBN in training by the statistics of all ranks' batches (Eq. 5-8), in torch operations, forward and backward. Arguments: values
/// [T*N, C, H, W] or [T*N, C], lambda [C], beta [C], <see cref="SharedNormalizationCall"/>.
/// </summary>
internal sealed class SharedNormalization : autograd.SingleTensorFunction<SharedNormalization>
{
    private const string CallKey = nameof(SharedNormalizationCall), StatisticsKey = nameof(JointStatistics);

    public override string Name => nameof(SharedNormalization);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (Tensor x, Tensor weight, Tensor bias) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        var call = (SharedNormalizationCall)vars[3];
        using DisposeScope scope = NewDisposeScope();
        long[] dimensions = AllButChannels(x);
        (long rows, double[] mean, double[] variance) = call.Statistics.Join(
            x.numel() / x.shape[1], Values(x.mean(dimensions)), Values(x.var(dimensions, unbiased: false)));
        var statistics = new JointStatistics(rows, mean, variance);
        ctx.save_for_backward([x, weight, bias]);
        ctx.save_data(CallKey, call);
        ctx.save_data(StatisticsKey, statistics);
        // One value a channel has no variance to learn from.
        if (call.Running is { } running && rows > 1)
            Track(running, statistics);
        // y = lambda * alpha * Vth * (x - E[x]) / sqrt(Var[x] + eps) + beta (Eq. 5-6)
        Tensor scale = weight * call.Scale * PerChannel(statistics.InverseDeviations(), weight);
        Tensor y = (x - Spread(PerChannel(mean, x), x)) * Spread(scale, x) + Spread(bias, x);
        return y.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        IReadOnlyList<Tensor> saved = ctx.get_saved_variables();
        var call = (SharedNormalizationCall)ctx.get_data(CallKey);
        var statistics = (JointStatistics)ctx.get_data(StatisticsKey);
        using (grad_output)
        {
            Tensor[] gradients = call.Backward.Compute(saved, () => Gradients(saved[0], saved[1], grad_output, call, statistics));
            foreach (Tensor tensor in saved)
                tensor.Dispose();
            return [.. gradients, null!];
        }
    }

    /// <summary>
    /// With x^ the normalized values, g the gradient by the output and means over all ranks: dL/dx = s (g - mean(g) - x^ mean(g x^)) and
    /// s = lambda * alpha * Vth / sqrt(Var[x] + eps). The gradients by lambda and beta are this rank's share, as those of all parameters.
    /// </summary>
    private static Tensor[] Gradients(Tensor x, Tensor weight, Tensor gradient, SharedNormalizationCall call, JointStatistics statistics)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] dimensions = AllButChannels(x);
        Tensor inverse = PerChannel(statistics.InverseDeviations(), weight);
        Tensor normalized = (x - Spread(PerChannel(statistics.Mean, x), x)) * Spread(inverse, x);
        Tensor sums = gradient.sum(dimensions), products = (gradient * normalized).sum(dimensions);
        double[] total = call.Statistics.Ranks.Sum([.. Values(sums), .. Values(products)]);
        int channels = statistics.Mean.Length;
        Tensor mean = PerChannel(Array.ConvertAll(total[..channels], sum => sum / statistics.Rows), x);
        Tensor product = PerChannel(Array.ConvertAll(total[channels..], sum => sum / statistics.Rows), x);
        Tensor byValues = (gradient - Spread(mean, x) - normalized * Spread(product, x)) * Spread(weight * call.Scale * inverse, x);
        Tensor[] gradients = [byValues, products * call.Scale, sums];
        return [.. gradients.Select(result => result.MoveToOuterDisposeScope())];
    }

    private static void Track((Tensor Mean, Tensor Variance) running, JointStatistics batch)
    {
        using IDisposable mode = no_grad();
        using Scalar kept = 1 - BatchNormalization.Momentum, added = BatchNormalization.Momentum;
        double unbiased = (double)batch.Rows / (batch.Rows - 1);
        running.Mean.mul_(kept).add_(PerChannel(batch.Mean, running.Mean), added);
        running.Variance.mul_(kept).add_(PerChannel(Array.ConvertAll(batch.Variance, value => value * unbiased), running.Variance), added);
    }

    private static long[] AllButChannels(Tensor x) => [.. Enumerable.Range(0, (int)x.dim()).Where(d => d != 1).Select(d => (long)d)];

    private static double[] Values(Tensor tensor) => tensor.to(ScalarType.Float64).cpu().data<double>().ToArray();

    /// <summary>[C], of the type and on the device of another tensor.</summary>
    private static Tensor PerChannel(double[] values, Tensor like) =>
        tensor(values, [values.Length], dtype: ScalarType.Float64, device: CPU).to(like.dtype, like.device);

    /// <summary>[C] as [1, C, 1, 1] for values [T*N, C, H, W].</summary>
    private static Tensor Spread(Tensor channels, Tensor x) => x.dim() == 4 ? channels.view(1, -1, 1, 1) : channels.view(1, -1);

    private sealed record JointStatistics(long Rows, double[] Mean, double[] Variance)
    {
        public double[] InverseDeviations() =>
            Array.ConvertAll(Variance, variance => 1 / Math.Sqrt(variance + BatchNormalization.Epsilon));
    }
}

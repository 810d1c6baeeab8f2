using Microsoft.ML.Snn.Architecture;

namespace Microsoft.ML.Snn.Network;

/// <summary>
/// What folding has left of a tdBN: <c>y[c] = Scale[c] * x[c] + Offset[c]</c>, where x is what the tdBN takes. Behind a folded convolution
/// the scale is in the weights, and 1 here.
/// </summary>
/// <param name="Scale">[C].</param>
/// <param name="Offset">[C].</param>
/// <param name="Factor">alpha * Vth of the tdBN (alpha * 4 Vth where neurons send several spikes a step).</param>
internal sealed record FoldedNormalization(double[] Scale, double[] Offset, double Factor)
{
    /// <summary>
    /// The tdBN with these running statistics that computes the same in scoring and, by a batch with the same statistics, in training.
    /// </summary>
    /// <remarks>
    /// In y = lambda alpha Vth (x - mean) / sqrt(variance + eps) + beta (Eq. 5-6), lambda = Scale sqrt(variance + eps) / (alpha Vth) and
    /// beta = Offset + Scale mean give y = Scale x + Offset. For a convolution, whose Scale is 1, beta is the mean of the folded current.
    /// </remarks>
    /// <param name="name">Prefix of the tensors' names.</param>
    /// <param name="mean">Of x, [C].</param>
    /// <param name="variance">Of x, biased, [C].</param>
    public IEnumerable<(string Name, float[] Values)> Tensors(string name, double[] mean, double[] variance)
    {
        var (lambda, beta) = (new float[Scale.Length], new float[Scale.Length]);
        for (int c = 0; c < lambda.Length; c++)
        {
            lambda[c] = (float)(Scale[c] * Math.Sqrt(variance[c] + BatchNormalization.Epsilon) / Factor);
            beta[c] = (float)(Offset[c] + Scale[c] * mean[c]);
        }
        return
        [
            ($"{name}.norm.weight", lambda),
            ($"{name}.norm.bias", beta),
            ($"{name}.norm.running_mean", Array.ConvertAll(mean, value => (float)value)),
            ($"{name}.norm.running_var", Array.ConvertAll(variance, value => (float)value)),
        ];
    }
}

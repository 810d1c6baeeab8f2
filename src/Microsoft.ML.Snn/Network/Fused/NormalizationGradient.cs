namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// The gradients of one tdBN in training, from sums over the batch. With x^ the normalized values and g the gradient by the output,
/// <c>dL/dx = s (g - mean(g) - x^ mean(g x^))</c> and s = lambda * alpha * Vth / sqrt(Var[x] + eps): written as
/// Scale * g + Slope * (x - Mean) + Offset.
/// </summary>
internal sealed class NormalizationGradient
{
    /// <param name="norm">The layer.</param>
    /// <param name="statistics">Of the batch.</param>
    /// <param name="scale">s, [C].</param>
    /// <param name="sums">Of g at 0 to C - 1.</param>
    /// <param name="products">Sums of g times the deviation of x from its mean, [C].</param>
    public NormalizationGradient(
        FusedNormalization norm, BatchStatistics statistics, ReadOnlySpan<float> scale, ReadOnlySpan<double> sums,
        ReadOnlySpan<double> products)
    {
        int channels = scale.Length;
        (Scale, Slope, Mean, Offset) = (scale.ToArray(), new float[channels], new float[channels], new float[channels]);
        (ByWeight, ByBias) = (new float[norm.Channels], new float[norm.Channels]);
        for (int c = 0; c < channels; c++)
        {
            double inverse = statistics.InverseDeviation(c);
            Slope[c] = (float)(-scale[c] * inverse * inverse * products[c] / statistics.Rows);
            Offset[c] = (float)(-scale[c] * sums[c] / statistics.Rows);
            Mean[c] = (float)statistics.Mean[c];
            if (c >= norm.Channels)
                continue;
            ByWeight[c] = (float)(products[c] * inverse * norm.Factor);
            ByBias[c] = (float)sums[c];
        }
    }

    public float[] Scale { get; }

    public float[] Slope { get; }

    public float[] Mean { get; }

    public float[] Offset { get; }

    /// <summary>Gradient by lambda, of its real channels.</summary>
    public float[] ByWeight { get; }

    /// <summary>Gradient by beta, of its real channels.</summary>
    public float[] ByBias { get; }
}

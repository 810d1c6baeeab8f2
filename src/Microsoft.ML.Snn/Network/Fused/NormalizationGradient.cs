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
    /// <param name="own">This rank's sums: its share of the gradients by lambda and beta follows from them.</param>
    /// <param name="joint">The batch's, which are the rank's where it is alone.</param>
    public NormalizationGradient(
        FusedNormalization norm, BatchStatistics statistics, ReadOnlySpan<float> scale, NormalizationSums own, NormalizationSums joint)
    {
        int channels = scale.Length;
        (Scale, Slope, Mean, Offset) = (scale.ToArray(), new float[channels], new float[channels], new float[channels]);
        (ByWeight, ByBias) = (new float[norm.Channels], new float[norm.Channels]);
        for (int c = 0; c < channels; c++)
        {
            double inverse = statistics.InverseDeviation(c);
            Slope[c] = (float)(-scale[c] * inverse * inverse * joint.Products[c] / statistics.Rows);
            Offset[c] = (float)(-scale[c] * joint.Sums[c] / statistics.Rows);
            Mean[c] = (float)statistics.Mean[c];
            if (c >= norm.Channels)
                continue;
            ByWeight[c] = (float)(own.Products[c] * inverse * norm.Factor);
            ByBias[c] = (float)own.Sums[c];
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

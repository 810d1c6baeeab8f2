namespace Microsoft.ML.Snn.Communication;

/// <summary>
/// What tdBN needs to normalize by the batch of all ranks, of which this one has a part: sums over them, in the order of ranks and in
/// float64. Every rank passes the same layers in the same order, so these sums meet.
/// </summary>
/// <param name="Ranks">At least two.</param>
internal sealed record SharedStatistics(RankGroup Ranks)
{
    /// <summary>Joins the statistics of the ranks' parts of a batch.</summary>
    /// <param name="rows">Values a channel on this rank.</param>
    /// <param name="mean">Of this rank, [C].</param>
    /// <param name="variance">Of this rank, biased, [C].</param>
    /// <returns>Those of the whole batch.</returns>
    public (long Rows, double[] Mean, double[] Variance) Join(long rows, ReadOnlySpan<double> mean, ReadOnlySpan<double> variance)
    {
        int channels = mean.Length;
        // Rows, then sums and sums of squares of each channel: in float64 these keep a variance of 1e-8 times the squared mean to 8 digits.
        var own = new double[1 + 2 * channels];
        own[0] = rows;
        for (int c = 0; c < channels; c++)
        {
            own[1 + c] = rows * mean[c];
            own[1 + channels + c] = rows * (variance[c] + mean[c] * mean[c]);
        }
        double[] total = Ranks.Sum(own);
        (double[] jointMean, double[] jointVariance) = (new double[channels], new double[channels]);
        for (int c = 0; c < channels; c++)
        {
            jointMean[c] = total[1 + c] / total[0];
            jointVariance[c] = Math.Max(0, total[1 + channels + c] / total[0] - jointMean[c] * jointMean[c]);
        }
        return ((long)total[0], jointMean, jointVariance);
    }
}

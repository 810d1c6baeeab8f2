namespace Microsoft.ML.Snn.Scoring;

/// <summary>
/// Mean, deviation and histogram of a layer's values in units of the neurons' thresholds, over any number of steps and rows.
/// </summary>
internal sealed class DistributionTotals
{
    /// <summary>Bins of one threshold, and the threshold at whose negative the first bin begins and at which the last one ends.</summary>
    public const int BinsPerThreshold = 8, Limit = 5;

    /// <summary>Number of bins.</summary>
    public const int Bins = 2 * Limit * BinsPerThreshold;

    private readonly long[] _counts = new long[Bins];
    private long _count;
    // Sum of squared differences from the mean.
    private double _squares;

    public double Mean { get; private set; }

    public double Deviation => Math.Sqrt(_squares / _count);

    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>Takes the values of one step. Sums are rounded in the order of the calls, so that it belongs to the result.</summary>
    /// <param name="values">[H, W, C]</param>
    /// <param name="thresholds">[C]</param>
    public void Add(ReadOnlySpan<float> values, ReadOnlySpan<float> thresholds)
    {
        // Sums of differences from one of the values: where all are large and much alike, those of the values themselves would cancel.
        double first = (double)values[0] / thresholds[0], sum = 0, squares = 0;
        for (ReadOnlySpan<float> left = values; left.Length > 0; left = left[thresholds.Length..])
        {
            for (int c = 0; c < thresholds.Length; c++)
            {
                double value = (double)left[c] / thresholds[c], difference = value - first;
                sum += difference;
                squares += difference * difference;
                _counts[Bin(value)]++;
            }
        }
        double mean = sum / values.Length;
        Merge(values.Length, first + mean, Math.Max(0, squares - sum * mean));
    }

    /// <summary>The bin with lower edge &lt; value &lt;= upper edge: a neuron fires above 1, not at 1. The ends take the rest.</summary>
    private static int Bin(double value)
    {
        if (!(value > -Limit))
            return 0;
        return value > Limit ? Bins - 1 : (int)Math.Ceiling(value * BinsPerThreshold) + Bins / 2 - 1;
    }

    /// <summary>Puts two samples together (Chan, Golub and LeVeque, 1983).</summary>
    private void Merge(long count, double mean, double squares)
    {
        double difference = mean - Mean, share = (double)count / (_count + count);
        _squares += squares + difference * difference * _count * share;
        Mean += difference * share;
        _count += count;
    }
}

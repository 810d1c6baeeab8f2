namespace StreamCluster.Load;

/// <summary>How many times were how long, to 1 %, in memory that does not grow. For any number of threads.</summary>
internal sealed class TimeHistogram
{
    // Each bucket ends 1 % above the one before; the first at a microsecond, the last behind eleven days.
    private const double Smallest = 1e-6, Largest = 1e6, Step = 1.01;

    private readonly long[] _counts = new long[BucketOf(Largest) + 1];

    /// <param name="seconds">The time; what is out of range counts as the shortest or longest.</param>
    public void Add(double seconds) => Interlocked.Increment(ref _counts[BucketOf(Math.Min(seconds, Largest))]);

    /// <summary>The number of times, and quantiles, at most 1 % too long; 0 where there are no times.</summary>
    /// <param name="parts">The part of all times that does not exceed each: ascending, above 0 and at most 1.</param>
    public (long Count, double[] Seconds) Read(params ReadOnlySpan<double> parts)
    {
        // One copy for all: others add meanwhile.
        long[] counts = [.. _counts];
        long count = counts.Sum(), below = 0;
        double[] seconds = new double[parts.Length];
        int bucket = -1;
        for (int i = 0; i < parts.Length && count > 0; i++)
        {
            while (below < parts[i] * count)
                below += counts[++bucket];
            seconds[i] = Smallest * Math.Pow(Step, bucket);
        }
        return (count, seconds);
    }

    private static int BucketOf(double seconds) => (int)Math.Ceiling(Math.Max(0, Math.Log(seconds / Smallest) / Math.Log(Step)));
}

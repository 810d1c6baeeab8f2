using System.Diagnostics;

namespace StreamCluster.Load;

/// <summary>What a load counts, from all cameras at once.</summary>
internal sealed class LoadTally
{
    private readonly Lock _lock = new();
    private readonly List<double> _sliceSeconds = [], _reconnectionSeconds = [];
    private long _resent, _compared;

    /// <summary>A slice's scores have arrived.</summary>
    /// <param name="time">Since the event that completed it was sent first.</param>
    public void AddSlice(TimeSpan time)
    {
        lock (_lock)
            _sliceSeconds.Add(time.TotalSeconds);
    }

    /// <summary>A camera has an answer again.</summary>
    /// <param name="time">Since it sent the batch that had none.</param>
    public void AddReconnection(TimeSpan time)
    {
        lock (_lock)
            _reconnectionSeconds.Add(time.TotalSeconds);
    }

    public void AddResent(long events) => Interlocked.Add(ref _resent, events);

    public void AddCompared() => Interlocked.Increment(ref _compared);

    /// <summary>All that was counted.</summary>
    /// <param name="started">A timestamp of <see cref="Stopwatch"/>.</param>
    public LoadReport Report(long started)
    {
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        lock (_lock)
        {
            double[] times = [.. _sliceSeconds.Order()];
            return new(
                times.Length, seconds, Quantile(times, 0.5), Quantile(times, 0.99), _reconnectionSeconds.Count,
                _reconnectionSeconds.DefaultIfEmpty().Max(), _resent, _compared);
        }
    }

    // The smallest time that at least such a part of all does not exceed.
    private static double Quantile(double[] sorted, double part) =>
        sorted.Length == 0 ? 0 : sorted[(int)Math.Ceiling(part * sorted.Length) - 1];
}

using System.Diagnostics;

namespace StreamCluster.Load;

/// <summary>What a load counts, from all cameras at once.</summary>
internal sealed class LoadTally
{
    private readonly Lock _lock = new();
    private readonly TimeHistogram _slices = new();
    private double _longestReconnection;
    private int _reconnections;
    private long _resent, _compared;

    /// <summary>A slice's scores have arrived.</summary>
    /// <param name="time">Since the event that completed it was sent first.</param>
    public void AddSlice(TimeSpan time) => _slices.Add(time.TotalSeconds);

    /// <summary>A camera has an answer again.</summary>
    /// <param name="time">Since it sent the batch that had none.</param>
    public void AddReconnection(TimeSpan time)
    {
        lock (_lock)
            (_reconnections, _longestReconnection) = (_reconnections + 1, Math.Max(_longestReconnection, time.TotalSeconds));
    }

    public void AddResent(long events) => Interlocked.Add(ref _resent, events);

    public void AddCompared() => Interlocked.Increment(ref _compared);

    /// <summary>All that was counted.</summary>
    /// <param name="started">A timestamp of <see cref="Stopwatch"/>.</param>
    public LoadReport Report(long started)
    {
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        (long slices, double[] times) = _slices.Read(0.5, 0.99);
        lock (_lock)
            return new(slices, seconds, times[0], times[1], _reconnections, _longestReconnection, _resent, _compared);
    }
}

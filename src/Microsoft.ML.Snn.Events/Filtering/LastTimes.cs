namespace Microsoft.ML.Snn.Events.Filtering;

/// <summary>A time for each of many pixels, or none.</summary>
internal readonly struct LastTimes
{
    private const long None = long.MinValue;

    private readonly long[] _times;

    public LastTimes(int pixels)
    {
        _times = new long[pixels];
        Clear();
    }

    public void Clear() => _times.AsSpan().Fill(None);

    // Times may be anything; the earliest possible one stands for none.
    public void Set(int pixel, long time) => _times[pixel] = Math.Max(time, None + 1);

    public void SetLater(int pixel, long time) => _times[pixel] = Math.Max(_times[pixel], Math.Max(time, None + 1));

    public bool TryGet(int pixel, out long time) => (time = _times[pixel]) != None;

    /// <summary>Whether a pixel has a time at most <paramref name="duration"/> before another one, or after it.</summary>
    public bool IsWithin(int pixel, long time, long duration) =>
        TryGet(pixel, out long last) && (time <= last || (ulong)(time - last) <= (ulong)duration);
}

using Microsoft.ML.Snn.Events.Snapshots;

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

    /// <summary>Writes the times that there are, each with its distance from the one before.</summary>
    public void Save(SnapshotWriter writer)
    {
        int count = 0;
        foreach (long time in _times)
            count += time == None ? 0 : 1;
        writer.Write(count);
        long last = 0;
        for (int pixel = 0, next = 0; pixel < _times.Length; pixel++)
        {
            if (!TryGet(pixel, out long time))
                continue;
            writer.WriteCompact((ulong)(pixel - next));
            long difference = unchecked(time - last);
            // With its sign in the lowest bit, so that small ones of either sign are short.
            writer.WriteCompact((ulong)(difference << 1 ^ difference >> 63));
            (next, last) = (pixel + 1, time);
        }
    }

    /// <summary>Reads what <see cref="Save"/> writes.</summary>
    /// <returns>The latest time; null where there is none.</returns>
    /// <exception cref="InvalidDataException">It is none of these pixels'.</exception>
    public long? Restore(SnapshotReader reader)
    {
        Clear();
        long last = 0;
        long? latest = null;
        int next = 0;
        for (int count = reader.ReadInt32(); count != 0; count--)
        {
            ulong gap = reader.ReadCompact();
            if (count < 0 || gap >= (ulong)(_times.Length - next))
                throw SnapshotReader.Damaged("a time is that of a pixel outside the sensor");
            ulong difference = reader.ReadCompact();
            last = unchecked(last + ((long)(difference >> 1) ^ -(long)(difference & 1)));
            if (last == None)
                throw SnapshotReader.Damaged("a pixel's time is none");
            int pixel = next + (int)gap;
            _times[pixel] = last;
            latest = Math.Max(latest ?? last, last);
            next = pixel + 1;
        }
        return latest;
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

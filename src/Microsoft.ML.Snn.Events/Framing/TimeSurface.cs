using Microsoft.ML.Snn.Events.Filtering;
using Microsoft.ML.Snn.Events.Snapshots;

namespace Microsoft.ML.Snn.Events.Framing;

/// <summary>The times of the latest events of one recording or stream, and the frames that they give.</summary>
/// <param name="length">Number of elements of a frame.</param>
/// <param name="timeConstant">τ in microseconds.</param>
internal sealed class TimeSurface(int length, long timeConstant)
{
    private readonly LastTimes _times = new(length);
    private long? _latest;

    public void Add(int element, long time)
    {
        _times.SetLater(element, time);
        _latest = Math.Max(_latest ?? time, time);
    }

    /// <summary>Writes the frame of a slice.</summary>
    /// <param name="end">The time at which the slice ends; null for that of the latest event.</param>
    public void Write(long? end, Span<float> frame)
    {
        long now = end ?? _latest ?? 0;
        for (int i = 0; i < frame.Length; i++)
            frame[i] = _times.TryGet(i, out long time) ? (float)Math.Exp(((double)time - now) / timeConstant) : 0;
    }

    public void Save(SnapshotWriter writer) => _times.Save(writer);

    /// <summary>Reads what <see cref="Save"/> writes.</summary>
    /// <param name="reader">Reads it.</param>
    /// <param name="last">The last time that an event can have.</param>
    public void Restore(SnapshotReader reader, long last)
    {
        // Every event is the latest of its pixel for a time, so the latest of all is among the pixels'.
        _latest = _times.Restore(reader);
        if (_latest > last)
            throw SnapshotReader.Damaged("an event is later than its slice");
    }

    public void Clear()
    {
        _times.Clear();
        _latest = null;
    }
}

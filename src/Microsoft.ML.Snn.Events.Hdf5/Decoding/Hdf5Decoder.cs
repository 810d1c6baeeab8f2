using System.Collections.Immutable;
using Microsoft.ML.Snn.Events.Formats;
using Microsoft.ML.Snn.Events.Hdf5.Files;

namespace Microsoft.ML.Snn.Events.Hdf5.Decoding;

/// <summary>Events in the datasets of an HDF5 file.</summary>
internal sealed class Hdf5Decoder : EventDecoder
{
    public const int BlockSize = 1 << 14;
    private readonly Hdf5Container _container;
    private readonly ImmutableArray<Hdf5Source> _sources;
    private readonly long _timeOffset;
    private readonly long _count;
    private readonly long[][] _values = [new long[BlockSize], new long[BlockSize], new long[BlockSize], new long[BlockSize]];
    private long _read;
    private int _at;
    private int _end;

    /// <param name="timeOffset">What is to be added to times, in microseconds.</param>
    public Hdf5Decoder(EventFileInput input, Hdf5Container container, ImmutableArray<Hdf5Source> sources, long timeOffset)
        : base(input)
    {
        _container = container;
        _sources = sources;
        _timeOffset = timeOffset;
        _count = sources[0].Count;
    }

    public override int Decode(Span<PolarityEvent> events)
    {
        int count = 0;
        while (count < events.Length && Damage is null && (_at < _end || ReadBlock()))
            count += Combine(events.Slice(count, Math.Min(events.Length - count, _end - _at)));
        return count;
    }

    public override void Dispose() => _container.Dispose();

    private bool ReadBlock()
    {
        long length = Math.Min(BlockSize, _count - _read);
        foreach (Hdf5Source source in _sources)
            length = Math.Min(length, source.CountToEndOfChunk(_read));
        if (length == 0)
            return false;
        try
        {
            foreach (Hdf5Source source in _sources)
                source.Read(_read, (int)length, _values);
        }
        catch (InvalidDataException e)
        {
            End(new($"what follows event {_read} cannot be read: {e.Message}", null));
            return false;
        }
        (_at, _end) = (0, (int)length);
        _read += length;
        AddOffset(_values[(int)EventPart.Time].AsSpan(0, _end));
        return true;
    }

    private void AddOffset(Span<long> times)
    {
        if (_timeOffset == 0)
            return;
        foreach (ref long time in times)
        {
            if (time is >= -LatestTime and <= LatestTime)
                time += _timeOffset;
        }
    }

    private int Combine(Span<PolarityEvent> events)
    {
        ReadOnlySpan<long> times = Part(EventPart.Time), xs = Part(EventPart.X), ys = Part(EventPart.Y);
        ReadOnlySpan<long> polarities = Part(EventPart.Polarity);
        int count = EventParts.Combine(times, xs, ys, polarities, events);
        if (count < events.Length)
        {
            string what = EventParts.Describe(times[count], xs[count], ys[count], polarities[count]);
            End(new($"at event {_read - _end + _at + count}: {what}", null));
        }
        _at += count;
        return count;
    }

    private ReadOnlySpan<long> Part(EventPart part) => _values[(int)part].AsSpan(_at, _end - _at);
}

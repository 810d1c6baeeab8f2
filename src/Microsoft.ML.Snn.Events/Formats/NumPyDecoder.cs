using System.Collections.Immutable;
using System.Globalization;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// NumPy arrays of events, .npy or .npz: structured arrays, tables of four columns or rows, or one array for each part of the events.
/// </summary>
internal sealed class NumPyDecoder : EventDecoder
{
    private const int BlockSize = 2048;
    private readonly ImmutableArray<NumPySource> _sources;
    private readonly NumPyArchive? _archive;
    private readonly long[][] _values = [new long[BlockSize], new long[BlockSize], new long[BlockSize], new long[BlockSize]];
    private long _left;

    private NumPyDecoder(EventFileInput input, NumPyArchive? archive, ImmutableArray<NumPySource> sources, long count)
        : base(input)
    {
        _archive = archive;
        _sources = sources;
        _left = count;
    }

    /// <summary>Opens a file; <paramref name="columns"/> has the letters t, x, y and p in the order of a table's columns.</summary>
    public static NumPyDecoder Create(EventFileInput input, string columns)
    {
        if (!input.Fill(4) || !NumPyArchive.IsArchive(input.Window))
        {
            (ImmutableArray<NumPySource> sources, long count) = NumPyLayout.Find(input, Reopen(input), columns);
            return new(input, null, sources, count);
        }
        var archive = new NumPyArchive(input);
        try
        {
            (ImmutableArray<NumPySource> sources, long count) = NumPyLayout.Find(archive, input.Name, columns);
            return new(input, archive, sources, count);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    public override int Decode(Span<PolarityEvent> events)
    {
        int count = 0;
        while (count < events.Length && _left > 0 && Damage is null)
        {
            int block = (int)Math.Min(Math.Min(BlockSize, events.Length - count), _left);
            foreach (NumPySource source in _sources)
            {
                if (!source.Input.Fill(source.RecordSize))
                {
                    string what = source.Input.Corruption ?? $"the array ends {_left} events before its stated length.";
                    EndDamagedAt(source.Input.Position, what);
                    return count;
                }
                block = Math.Min(block, source.Input.Window.Length / source.RecordSize);
            }
            foreach (NumPySource source in _sources)
            {
                foreach (NumPyPart part in source.Parts)
                    part.Number.Read(source.Input.Window[part.Offset..], source.RecordSize, _values[(int)part.Part].AsSpan(0, block));
            }
            count += Combine(events.Slice(count, block));
            foreach (NumPySource source in _sources)
                source.Input.Advance(block * source.RecordSize);
            _left -= block;
        }
        return count;
    }

    public override void Dispose()
    {
        foreach (NumPySource source in _sources)
            source.Input.Dispose();
        _archive?.Dispose();
    }

    /// <summary>Opens the same file again, for arrays whose parts lie one after the other.</summary>
    private static Func<long, EventFileInput> Reopen(EventFileInput input)
    {
        long start = input.Position;
        return position => input.Stream.CanSeek
            ? new(input.Stream, input.Name, ownsStream: false, start + position)
            : throw new NotSupportedException(
                $"{input.Name}: a table stored column by column can only be read from a stream that can seek.");
    }

    private int Combine(Span<PolarityEvent> events)
    {
        ReadOnlySpan<long> times = _values[(int)EventPart.Time], xs = _values[(int)EventPart.X], ys = _values[(int)EventPart.Y],
            polarities = _values[(int)EventPart.Polarity];
        for (int i = 0; i < events.Length; i++)
        {
            long time = times[i], x = xs[i], y = ys[i], polarity = polarities[i];
            bool hasPixel = (ulong)x <= ushort.MaxValue && (ulong)y <= ushort.MaxValue;
            if (!hasPixel || (ulong)(polarity + 1) > 2 || time is < -LatestTime or > LatestTime)
            {
                NumPySource source = _sources[0];
                EndDamagedAt(source.Input.Position + (long)i * source.RecordSize, Describe(time, x, y, polarity));
                return i;
            }
            events[i] = new(time, (ushort)x, (ushort)y, polarity > 0);
        }
        return events.Length;
    }

    private static string Describe(long time, long x, long y, long polarity)
    {
        return $"an event has the time {Text(time)}, x {Text(x)}, y {Text(y)} and the polarity {Text(polarity)}. Times must be whole "
            + "microseconds, x and y from 0 to 65535, polarities 0 or -1 and 1; the order of a table's columns is told by "
            + $"{nameof(EventReadOptions.NumPyColumns)}.";

        static string Text(long value) => value == NumPyNumber.NotWhole ? "not whole" : value.ToString(CultureInfo.InvariantCulture);
    }
}

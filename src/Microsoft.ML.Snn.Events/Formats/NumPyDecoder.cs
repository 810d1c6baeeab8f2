using System.Collections.Immutable;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// NumPy arrays of events, .npy or .npz: structured arrays, tables of four columns or rows, or one array for each part of the events.
/// </summary>
internal sealed class NumPyDecoder : EventDecoder
{
    private const int BlockSize = 2048;
    private readonly ImmutableArray<NumPySource> _sources;
    private readonly long[][] _values = [new long[BlockSize], new long[BlockSize], new long[BlockSize], new long[BlockSize]];
    private long _left;

    /// <param name="isOn">The polarity of all events, where the table has none.</param>
    public NumPyDecoder(EventFileInput input, NumPyTable table, bool isOn = false)
        : base(input)
    {
        _sources = table.Sources;
        _left = table.Count;
        Array.Fill(_values[(int)EventPart.Polarity], isOn ? 1 : 0);
    }

    /// <summary>Opens a file.</summary>
    public static EventDecoder Create(EventFileInput input, EventReadOptions options)
    {
        if (!input.Fill(4) || !NumPyArchive.IsArchive(input.Window))
            return new NumPyDecoder(input, new NumPyLayout(options).Find(input, Reopen(input)));
        var archive = new NumPyArchive(input);
        try
        {
            return new NumPyArchiveDecoder(input, archive, NumPyContents.Open(archive, input, options));
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
                foreach (TablePart part in source.Parts)
                    part.Read(source.Input.Window, source.RecordSize, _values[(int)part.Part].AsSpan(0, block));
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
        int count = EventParts.Combine(times, xs, ys, polarities, events);
        if (count < events.Length)
        {
            NumPySource source = _sources[0];
            EndDamagedAt(
                source.Input.Position + (long)count * source.RecordSize,
                EventParts.Describe(times[count], xs[count], ys[count], polarities[count]));
        }
        return count;
    }
}

using System.Buffers.Binary;
using System.Globalization;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// Prophesee DAT (docs.prophesee.ai, "DAT File Format"): a text header, one byte event type, one byte event size, then little-endian events
/// of 32 bits of microseconds and 32 of pixel and polarity. In version 2 these are 14 bits x, 14 bits y and 4 bits polarity; in version 1,
/// of the ATIS, 9 bits x, 8 bits y and 1 bit polarity.
/// </summary>
internal sealed class DatDecoder : RecordDecoder
{
    private const int RecordSize = 8;

    /// <summary>Fewer events than these may be of either version.</summary>
    private const int FewEvents = 16;

    /// <summary>Types of change detection events: Event2d and EventCD.</summary>
    private const byte Event2d = 0, EventCD = 12;

    private static readonly PixelLayout _version1 = new(YShift: 9, PolarityShift: 17), _version2 = new(YShift: 14, PolarityShift: 28);

    private readonly PixelLayout _layout;
    private WrappingClock _clock = new(32);

    public DatDecoder(EventFileInput input)
        : base(input, RecordSize)
    {
        PropheseeHeader header = PropheseeHeader.Read(input, EventFileFormat.Dat);
        // Files without a header have no type and size either, says Prophesee's own reader.
        if (!header.IsEmpty)
            ReadTypeAndSize(input);
        _layout = LayoutOf(header.Version, input);
    }

    protected override int DecodeRecords(ReadOnlySpan<byte> records, Span<PolarityEvent> events, out int consumed)
    {
        (int yShift, int polarityShift) = _layout;
        uint xMask = (1u << yShift) - 1, yMask = (1u << (polarityShift - yShift)) - 1;
        WrappingClock clock = _clock;
        int count = 0;
        int at = 0;
        for (; at < records.Length && count < events.Length; at += RecordSize)
        {
            ulong record = BinaryPrimitives.ReadUInt64LittleEndian(records[at..]);
            uint pixel = (uint)(record >> 32);
            uint polarity = pixel >> polarityShift;
            if (polarity > 1)
            {
                EndDamaged($"an event has the polarity {polarity}, which is neither 0 nor 1.", at);
                break;
            }
            clock.Update((uint)record);
            events[count++] = new(clock.Value, (ushort)(pixel & xMask), (ushort)((pixel >> yShift) & yMask), polarity != 0);
        }
        _clock = clock;
        consumed = at;
        return count;
    }

    private static void ReadTypeAndSize(EventFileInput input)
    {
        if (!input.Fill(2))
            throw new InvalidDataException("the file ends before the type and size of its events.");
        byte type = input.Window[0];
        byte size = input.Window[1];
        if (type is not (Event2d or EventCD) || size != RecordSize)
        {
            throw new NotSupportedException(
                $"{input.Name}: DAT events of type {type} and {size} bytes cannot be read, "
                + "only change detection events (type 0 or 12) of 8 bytes.");
        }
        input.Advance(2);
    }

    private static PixelLayout LayoutOf(string? version, EventFileInput input)
    {
        input.Fill(EventFileInput.Capacity);
        ReadOnlySpan<byte> window = input.Window;
        uint used = 0;
        int count = window.Length / RecordSize;
        for (int i = 0; i < count; i++)
            used |= BinaryPrimitives.ReadUInt32LittleEndian(window[(i * RecordSize + 4)..]);
        bool fitsVersion1 = count > 0 && used >> (_version1.PolarityShift + 1) == 0;
        switch (version)
        {
            case null:
                return fitsVersion1 ? _version1 : _version2;
            case "0" or "1":
                return _version1;
            // As events of version 2 they would be OFF throughout, in the first 16 rows of a sensor of more than 512 columns.
            case "2" when fitsVersion1 && count >= FewEvents && (used & 0x3e00) != 0:
                throw new InvalidDataException("its header names version 2, but its events are those of version 1.");
            case "2":
                return _version2;
            default:
                throw new NotSupportedException(
                    $"{input.Name}: DAT files of version {version} cannot be read, only those of versions 1 and 2.");
        }
    }

    private sealed record PixelLayout(int YShift, int PolarityShift);
}

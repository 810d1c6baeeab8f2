using System.Buffers.Binary;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// Prophesee DAT, version 2 (docs.prophesee.ai, "DAT File Format"): a text header, one byte event type, one byte event size, then
/// little-endian events: 32 bits of microseconds, 14 bits x, 14 bits y, 4 bits polarity.
/// </summary>
internal sealed class DatDecoder : RecordDecoder
{
    private const int RecordSize = 8;

    /// <summary>Types of change detection events: Event2d and EventCD.</summary>
    private const byte Event2d = 0, EventCD = 12;

    private WrappingClock _clock = new(32);

    public DatDecoder(EventFileInput input)
        : base(input, RecordSize)
    {
        PropheseeHeader.Skip(input);
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

    protected override int DecodeRecords(ReadOnlySpan<byte> records, Span<PolarityEvent> events, out int consumed)
    {
        WrappingClock clock = _clock;
        int count = 0;
        int at = 0;
        for (; at < records.Length && count < events.Length; at += RecordSize)
        {
            ulong record = BinaryPrimitives.ReadUInt64LittleEndian(records[at..]);
            uint pixel = (uint)(record >> 32);
            uint polarity = pixel >> 28;
            if (polarity > 1)
            {
                EndDamaged($"an event has the polarity {polarity}, which is neither 0 nor 1.", at);
                break;
            }
            clock.Update((uint)record);
            events[count++] = new(clock.Value, (ushort)(pixel & 0x3fff), (ushort)((pixel >> 14) & 0x3fff), polarity != 0);
        }
        _clock = clock;
        consumed = at;
        return count;
    }
}

using System.Buffers.Binary;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// AEDAT 3.1, of cAER (docs.inivation.com, "AEDAT 3.1"): lines that start with '#' up to <c>#!END-HEADER</c>, then packets of one event
/// type each, little-endian: a header of 28 bytes and the events.
/// </summary>
internal sealed class Aedat31Decoder : EventDecoder
{
    private const int PacketHeaderSize = 28;
    private const int EventSize = 8;
    private const short PolarityType = 1;
    private short? _source;
    private long _timeBase;
    private int _left;

    public Aedat31Decoder(EventFileInput input)
        : base(input)
    {
        const string FormatKey = "#Format:";
        AedatVersion.Check(input, "3.1");
        while (true)
        {
            if (!input.TryReadHeaderLine("#"u8, out string line))
                throw new InvalidDataException("the header ends without the line #!END-HEADER.");
            if (line.StartsWith("#!END-HEADER", StringComparison.Ordinal))
                break;
            if (line.StartsWith(FormatKey, StringComparison.Ordinal) && line[FormatKey.Length..].Trim() is not "RAW" and var format)
                throw new NotSupportedException($"{input.Name}: AEDAT 3.1 of the format {format} cannot be read, only RAW.");
        }
    }

    public override int Decode(Span<PolarityEvent> events)
    {
        int count = 0;
        while (count < events.Length && Damage is null)
        {
            if (_left == 0 && !NextPacket())
                break;
            if (_left == 0)
                continue;
            if (!Input.Fill(EventSize))
            {
                EndTruncated("a packet");
                break;
            }
            ReadOnlySpan<byte> window = Input.Window;
            int records = Math.Min(_left, window.Length / EventSize);
            count += DecodeEvents(window[..(records * EventSize)], events[count..], out int consumed);
            Input.Advance(consumed);
        }
        return count;
    }

    /// <summary>Goes to the next packet of polarity events; false at the end of the file or at damage.</summary>
    private bool NextPacket()
    {
        while (true)
        {
            if (!Input.Fill(PacketHeaderSize))
            {
                if (Input.Window.Length > 0)
                    EndTruncated("a packet's header");
                return false;
            }
            ReadOnlySpan<byte> header = Input.Window;
            short type = BinaryPrimitives.ReadInt16LittleEndian(header);
            short source = BinaryPrimitives.ReadInt16LittleEndian(header[2..]);
            int size = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
            int overflow = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
            int number = BinaryPrimitives.ReadInt32LittleEndian(header[20..]);
            if (type < 0 || size <= 0 || overflow < 0 || number < 0 || type == PolarityType && size != EventSize)
            {
                EndDamaged($"a packet of type {type} with {number} events of {size} bytes and {overflow} clock overflows is impossible.");
                return false;
            }
            Input.Advance(PacketHeaderSize);
            if (type == PolarityType && source == (_source ??= source))
            {
                // The clock's 32-bit times are never negative: 31 bits of an overflowing counter.
                _timeBase = (long)overflow << 31;
                _left = number;
                return true;
            }
            if (!Input.Skip((long)number * size))
            {
                EndTruncated("a packet");
                return false;
            }
        }
    }

    private int DecodeEvents(ReadOnlySpan<byte> records, Span<PolarityEvent> events, out int consumed)
    {
        int count = 0;
        int at = 0;
        for (; at < records.Length && count < events.Length; at += EventSize)
        {
            ulong record = BinaryPrimitives.ReadUInt64LittleEndian(records[at..]);
            uint data = (uint)record;
            if ((long)record < 0)
            {
                EndDamaged("an event has a negative time.", at);
                break;
            }
            events[count] = new(_timeBase + (long)(record >> 32), (ushort)(data >> 17), (ushort)((data >> 2) & 0x7fff), (data & 2) != 0);
            // Bit 0 is the event's validity: an invalid one is overwritten by the next.
            count += (int)(data & 1);
        }
        _left -= at / EventSize;
        consumed = at;
        return count;
    }
}

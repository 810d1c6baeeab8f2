using System.Buffers.Binary;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// N-MNIST and N-Caltech101 (G. Orchard et al., Frontiers in Neuroscience 9:437, 2015): big-endian events of five bytes, x, y, one bit
/// polarity, 23 bits of microseconds. An event in row 240, which the sensor lacks, means that 2^13 us are to be added from there on.
/// </summary>
internal sealed class NMnistDecoder(EventFileInput input) : RecordDecoder(input, RecordSize)
{
    public const int RecordSize = 5;
    private const uint OverflowRow = 240;
    private const int OverflowTime = 1 << 13;

    /// <summary>Fewer events than these may stand in any file by chance.</summary>
    private const int FewEvents = 8;
    private long _offset;

    /// <summary>
    /// Whether bytes that no header announces may be such events: a recording starts within its first second, its clock never steps back
    /// and does not stand still, and, where its length is not that of whole events, it has enough of them to tell a truncated recording
    /// from anything else, all on the sensor.
    /// </summary>
    public static bool ArePlausible(ReadOnlySpan<byte> records, bool isWhole)
    {
        int count = records.Length / RecordSize;
        if (!isWhole && count < FewEvents)
            return false;
        long first = 0;
        long last = 0;
        long offset = 0;
        for (int i = 0; i < count; i++)
        {
            uint word = BinaryPrimitives.ReadUInt32BigEndian(records[(i * RecordSize + 1)..]);
            uint y = word >> 24;
            if (y == OverflowRow)
                offset += OverflowTime;
            long time = offset + (word & 0x7f_ffff);
            if (time < last || i == 0 && time >= 1_000_000 || !isWhole && y > OverflowRow)
                return false;
            last = time;
            first = i == 0 ? time : first;
        }
        return count < FewEvents || last > first;
    }

    protected override int DecodeRecords(ReadOnlySpan<byte> records, Span<PolarityEvent> events, out int consumed)
    {
        int count = 0;
        int at = 0;
        for (; at < records.Length && count < events.Length; at += RecordSize)
        {
            uint word = BinaryPrimitives.ReadUInt32BigEndian(records[(at + 1)..]);
            uint y = word >> 24;
            if (y == OverflowRow)
            {
                _offset += OverflowTime;
                continue;
            }
            events[count++] = new(_offset + (word & 0x7f_ffff), records[at], (ushort)y, (word & 0x80_0000) != 0);
        }
        consumed = at;
        return count;
    }
}

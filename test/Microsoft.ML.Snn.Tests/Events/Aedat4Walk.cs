using System.Text;

namespace Microsoft.ML.Snn.Tests.Events;

/// <summary>
/// AEDAT 4 read a second way, with no library: the packets, the LZ4 frames (lz4_Frame_format.md) and the FlatBuffers by hand. Slow, plain,
/// and without a check: for files known to be sound.
/// </summary>
internal static class Aedat4Walk
{
    public static PolarityEvent[] Read(byte[] file)
    {
        int at = 14;
        int headerSize = BitConverter.ToInt32(file, at);
        int root = at + 4 + BitConverter.ToInt32(file, at + 4);
        bool isLz4 = Field(file, root, 0) is { } compression && BitConverter.ToInt32(file, compression) is 1 or 2;
        long end = Field(file, root, 1) is { } position ? BitConverter.ToInt64(file, position) : -1;
        if (end < 0)
            end = file.Length;
        at += 4 + headerSize;
        var events = new List<PolarityEvent>();
        while (at < end)
        {
            int size = BitConverter.ToInt32(file, at + 4);
            byte[] packet = file[(at + 8)..(at + 8 + size)];
            at += 8 + size;
            if (isLz4)
                packet = DecodeLz4Frame(packet);
            if (Encoding.ASCII.GetString(packet, 8, 4) != "EVTS")
                continue;
            int table = 4 + BitConverter.ToInt32(packet, 4);
            int vector = Field(packet, table, 0)!.Value;
            vector += BitConverter.ToInt32(packet, vector);
            int count = BitConverter.ToInt32(packet, vector);
            for (int i = 0; i < count; i++)
            {
                int e = vector + 4 + 16 * i;
                ushort x = BitConverter.ToUInt16(packet, e + 8), y = BitConverter.ToUInt16(packet, e + 10);
                events.Add(new(BitConverter.ToInt64(packet, e), x, y, packet[e + 12] == 1));
            }
        }
        return [.. events];
    }

    /// <summary>Where a table's field is; null where it is absent.</summary>
    private static int? Field(byte[] buffer, int table, int field)
    {
        int vtable = table - BitConverter.ToInt32(buffer, table);
        int entry = 4 + 2 * field;
        if (entry >= BitConverter.ToUInt16(buffer, vtable))
            return null;
        int offset = BitConverter.ToUInt16(buffer, vtable + entry);
        return offset == 0 ? null : table + offset;
    }

    private static byte[] DecodeLz4Frame(byte[] frame)
    {
        Assert.Equal(0x184d2204, BitConverter.ToInt32(frame, 0));
        int flags = frame[4];
        bool hasBlockChecksum = (flags & 0x10) != 0, hasSize = (flags & 8) != 0, hasDictionary = (flags & 1) != 0;
        int at = 6 + (hasSize ? 8 : 0) + (hasDictionary ? 4 : 0) + 1;
        var output = new List<byte>();
        while (BitConverter.ToUInt32(frame, at) is var size and not 0)
        {
            at += 4;
            int length = (int)(size & 0x7fff_ffff);
            if (size >> 31 == 1)
                output.AddRange(frame[at..(at + length)]);
            else
                DecodeLz4Block(frame.AsSpan(at, length), output);
            at += length + (hasBlockChecksum ? 4 : 0);
        }
        return [.. output];
    }

    private static void DecodeLz4Block(ReadOnlySpan<byte> block, List<byte> output)
    {
        for (int at = 0; at < block.Length;)
        {
            int token = block[at++];
            int literals = ReadLength(block, token >> 4, ref at);
            output.AddRange(block.Slice(at, literals));
            at += literals;
            if (at == block.Length)
                break;
            int distance = block[at] | block[at + 1] << 8;
            at += 2;
            int match = 4 + ReadLength(block, token & 15, ref at);
            for (int i = 0; i < match; i++)
                output.Add(output[^distance]);
        }
    }

    private static int ReadLength(ReadOnlySpan<byte> block, int length, ref int at)
    {
        if (length < 15)
            return length;
        byte more;
        do
        {
            more = block[at++];
            length += more;
        }
        while (more == 255);
        return length;
    }
}

using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Snn.Tests.Training.TensorBoard;

/// <summary>An event of TensorFlow's <c>event.proto</c>.</summary>
internal sealed class TensorBoardEvent
{
    public double WallTime { get; set; }

    public long Step { get; set; }

    public string? FileVersion { get; set; }

    public Dictionary<string, float> Scalars { get; } = [];

    /// <summary>Least, largest, number, sum and sum of squares; limits; counts.</summary>
    public Dictionary<string, (double[] Totals, double[] Limits, double[] Counts)> Histograms { get; } = [];
}

/// <summary>
/// Reads files of events as the formats' descriptions have it, bit by bit and with no table of the library's: records by their length,
/// both checksums by polynomial division, messages by the numbers of their fields.
/// </summary>
internal static class EventReader
{
    public static List<TensorBoardEvent> Read(string path)
    {
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        var events = new List<TensorBoardEvent>();
        while (bytes.Length > 0)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            Assert.Equal(Mask(Checksum(bytes[..8])), BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
            ReadOnlySpan<byte> data = bytes.Slice(12, length);
            Assert.Equal(Mask(Checksum(data)), BinaryPrimitives.ReadUInt32LittleEndian(bytes[(12 + length)..]));
            events.Add(Event(data));
            bytes = bytes[(16 + length)..];
        }
        return events;
    }

    /// <summary>CRC-32C: the polynomial 0x1EDC6F41, reflected.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint remainder = 0xffffffff;
        foreach (byte value in bytes)
        {
            remainder ^= value;
            for (int bit = 0; bit < 8; bit++)
                remainder = (remainder & 1) != 0 ? remainder >> 1 ^ 0x82f63b78 : remainder >> 1;
        }
        return ~remainder;
    }

    private static uint Mask(uint checksum) => (checksum >> 15 | checksum << 17) + 0xa282ead8;

    private static TensorBoardEvent Event(ReadOnlySpan<byte> data)
    {
        var read = new TensorBoardEvent();
        foreach ((int field, ulong number, byte[] content) in Fields(data))
        {
            switch (field)
            {
                case 1:
                    read.WallTime = BitConverter.UInt64BitsToDouble(number);
                    break;
                case 2:
                    read.Step = (long)number;
                    break;
                case 3:
                    read.FileVersion = Encoding.UTF8.GetString(content);
                    break;
                case 5:
                    foreach ((int inner, _, byte[] value) in Fields(content))
                    {
                        Assert.Equal(1, inner);
                        Value(value, read);
                    }
                    break;
                default:
                    Assert.Fail($"An event has no field {field}.");
                    break;
            }
        }
        return read;
    }

    private static void Value(byte[] data, TensorBoardEvent read)
    {
        string tag = "";
        foreach ((int field, ulong number, byte[] content) in Fields(data))
        {
            if (field == 1)
                tag = Encoding.UTF8.GetString(content);
            else if (field == 2)
                read.Scalars.Add(tag, BitConverter.UInt32BitsToSingle((uint)number));
            else if (field == 5)
                read.Histograms.Add(tag, Histogram(content));
            else
                Assert.Fail($"A value has no field {field} that we write.");
        }
    }

    private static (double[] Totals, double[] Limits, double[] Counts) Histogram(byte[] data)
    {
        List<(int Field, ulong Number, byte[] Content)> fields = Fields(data);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], fields.Select(field => field.Field));
        double[] totals = [.. fields[..5].Select(field => BitConverter.UInt64BitsToDouble(field.Number))];
        return (totals, Doubles(fields[5].Content), Doubles(fields[6].Content));
    }

    private static double[] Doubles(byte[] packed) => [.. packed.Chunk(8).Select(bytes => BitConverter.ToDouble(bytes))];

    private static List<(int Field, ulong Number, byte[] Content)> Fields(ReadOnlySpan<byte> data)
    {
        var fields = new List<(int, ulong, byte[])>();
        int at = 0;
        while (at < data.Length)
        {
            ulong key = Varint(data, ref at);
            (ulong number, byte[] content) = (0UL, Array.Empty<byte>());
            switch (key & 7)
            {
                case 0:
                    number = Varint(data, ref at);
                    break;
                case 1:
                    number = BinaryPrimitives.ReadUInt64LittleEndian(data[at..]);
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint(data, ref at);
                    content = data.Slice(at, length).ToArray();
                    at += length;
                    break;
                case 5:
                    number = BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);
                    at += 4;
                    break;
                default:
                    Assert.Fail($"There is no wire type {key & 7}.");
                    break;
            }
            fields.Add(((int)(key >> 3), number, content));
        }
        return fields;
    }

    private static ulong Varint(ReadOnlySpan<byte> data, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = data[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
    }
}

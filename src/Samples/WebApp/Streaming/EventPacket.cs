using System.Buffers.Binary;
using Microsoft.ML.Snn;

namespace WebApp.Streaming;

/// <summary>
/// How events travel: 16 bytes each, little endian. Time in microseconds (int64), column (uint16), row (uint16), polarity (1 for ON, 0 for
/// OFF), three bytes of 0.
/// </summary>
internal static class EventPacket
{
    public const int EventBytes = 16;

    public static PolarityEvent Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]), bytes[12] != 0);

    public static void Write(PolarityEvent value, Span<byte> bytes)
    {
        bytes[..EventBytes].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value.TimeMicroseconds);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], value.X);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[10..], value.Y);
        bytes[12] = value.IsOn ? (byte)1 : (byte)0;
    }
}

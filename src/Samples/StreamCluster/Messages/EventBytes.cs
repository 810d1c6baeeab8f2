using System.Buffers.Binary;
using Microsoft.ML.Snn;

namespace StreamCluster.Messages;

/// <summary>
/// How events travel: 13 bytes each, little-endian. Time in microseconds (int64), column (uint16), row (uint16), polarity (1 for ON, 0 for
/// OFF).
/// </summary>
internal static class EventBytes
{
    public const int Length = 13;

    public static byte[] Write(ReadOnlySpan<PolarityEvent> events)
    {
        byte[] bytes = new byte[events.Length * Length];
        for (int i = 0; i < events.Length; i++)
        {
            Span<byte> place = bytes.AsSpan(i * Length, Length);
            BinaryPrimitives.WriteInt64LittleEndian(place, events[i].TimeMicroseconds);
            BinaryPrimitives.WriteUInt16LittleEndian(place[8..], events[i].X);
            BinaryPrimitives.WriteUInt16LittleEndian(place[10..], events[i].Y);
            place[12] = events[i].IsOn ? (byte)1 : (byte)0;
        }
        return bytes;
    }

    /// <summary>Reads events.</summary>
    /// <param name="bytes">Whole events.</param>
    public static PolarityEvent[] Read(ReadOnlySpan<byte> bytes)
    {
        var events = new PolarityEvent[bytes.Length / Length];
        for (int i = 0; i < events.Length; i++)
        {
            ReadOnlySpan<byte> place = bytes.Slice(i * Length, Length);
            events[i] = new(
                BinaryPrimitives.ReadInt64LittleEndian(place), BinaryPrimitives.ReadUInt16LittleEndian(place[8..]),
                BinaryPrimitives.ReadUInt16LittleEndian(place[10..]), place[12] != 0);
        }
        return events;
    }
}

using Google.FlatBuffers;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// The table of packets at the end of an AEDAT 4 file (dv-processing, FileDataTable.fbs). Decoding does not need it; it tells what a
/// damaged packet has lost.
/// </summary>
internal static class Aedat4PacketTable
{
    /// <summary>Field n of a FlatBuffers table is found at entry 4 + 2 n of its vtable.</summary>
    private const int EntriesField = 4, PacketField = 6, ElementCountField = 8;

    /// <summary>Packets and elements of each stream; null where the bytes are not such a table.</summary>
    /// <param name="content">A FlatBuffer behind its size, and anything after it.</param>
    public static Dictionary<int, (int Packets, long Elements)>? Count(byte[] content)
    {
        var streams = new Dictionary<int, (int Packets, long Elements)>();
        try
        {
            var buffer = new ByteBuffer(content, 4);
            var root = new Table(buffer.GetInt(4) + 4, buffer);
            int field = root.__offset(EntriesField);
            if (field == 0)
                return streams;
            int start = root.__vector(field), count = root.__vector_len(field);
            for (int i = 0; i < count; i++)
            {
                var entry = new Table(root.__indirect(start + 4 * i), buffer);
                // A number left out is 0.
                int packet = entry.__offset(PacketField), elements = entry.__offset(ElementCountField);
                int stream = packet == 0 ? 0 : buffer.GetInt(entry.bb_pos + packet);
                (int packetsBefore, long elementsBefore) = streams.GetValueOrDefault(stream);
                streams[stream] = (packetsBefore + 1, elementsBefore + (elements == 0 ? 0 : buffer.GetLong(entry.bb_pos + elements)));
            }
            return streams;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}

using System.Buffers.Binary;
using System.IO.Hashing;

namespace StreamCluster.Streams;

/// <summary>What the cluster's storage holds of a stream: a mark with the version, what the stream has written, the CRC-32 of both.</summary>
[GenerateSerializer, Alias("StreamCluster.StoredStream")]
internal sealed class StoredStream
{
    // The last byte is the version.
    private static readonly byte[] _mark = [.. "SNNC"u8, 1];

    [Id(0)]
    public byte[] Bytes { get; set; } = [];

    public static StoredStream Of(CameraStream stream)
    {
        using var written = new MemoryStream();
        written.Write(_mark);
        stream.Save(written);
        byte[] checksum = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, Crc32.HashToUInt32(written.GetBuffer().AsSpan(0, (int)written.Length)));
        written.Write(checksum);
        return new() { Bytes = written.ToArray() };
    }

    /// <summary>Has a stream go on from here.</summary>
    /// <exception cref="InvalidDataException">It is damaged, of a newer version, or of another network or another slicing.</exception>
    public void RestoreTo(CameraStream stream)
    {
        if (Bytes.Length < _mark.Length + sizeof(uint) || !Bytes.AsSpan().StartsWith(_mark.AsSpan(0, 4)))
            throw new InvalidDataException("The snapshot is damaged: it is none.");
        if (Bytes[4] != _mark[4])
            throw new InvalidDataException($"The snapshot has format {Bytes[4]}, and this host reads {_mark[4]}: use a host of its version.");
        int length = Bytes.Length - sizeof(uint);
        if (BinaryPrimitives.ReadUInt32LittleEndian(Bytes.AsSpan(length)) != Crc32.HashToUInt32(Bytes.AsSpan(0, length)))
            throw new InvalidDataException("The snapshot is damaged: its checksum is wrong.");
        stream.Restore(new MemoryStream(Bytes, _mark.Length, length - _mark.Length, writable: false));
    }
}

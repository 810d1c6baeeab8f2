using System.Buffers.Binary;

namespace Microsoft.ML.Snn.Scoring.Verification;

/// <summary>What stands around the data of an entry of a zip: a header before them, and perhaps a descriptor after.</summary>
/// <param name="entry">The entry as the central directory describes it.</param>
/// <param name="read">Reads so many bytes from there on; the last argument says of what, for messages.</param>
internal sealed class ZipLocalHeader(ZipDirectoryEntry entry, Func<long, int, string, byte[]> read)
{
    private const uint Signature = 0x04034b50, DescriptorSignature = 0x08074b50;
    private const int HeaderBytes = 30;

    /// <param name="next">Where the next entry begins, or the central directory.</param>
    /// <exception cref="InvalidDataException">
    /// It differs from what the central directory says, or the entry does not end where the next one begins.
    /// </exception>
    public void Check(long next)
    {
        string what = $"the local header of '{entry.Name}'";
        ReadOnlySpan<byte> header = read(entry.Offset, HeaderBytes, what);
        if (U32(header, 0) != Signature)
            throw entry.Damaged("it has no local header where the central directory says");
        int nameBytes = U16(header, 26), extraBytes = U16(header, 28);
        ReadOnlySpan<byte> rest = read(entry.Offset + HeaderBytes, nameBytes + extraBytes, what);
        if (!rest[..nameBytes].SequenceEqual(entry.NameBytes))
            throw Differs("name");
        if (U16(header, 6) != entry.Flags)
            throw Differs("flags");
        if (U16(header, 8) != entry.Method)
            throw Differs("compression method");
        long size = U32(header, 22), compressedSize = U32(header, 18), offset = 0;
        Zip64Extra.Read(rest[nameBytes..], ref size, ref compressedSize, ref offset);
        if (!IsRight(U32(header, 14), entry.Crc32))
            throw Differs("CRC-32");
        if (!IsRight(size, entry.Size) || !IsRight(compressedSize, entry.CompressedSize))
            throw Differs("size");

        // Within the file, as the next one's beginning is; so no sum is too large.
        long start = entry.Offset + HeaderBytes + nameBytes + extraBytes, left = next - start - entry.CompressedSize;
        if (left < 0)
            throw entry.Damaged("it overlaps the next entry");
        if (entry.HasDescriptor)
            CheckDescriptor(next - left, left);
        else if (left > 0)
            throw entry.Damaged($"{left} bytes after it belong to no entry");
    }

    private bool IsRight(long value, long expected) => value == expected || entry.HasDescriptor && value == 0;

    /// <summary>With a signature or without, and with sizes of 32 or 64 bits.</summary>
    private void CheckDescriptor(long at, long length)
    {
        if (length is not (12 or 16 or 20 or 24))
            throw entry.Damaged($"{length} bytes after its data are not a data descriptor");
        ReadOnlySpan<byte> descriptor = read(at, (int)length, $"the data descriptor of '{entry.Name}'");
        bool isRight = true;
        if (length is 16 or 24)
        {
            isRight = U32(descriptor, 0) == DescriptorSignature;
            descriptor = descriptor[sizeof(uint)..];
        }
        bool is64 = length >= 20;
        long compressedSize = is64 ? I64(descriptor, 4) : U32(descriptor, 4), size = is64 ? I64(descriptor, 12) : U32(descriptor, 8);
        if (!isRight || U32(descriptor, 0) != entry.Crc32 || compressedSize != entry.CompressedSize || size != entry.Size)
            throw entry.Damaged("the data descriptor after its data differs from the central directory");
    }

    private InvalidDataException Differs(string what) =>
        entry.Damaged($"its {what} in the local header differs from that in the central directory");

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}

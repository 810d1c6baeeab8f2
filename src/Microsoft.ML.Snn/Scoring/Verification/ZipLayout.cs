using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Snn.Scoring.Verification;

/// <summary>
/// Checks how a zip is laid out, which <see cref="System.IO.Compression.ZipArchive"/> takes on trust: entries stand one after the other
/// from the first byte to the central directory, each as the directory describes it, and nothing stands between or after them. What the
/// entries hold is not read.
/// </summary>
/// <remarks>
/// By the specification (PKWARE's APPNOTE 6.3.10) more would be a zip: comments at the end, data before the first entry, encryption. No
/// model is written so, and a damaged file may look so.
/// </remarks>
internal sealed class ZipLayout
{
    private const uint EndSignature = 0x06054b50, Locator64Signature = 0x07064b50, End64Signature = 0x06064b50, EntrySignature = 0x02014b50;
    private const int EndBytes = 22, Locator64Bytes = 20, End64Bytes = 56, EntryBytes = 46;

    // Its names take most of it, and a model has some dozens.
    private const int MaxDirectoryBytes = 64 << 20;

    private readonly Stream _zip;

    private ZipLayout(Stream zip) => _zip = zip;

    /// <param name="zip">The zip, from the stream's start to its end.</param>
    /// <exception cref="InvalidDataException">The zip is damaged; the message is a phrase that says where.</exception>
    public static void Check(Stream zip) => new ZipLayout(zip).Check();

    private void Check()
    {
        (long start, long end, long count) = FindDirectory();
        if (end - start > MaxDirectoryBytes)
            throw new InvalidDataException(
                $"its central directory has {end - start} bytes, more than the {MaxDirectoryBytes} that are read");
        var entries = new List<ZipDirectoryEntry>();
        ReadOnlySpan<byte> directory = Read(start, (int)(end - start), "the central directory");
        while (directory.Length > 0)
            entries.Add(ReadEntry(ref directory));
        if (entries.Count != count)
            throw new InvalidDataException($"its central directory has {entries.Count} entries, and its end record says {count}");
        CheckNames(entries);

        entries.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        for (int i = 0; i < entries.Count; i++)
            new ZipLocalHeader(entries[i], Read).Check(i + 1 < entries.Count ? entries[i + 1].Offset : start);
        if ((entries.Count > 0 ? entries[0].Offset : start) is var first and not 0)
            throw new InvalidDataException($"{first} bytes before its first entry belong to none");
    }

    /// <summary>Where the central directory stands, and how many entries it is to have.</summary>
    private (long Start, long End, long Count) FindDirectory()
    {
        const string what = "the end record of a zip";
        long at = _zip.Length - EndBytes;
        ReadOnlySpan<byte> end = Read(at, EndBytes, what);
        if (U32(end, 0) != EndSignature || U16(end, 20) != 0)
            throw new InvalidDataException($"it does not end with {what}: it is cut off, or other data follow");
        long thisCount = U16(end, 8), count = U16(end, 10), size = U32(end, 12), start = U32(end, 16);
        if (U16(end, 4) != 0 || U16(end, 6) != 0)
            throw new InvalidDataException("its end record claims several disks");
        if (count == ushort.MaxValue || size == uint.MaxValue || start == uint.MaxValue)
            (at, thisCount, count, size, start) = ReadEnd64(at, thisCount, count, size, start);
        if (thisCount != count)
            throw new InvalidDataException($"its end record counts {thisCount} and {count} entries");
        // In unsigned numbers, which have room for the sum.
        return (ulong)start + (ulong)size == (ulong)at && start >= 0 && size >= 0
            ? (start, at, count)
            : throw new InvalidDataException(
                $"its central directory is to have {size} bytes from {start} on, and the end record stands at {at}");
    }

    /// <summary>The numbers that did not fit the end record.</summary>
    private (long At, long ThisCount, long Count, long Size, long Start) ReadEnd64(
        long endAt, long thisCount, long count, long size, long start)
    {
        ReadOnlySpan<byte> locator = Read(endAt - Locator64Bytes, Locator64Bytes, "the locator of the ZIP64 end record");
        long at = endAt - Locator64Bytes - End64Bytes;
        if (U32(locator, 0) != Locator64Signature || U32(locator, 4) != 0 || I64(locator, 8) != at || U32(locator, 16) != 1)
            throw new InvalidDataException("the locator of its ZIP64 end record is damaged");
        ReadOnlySpan<byte> end = Read(at, End64Bytes, "the ZIP64 end record");
        if (U32(end, 0) != End64Signature || I64(end, 4) != End64Bytes - 12 || U32(end, 16) != 0 || U32(end, 20) != 0)
            throw new InvalidDataException("its ZIP64 end record is damaged");
        return (at, Choose(thisCount, ushort.MaxValue, I64(end, 24)), Choose(count, ushort.MaxValue, I64(end, 32)),
            Choose(size, uint.MaxValue, I64(end, 40)), Choose(start, uint.MaxValue, I64(end, 48)));

        static long Choose(long value, long mask, long value64) => value == mask || value == value64
            ? value64
            : throw new InvalidDataException($"its end records say {value} and {value64}");
    }

    private static ZipDirectoryEntry ReadEntry(ref ReadOnlySpan<byte> directory)
    {
        if (directory.Length < EntryBytes || U32(directory, 0) != EntrySignature)
            throw new InvalidDataException("its central directory is damaged");
        int nameBytes = U16(directory, 28), extraBytes = U16(directory, 30), commentBytes = U16(directory, 32);
        if (directory.Length - EntryBytes < nameBytes + extraBytes + commentBytes)
            throw new InvalidDataException("its central directory ends within an entry");
        byte[] name = directory.Slice(EntryBytes, nameBytes).ToArray();
        long size = U32(directory, 24), compressedSize = U32(directory, 20), offset = U32(directory, 42);
        Zip64Extra.Read(directory.Slice(EntryBytes + nameBytes, extraBytes), ref size, ref compressedSize, ref offset);
        var entry = new ZipDirectoryEntry
        {
            NameBytes = name,
            Name = Encoding.UTF8.GetString(name),
            Flags = U16(directory, 8),
            Method = U16(directory, 10),
            Crc32 = U32(directory, 16),
            CompressedSize = compressedSize,
            Size = size,
            Offset = offset,
            UnixMode = (int)(U32(directory, 38) >> 16),
        };
        if (U16(directory, 34) != 0)
            throw entry.Damaged("it is to be on another disk");
        entry.Check();
        directory = directory[(EntryBytes + nameBytes + extraBytes + commentBytes)..];
        return entry;
    }

    /// <summary>
    /// Of two entries with one name, readers take one or the other. ML.NET's takes / for \, and capitals for small letters.
    /// </summary>
    private static void CheckNames(List<ZipDirectoryEntry> entries)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (ZipDirectoryEntry entry in entries)
        {
            if (!names.Add(entry.Name.Replace('\\', '/')))
                throw entry.Damaged("another entry has the same name");
        }
    }

    private byte[] Read(long start, int count, string what)
    {
        if (start < 0 || start > _zip.Length - count)
            throw new InvalidDataException($"{what} is not there");
        byte[] bytes = new byte[count];
        _zip.Position = start;
        _zip.ReadExactly(bytes);
        return bytes;
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}

using System.IO.Compression;
using System.IO.Hashing;
using System.Text;

namespace Microsoft.ML.Snn.Tests.Scoring.Verification;

/// <summary>Writes zips byte by byte, also those that no library would write.</summary>
internal sealed class HandmadeZip
{
    public enum Descriptor
    {
        None,
        Bits32,
        Bits32WithoutSignature,
        Bits64,
        Bits64WithoutSignature,
    }

    public sealed record Entry(string Name, byte[] Content)
    {
        public bool IsStored { get; init; }

        /// <summary>What the zip claims; null for the truth.</summary>
        public uint? Size { get; init; }

        public uint? Crc32 { get; init; }

        public byte[] Data => IsStored ? Content : Deflate(Content);
    }

    public required IReadOnlyList<Entry> Entries { get; init; }

    public Descriptor Behind { get; init; }

    /// <summary>Whether sizes, places and the end record use the fields for more than 32 bits.</summary>
    public bool IsZip64 { get; init; }

    /// <summary>Bytes that belong to nothing, before the entry of that index; that of their number is before the central directory.</summary>
    public int? GapBefore { get; init; }

    public static HandmadeZip Of(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        return new() { Entries = [.. archive.Entries.Select(entry => new Entry(entry.FullName, Content(entry)))] };
    }

    public static byte[] Content(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    public byte[] ToArray()
    {
        var zip = new MemoryStream();
        var writer = new BinaryWriter(zip);
        var directory = new MemoryStream();
        var directoryWriter = new BinaryWriter(directory);
        for (int i = 0; i < Entries.Count; i++)
        {
            WriteGap(writer, i);
            WriteEntry(writer, directoryWriter, Entries[i]);
        }
        WriteGap(writer, Entries.Count);
        long start = zip.Length;
        writer.Write(directory.ToArray());
        if (IsZip64)
            WriteEnd64(writer, start, directory.Length);
        writer.Write(0x06054b50);
        writer.Write(0);
        writer.Write(IsZip64 ? ushort.MaxValue : (ushort)Entries.Count);
        writer.Write(IsZip64 ? ushort.MaxValue : (ushort)Entries.Count);
        writer.Write(IsZip64 ? uint.MaxValue : (uint)directory.Length);
        writer.Write(IsZip64 ? uint.MaxValue : (uint)start);
        writer.Write((ushort)0);
        return zip.ToArray();
    }

    private void WriteGap(BinaryWriter writer, int index)
    {
        if (GapBefore == index)
            writer.Write("gap"u8);
    }

    private void WriteEntry(BinaryWriter zip, BinaryWriter directory, Entry entry)
    {
        byte[] name = Encoding.UTF8.GetBytes(entry.Name), data = entry.Data;
        uint crc = entry.Crc32 ?? Crc32.HashToUInt32(entry.Content), size = entry.Size ?? (uint)entry.Content.Length;
        ushort flags = (ushort)(Behind == Descriptor.None ? 0 : 8), method = (ushort)(entry.IsStored ? 0 : 8);
        long offset = zip.BaseStream.Length;

        zip.Write(0x04034b50);
        WriteCommon(zip, flags, method, Behind == Descriptor.None ? crc : 0);
        WriteSizes(zip, Behind == Descriptor.None ? (uint)data.Length : 0, Behind == Descriptor.None ? size : 0);
        zip.Write((ushort)name.Length);
        zip.Write((ushort)(IsZip64 ? 20 : 0));
        zip.Write(name);
        WriteZip64(zip, Behind == Descriptor.None ? size : 0, Behind == Descriptor.None ? data.Length : 0);
        zip.Write(data);
        WriteDescriptor(zip, crc, data.Length, size);

        directory.Write(0x02014b50);
        directory.Write((ushort)45);
        WriteCommon(directory, flags, method, crc);
        WriteSizes(directory, (uint)data.Length, size);
        directory.Write((ushort)name.Length);
        directory.Write((ushort)(IsZip64 ? 28 : 0));
        directory.Write(new byte[10]);
        directory.Write(IsZip64 ? uint.MaxValue : (uint)offset);
        directory.Write(name);
        WriteZip64(directory, size, data.Length, offset);
    }

    private static void WriteCommon(BinaryWriter writer, ushort flags, ushort method, uint crc)
    {
        writer.Write((ushort)45);
        writer.Write(flags);
        writer.Write(method);
        writer.Write(0x5A214A00);
        writer.Write(crc);
    }

    private void WriteSizes(BinaryWriter writer, uint compressedSize, uint size)
    {
        writer.Write(IsZip64 ? uint.MaxValue : compressedSize);
        writer.Write(IsZip64 ? uint.MaxValue : size);
    }

    private void WriteZip64(BinaryWriter writer, params ReadOnlySpan<long> values)
    {
        if (!IsZip64)
            return;
        writer.Write((ushort)1);
        writer.Write((ushort)(8 * values.Length));
        foreach (long value in values)
            writer.Write(value);
    }

    private void WriteDescriptor(BinaryWriter writer, uint crc, long compressedSize, long size)
    {
        if (Behind == Descriptor.None)
            return;
        if (Behind is Descriptor.Bits32 or Descriptor.Bits64)
            writer.Write(0x08074b50);
        writer.Write(crc);
        foreach (long value in (long[])[compressedSize, size])
        {
            if (Behind is Descriptor.Bits32 or Descriptor.Bits32WithoutSignature)
                writer.Write((uint)value);
            else
                writer.Write(value);
        }
    }

    private void WriteEnd64(BinaryWriter writer, long start, long size)
    {
        long at = writer.BaseStream.Length;
        writer.Write(0x06064b50);
        writer.Write(44L);
        writer.Write((ushort)45);
        writer.Write((ushort)45);
        writer.Write(0L);
        writer.Write((long)Entries.Count);
        writer.Write((long)Entries.Count);
        writer.Write(size);
        writer.Write(start);
        writer.Write(0x07064b50);
        writer.Write(0);
        writer.Write(at);
        writer.Write(1);
    }

    private static byte[] Deflate(byte[] content)
    {
        var bytes = new MemoryStream();
        using (var deflate = new DeflateStream(bytes, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(content);
        return bytes.ToArray();
    }
}

using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;

namespace ServiceAttack;

/// <summary>Files that are much larger than they look.</summary>
internal static class HostileFiles
{
    /// <summary>A PNG in gray, one bit a pixel.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="data">What its compressed part holds: for a sound picture, a byte of 0 and the row's bits for each row.</param>
    public static byte[] Png(int width, int height, byte[] data)
    {
        var png = new MemoryStream();
        png.Write([0x89, .. "PNG\r\n\x1a\n"u8]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 1;
        WriteChunk("IHDR", header);
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
            zlib.Write(data);
        WriteChunk("IDAT", compressed.ToArray());
        WriteChunk("IEND", []);
        return png.ToArray();

        void WriteChunk(string type, byte[] content)
        {
            byte[] number = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
            png.Write(number);
            byte[] checkedPart = [.. Encoding.ASCII.GetBytes(type), .. content];
            png.Write(checkedPart);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(checkedPart));
            png.Write(number);
        }
    }

    /// <summary>A black square: some kilobytes for millions of pixels.</summary>
    public static byte[] Black(int size) => Png(size, size, new byte[size * (1 + (size + 7) / 8)]);

    /// <summary>A NumPy archive of equal events: some kilobytes for millions of them.</summary>
    public static byte[] Events(int count)
    {
        string header = $"{{'descr': '<i8', 'fortran_order': False, 'shape': ({count}, 4), }}";
        var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            using Stream entry = archive.CreateEntry("events.npy", CompressionLevel.SmallestSize).Open();
            // Padded so that the numbers begin at a multiple of 64 bytes.
            string padded = header.PadRight(117) + "\n";
            entry.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)padded.Length, 0, .. Encoding.ASCII.GetBytes(padded)]);
            byte[] zeros = new byte[32 * 1024];
            for (int left = count; left > 0; left -= 1024)
                entry.Write(zeros, 0, 32 * Math.Min(1024, left));
        }
        return zip.ToArray();
    }
}

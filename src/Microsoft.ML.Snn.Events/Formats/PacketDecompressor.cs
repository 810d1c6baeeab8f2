using K4os.Compression.LZ4.Streams;
using ZstdSharp;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>Reads the packets of AEDAT 4: plain, LZ4 frames or ZSTD frames. What a packet claims to become is not believed.</summary>
internal sealed class PacketDecompressor : IDisposable
{
    /// <summary>The most bytes of a packet, compressed or not: 4 M events, where cameras write some milliseconds each.</summary>
    public const int LargestPacket = 1 << 26;

    private readonly bool _isLz4;
    private readonly Decompressor? _zstd;
    private byte[] _compressed = [];

    /// <param name="compression">CompressionType of IOHeader.fbs.</param>
    public PacketDecompressor(int compression)
    {
        switch (compression)
        {
            case 0:
                break;
            case 1 or 2:
                _isLz4 = true;
                break;
            case 3 or 4:
                _zstd = new();
                break;
            default:
                throw new InvalidDataException($"a compression of type {compression} is not defined.");
        }
    }

    /// <summary>
    /// Consumes a packet of <paramref name="size"/> bytes, up to <see cref="LargestPacket"/>, and writes what it holds into
    /// <paramref name="content"/>, which grows as needed.
    /// </summary>
    /// <returns>The length of the content; null where the input ends before the packet does.</returns>
    /// <exception cref="InvalidDataException">The packet cannot be decompressed.</exception>
    public int? Read(EventFileInput input, int size, ref byte[] content)
    {
        if (!_isLz4 && _zstd is null)
            return input.ReadInto(ref content, size) ? size : null;
        if (!input.ReadInto(ref _compressed, size))
            return null;
        ReadOnlyMemory<byte> compressed = _compressed.AsMemory(0, size);
        return _zstd is null ? DecompressLz4(compressed, ref content) : DecompressZstd(_zstd, compressed.Span, ref content);
    }

    public void Dispose() => _zstd?.Dispose();

    private static int DecompressLz4(ReadOnlyMemory<byte> compressed, ref byte[] content)
    {
        try
        {
            using var reader = LZ4Frame.Decode(compressed);
            int length = 0;
            while (true)
            {
                if (length == content.Length)
                    Grow(ref content);
                int read = reader.ReadManyBytes(content.AsSpan(length));
                if (read == 0)
                    return length;
                length += read;
            }
        }
        // All that the library throws at damaged frames, those with unknown flags among them.
        catch (Exception e) when (e is EndOfStreamException or ArgumentException or NotImplementedException or InvalidOperationException)
        {
            throw new InvalidDataException(e.Message);
        }
    }

    private static int DecompressZstd(Decompressor zstd, ReadOnlySpan<byte> compressed, ref byte[] content)
    {
        try
        {
            while (true)
            {
                if (content.Length > 0 && zstd.TryUnwrap(compressed, content, out int length))
                    return length;
                Grow(ref content);
            }
        }
        catch (ZstdException e)
        {
            throw new InvalidDataException(e.Message);
        }
    }

    private static void Grow(ref byte[] content)
    {
        if (content.Length >= LargestPacket)
            throw new InvalidDataException($"it becomes larger than {LargestPacket} bytes.");
        Array.Resize(ref content, Math.Clamp(2 * content.Length, 1 << 16, LargestPacket));
    }
}

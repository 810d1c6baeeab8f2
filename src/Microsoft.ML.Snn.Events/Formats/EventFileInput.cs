using System.Buffers;
using System.Text;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>A forward view of a stream through one buffer of fixed size.</summary>
internal sealed class EventFileInput : IDisposable
{
    /// <summary>The most bytes that <see cref="Fill"/> can be asked for.</summary>
    public const int Capacity = 1 << 16;

    private readonly bool _ownsStream;
    private byte[]? _buffer = ArrayPool<byte>.Shared.Rent(Capacity);
    private int _start;
    private int _end;
    private long _streamPosition;

    /// <summary>Starts at a position, in a stream that can seek, or, by null, where the stream stands.</summary>
    public EventFileInput(Stream stream, string name, bool ownsStream, long? position = null)
    {
        Stream = stream;
        Name = name;
        _ownsStream = ownsStream;
        _streamPosition = position ?? (stream.CanSeek ? stream.Position : 0);
    }

    public Stream Stream { get; }

    /// <summary>The file, for messages.</summary>
    public string Name { get; }

    /// <summary>Offset of the window's first byte.</summary>
    public long Position => _streamPosition - (_end - _start);

    /// <summary>Bytes from the window's first to the end of the stream; null where the stream cannot tell.</summary>
    public long? Remaining => Stream.CanSeek ? Math.Max(0, Stream.Length - Position) : null;

    /// <summary>Why the stream could not be decompressed further; null where it could.</summary>
    public string? Corruption { get; private set; }

    /// <summary>The bytes in the buffer that are not consumed yet.</summary>
    public ReadOnlySpan<byte> Window => Buffer.AsSpan(_start, _end - _start);

    private byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(EventFileInput));

    /// <summary>Reads on until the window has at least <paramref name="count"/> bytes.</summary>
    /// <returns>Whether the stream had so many.</returns>
    public bool Fill(int count)
    {
        if (_end - _start >= count)
            return true;
        Window.CopyTo(Buffer);
        _end -= _start;
        _start = 0;
        while (_end < count)
        {
            int read = ReadStream(Buffer.AsSpan(_end, Capacity - _end));
            if (read == 0)
                return false;
            _end += read;
        }
        return true;
    }

    public void Advance(int count) => _start += count;

    /// <summary>Goes forward by any number of bytes.</summary>
    /// <returns>Whether the stream had so many.</returns>
    public bool Skip(long count)
    {
        while (count > 0)
        {
            if (!Fill(1))
                return false;
            int step = (int)Math.Min(count, _end - _start);
            _start += step;
            count -= step;
        }
        return true;
    }

    /// <summary>Consumes bytes into a buffer that grows, up to <paramref name="count"/>, only as bytes arrive.</summary>
    /// <returns>Whether the stream had so many.</returns>
    public bool ReadInto(ref byte[] destination, int count)
    {
        for (int done = 0; done < count;)
        {
            if (!Fill(1))
                return false;
            int step = Math.Min(count - done, _end - _start);
            if (done + step > destination.Length)
                Array.Resize(ref destination, (int)Math.Min(count, Math.Max(done + step, 2L * destination.Length)));
            Window[..step].CopyTo(destination.AsSpan(done));
            _start += step;
            done += step;
        }
        return true;
    }

    /// <summary>Consumes a line of a text header: it starts with the marker, ends with a line feed and is text.</summary>
    /// <exception cref="InvalidDataException">The file ends within such a line.</exception>
    public bool TryReadHeaderLine(ReadOnlySpan<byte> marker, out string line)
    {
        for (int wanted = marker.Length; wanted <= Capacity; wanted = Math.Min(Capacity, Window.Length) + 1)
        {
            bool isThere = Fill(wanted);
            if (TryParseHeaderLine(Window, marker, out line, out int length))
            {
                _start += length;
                return true;
            }
            if (!isThere && Window.StartsWith(marker) && IsText(Window.TrimEnd((byte)'\r')))
                throw new InvalidDataException("the file ends within its header.");
            if (!isThere || !Window.StartsWith(marker))
                break;
        }
        line = "";
        return false;
    }

    /// <summary>The first line of a window, if it is one of a text header. Bytes that no text has mean that the data has begun.</summary>
    public static bool TryParseHeaderLine(ReadOnlySpan<byte> window, ReadOnlySpan<byte> marker, out string line, out int length)
    {
        line = "";
        length = window.IndexOf((byte)'\n') + 1;
        if (length == 0 || !window.StartsWith(marker))
            return false;
        ReadOnlySpan<byte> text = window[..length].TrimEnd("\r\n"u8);
        if (!IsText(text))
            return false;
        line = Encoding.UTF8.GetString(text);
        return true;
    }

    /// <summary>Whether all bytes are text without a control character other than tabs and ends of lines, as data hardly ever is.</summary>
    public static bool IsPrintable(ReadOnlySpan<byte> bytes)
    {
        foreach (byte character in bytes)
        {
            if (character is not ((>= (byte)' ' and < 0x7f) or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                return false;
        }
        return true;
    }

    public void Dispose()
    {
        if (_buffer is null)
            return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        if (_ownsStream)
            Stream.Dispose();
    }

    private static bool IsText(ReadOnlySpan<byte> bytes)
    {
        foreach (byte character in bytes)
        {
            if (character < ' ' && character != '\t')
                return false;
        }
        return true;
    }

    private int ReadStream(Span<byte> destination)
    {
        if (Corruption is not null)
            return 0;
        try
        {
            // Several inputs may share one stream.
            if (Stream.CanSeek && Stream.Position != _streamPosition)
            {
                if (_streamPosition > Stream.Length)
                    return 0;
                Stream.Position = _streamPosition;
            }
            int read = Stream.Read(destination);
            _streamPosition += read;
            return read;
        }
        catch (InvalidDataException e)
        {
            Corruption = e.Message;
            return 0;
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Microsoft.ML.Snn.Events.Hdf5.Files;

/// <summary>
/// A part of another stream, from a position on, which it leaves open. Tells how much was read of it, and what kept the other stream from
/// being read.
/// </summary>
internal sealed class SharedStream(Stream stream, long start) : Stream
{
    // PureHDF reads structures number by number.
    private readonly BufferedStream _stream = new(stream, 1 << 16);
    private long _position;

    /// <summary>The number of bytes read so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>What the other stream has thrown last; null where nothing.</summary>
    public ExceptionDispatchInfo? Failure { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => Math.Max(0, stream.Length - start);

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        // Links of a damaged file may lead in circles, which PureHDF follows until the stack ends, and the process with it.
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new InvalidDataException("Its links lead in circles.");
        if (_position < 0 || _position > Length)
            return 0;
        try
        {
            _stream.Position = start + _position;
            int count = _stream.Read(buffer);
            _position += count;
            BytesRead += count;
            return count;
        }
        catch (Exception e)
        {
            Failure = ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => _position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

using System.IO.Compression;
using System.IO.Hashing;

namespace Microsoft.ML.Snn.Scoring.Verification;

/// <summary>
/// The data of a zip's entry as they are read, compared at their end with the CRC-32 and the size that the zip has for them:
/// <see cref="ZipArchive"/> does not.
/// </summary>
internal sealed class VerifiedEntry(ZipArchiveEntry entry) : Stream
{
    private const int ChunkBytes = 1 << 16;

    private readonly Crc32 _crc = new();
    private Stream? _data;
    private long _left = entry.Length;
    private bool _isVerified;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads an entry whose data are of no interest.</summary>
    /// <exception cref="InvalidDataException">It is damaged; the message names it.</exception>
    public static void Verify(ZipArchiveEntry entry)
    {
        using var stream = new VerifiedEntry(entry);
        stream.Finish();
    }

    /// <summary>Reads what nobody has read yet.</summary>
    /// <exception cref="InvalidDataException">The entry is damaged; the message names it.</exception>
    public void Finish()
    {
        byte[] chunk = new byte[ChunkBytes];
        while (Read(chunk) > 0)
        {
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        int read;
        try
        {
            _data ??= entry.Open();
            read = _data.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e.Message.TrimEnd('.'), e);
        }
        if (read > _left)
            throw Damaged($"it unpacks to more than {entry.Length} bytes");
        _left -= read;
        _crc.Append(buffer[..read]);
        if (read == 0 && !_isVerified)
        {
            if (_left > 0)
                throw Damaged($"it unpacks to {_left} bytes less than {entry.Length}");
            if (_crc.GetCurrentHashAsUInt32() != entry.Crc32)
                throw Damaged("its CRC-32 is wrong");
            _isVerified = true;
        }
        return read;
    }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _data?.Dispose();
        base.Dispose(disposing);
    }

    private InvalidDataException Damaged(string what, Exception? inner = null) => new($"entry '{entry.FullName}': {what}", inner);
}

using WebApp.Endpoints;

namespace WebApp.Limits;

/// <summary>
/// A file on its way in. Its memory is pooled, grows with what has really come, whatever length was announced, and counts against
/// <see cref="UploadMemory"/> until it is disposed.
/// </summary>
internal sealed class Upload : IDisposable
{
    private const int _firstBytes = 1 << 14, _trustedFactor = 8;

    private readonly UploadMemory _memory;
    private readonly string _client;
    private readonly int _most;
    private readonly byte[] _next = new byte[1];
    private byte[] _bytes = [];
    private int _length, _taken;

    /// <param name="memory">What the bytes count against.</param>
    /// <param name="client">Whose upload it is.</param>
    /// <param name="most">The most bytes that a body may have.</param>
    public Upload(UploadMemory memory, string client, long most) => (_memory, _client, _most) = (memory, client, (int)most);

    /// <summary>What has come.</summary>
    public ArraySegment<byte> Bytes => new(_bytes, 0, _length);

    /// <summary>
    /// Takes all of a stream. A client that goes meanwhile makes it fail; a read that is cancelled would leave the server in doubt.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="announced">The length that the client has announced; null where it has not.</param>
    /// <exception cref="RefusedException">There is no memory for it, or it has more bytes than a body may have.</exception>
    public async Task ReadAsync(Stream stream, long? announced)
    {
        while (true)
        {
            if (_length == _taken && (_taken == _most || _taken == announced))
            {
                // Full to the last byte: the end should be here.
                if (await stream.ReadAsync(_next) == 0)
                    return;
                if (_taken == _most)
                    throw new RefusedException(
                        StatusCodes.Status413PayloadTooLarge, $"The file is too large: at most {_most} bytes are taken.");
                Grow(announced: 0);
                _bytes[_length++] = _next[0];
                continue;
            }
            if (_length == _taken)
                Grow(announced ?? 0);
            int read = await stream.ReadAsync(_bytes.AsMemory(_length, _taken - _length));
            if (read == 0)
                return;
            _length += read;
        }
    }

    public void Dispose()
    {
        Release(_bytes, _taken);
        (_bytes, _length, _taken) = ([], 0, 0);
    }

    private void Grow(long announced)
    {
        // The client's word is good once a part of it is kept: fewer steps on the way leave fewer arrays behind.
        long size = announced > _taken && announced <= (long)_trustedFactor * _taken ? announced : Math.Max(_firstBytes, 2L * _taken);
        Grow((int)Math.Min(_most, size));
    }

    private void Grow(int size)
    {
        // The old bytes are not counted while they are copied.
        _memory.Take(_client, size - _taken);
        byte[] larger = _memory.Rent(size);
        Bytes.CopyTo(larger);
        if (_bytes.Length > 0)
            _memory.Return(_bytes);
        (_bytes, _taken) = (larger, size);
    }

    private void Release(byte[] bytes, int taken)
    {
        if (taken == 0)
            return;
        _memory.Return(bytes);
        _memory.GiveBack(_client, taken);
    }
}

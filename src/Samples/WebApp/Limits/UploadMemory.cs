using System.Buffers;
using Microsoft.Extensions.Options;
using WebApp.Endpoints;

namespace WebApp.Limits;

/// <summary>
/// Counts the bytes of uploads that are held at the same time, of each client and of all; and has the arrays for them, which it keeps for
/// the next uploads until it is told that there are none.
/// </summary>
/// <remarks>
/// Not <see cref="ArrayPool{T}.Shared"/>: that lets go of one array of a size and core a minute, and only if garbage is collected, so that
/// what a rush of large uploads leaves stays for as long as there were uploads at a time.
/// </remarks>
internal sealed class UploadMemory(IOptions<ServiceOptions> options)
{
    // Of each size. By default, those of the largest are half of what uploads may take.
    private const int _keptArrays = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _held = [];
    private long _total;
    private volatile ArrayPool<byte> _arrays = CreatePool();

    /// <summary>Bytes held now.</summary>
    public long Total
    {
        get
        {
            lock (_lock)
                return _total;
        }
    }

    /// <exception cref="RefusedException">The client holds too much, or all clients together do.</exception>
    public void Take(string client, long bytes)
    {
        lock (_lock)
        {
            long held = _held.GetValueOrDefault(client);
            if (held + bytes > options.Value.ClientUploadBytes)
            {
                throw new RefusedException(
                    StatusCodes.Status429TooManyRequests, "Your uploads under way are too large together: send one after the other.");
            }
            // Nobody may hold more than is left for others: however many fill the memory, a newcomer finds room for some.
            if (held + bytes > options.Value.MaxUploadBytes - _total - bytes)
            {
                throw new RefusedException(
                    StatusCodes.Status503ServiceUnavailable, "There are too many uploads under way: try again in a moment.");
            }
            _held[client] = held + bytes;
            _total += bytes;
        }
    }

    public void GiveBack(string client, long bytes)
    {
        lock (_lock)
        {
            _total -= bytes;
            if ((_held[client] -= bytes) == 0)
                _held.Remove(client);
        }
    }

    /// <summary>An array of at least so many bytes, of any content.</summary>
    public byte[] Rent(int bytes) => _arrays.Rent(bytes);

    public void Return(byte[] array) => _arrays.Return(array);

    /// <summary>Leaves the arrays that nobody has to the garbage collector.</summary>
    public void LetGo() => _arrays = CreatePool();

    private static ArrayPool<byte> CreatePool() => ArrayPool<byte>.Create(Array.MaxLength, _keptArrays);
}

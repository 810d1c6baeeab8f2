using Microsoft.Extensions.Options;
using WebApp.Endpoints;

namespace WebApp.Limits;

/// <summary>Counts the bytes of uploads that are held at the same time, of each client and of all.</summary>
internal sealed class UploadMemory(IOptions<ServiceOptions> options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _held = [];
    private long _total;

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
}

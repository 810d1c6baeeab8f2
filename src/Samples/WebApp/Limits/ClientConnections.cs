using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace WebApp.Limits;

/// <summary>
/// Closes connections of an address that has too many. Kestrel's own limit counts those of all clients, so that one who opens many shuts
/// the others out.
/// </summary>
internal sealed class ClientConnections(IOptions<ServiceOptions> options, ServiceMetrics metrics)
{
    private readonly int _most = options.Value.ClientConnections;
    private readonly IPNetwork[] _proxies = [.. options.Value.KnownProxies.Select(
        text => ClientAddress.TryParseNetwork(text, out IPNetwork? network) ? network.Value : throw new FormatException(text))];
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _open = [];

    public ConnectionDelegate Limit(ConnectionDelegate next) => async connection =>
    {
        // Behind a proxy all clients have its address; behind a Unix socket, none.
        if ((connection.RemoteEndPoint as IPEndPoint)?.Address is not { } address || IsProxy(address))
        {
            await next(connection);
            return;
        }
        IPAddress client = ClientAddress.Of(address);
        if (!TryOpen(client))
        {
            metrics.ConnectionRefused();
            connection.Abort();
            return;
        }
        try
        {
            await next(connection);
        }
        finally
        {
            Close(client);
        }
    };

    private bool IsProxy(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Array.Exists(_proxies, network => network.Contains(plain));
    }

    private bool TryOpen(IPAddress client)
    {
        lock (_lock)
        {
            int open = _open.GetValueOrDefault(client);
            if (open == _most)
                return false;
            _open[client] = open + 1;
            return true;
        }
    }

    private void Close(IPAddress client)
    {
        lock (_lock)
        {
            if (--_open[client] == 0)
                _open.Remove(client);
        }
    }
}

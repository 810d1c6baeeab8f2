using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ServiceAttack;

/// <summary>Clients of a service on the loopback that come from an address of their own.</summary>
internal static class Loopback
{
    /// <summary>An address of the loopback: 127.0.[network].[number].</summary>
    public static IPAddress Address(int network, int number) => new([127, 0, (byte)network, (byte)number]);

    public static HttpClient Client(Uri service, IPAddress from, bool keepsConnections = true) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancellation) =>
            new NetworkStream(await ConnectAsync(service, from, cancellation), ownsSocket: true),
        PooledConnectionLifetime = keepsConnections ? Timeout.InfiniteTimeSpan : TimeSpan.Zero,
        UseProxy = false,
    })
    {
        BaseAddress = service, Timeout = TimeSpan.FromSeconds(60),
    };

    public static async Task<Socket> ConnectAsync(Uri service, IPAddress from, CancellationToken cancellation = default)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(IPAddress.Loopback, service.Port, cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends text as it is.</summary>
    public static async Task SendAsync(Socket socket, string text, CancellationToken cancellation = default) =>
        await socket.SendAsync(Encoding.ASCII.GetBytes(text), cancellation);

    /// <summary>Waits for the first bytes of an answer; its status, or null where the connection is closed without.</summary>
    public static async Task<int?> ReceiveStatusAsync(Socket socket, CancellationToken cancellation = default)
    {
        byte[] start = new byte[12];
        int received = 0;
        try
        {
            while (received < start.Length)
            {
                int count = await socket.ReceiveAsync(start.AsMemory(received), cancellation);
                if (count == 0)
                    return null;
                received += count;
            }
        }
        catch (SocketException)
        {
            return null;
        }
        // HTTP/1.1 200
        return int.Parse(Encoding.ASCII.GetString(start, 9, 3), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Ends a connection as a process that dies does: by a reset.</summary>
    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }
}

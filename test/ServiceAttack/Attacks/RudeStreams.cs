using System.Net.Sockets;
using System.Text;

namespace ServiceAttack.Attacks;

/// <summary>Streams that send events as fast as they can, never read a score, and end by a reset in the middle of a message.</summary>
internal static class RudeStreams
{
    private const int _messages = 20;

    public static Task RunAsync(Target target, Tally tally, CancellationToken end) => Task.WhenAll(Enumerable.Range(0, target.Plan.Scale(40))
        .Select(i => Task.Run(() => LoopAsync(target, tally, i, end), CancellationToken.None)));

    private static async Task LoopAsync(Target target, Tally tally, int client, CancellationToken end)
    {
        byte[] message = Message(events: 4000, seed: client);
        while (!end.IsCancellationRequested)
        {
            tally.AddSent();
            try
            {
                using Socket socket = await Loopback.ConnectAsync(target.Service, Loopback.Address(7, 1 + client % 8), CancellationToken.None);
                await Loopback.SendAsync(socket, "GET /stream?sliceEvents=100 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c3RyZWFtb2ZldmVudHMhIQ==\r\n\r\n", CancellationToken.None);
                int? status = await Loopback.ReceiveStatusAsync(socket, CancellationToken.None);
                tally.Add(status);
                if (status == 101)
                    await SendAsync(socket, message, end);
                Loopback.Reset(socket);
            }
            catch (SocketException)
            {
                tally.Add(null);
            }
        }
    }

    private static async Task SendAsync(Socket socket, byte[] message, CancellationToken end)
    {
        try
        {
            for (int i = 0; i < _messages; i++)
                await socket.SendAsync(message, end);
            await socket.SendAsync(message.AsMemory(0, message.Length / 3), end);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // Nobody reads any more: as good an end as any.
        }
    }

    /// <summary>A binary message of events within a small sensor, masked as clients must.</summary>
    private static byte[] Message(int events, int seed)
    {
        var random = new Random(seed);
        byte[] content = new byte[16 * events];
        for (int i = 0; i < events; i++)
        {
            BitConverter.TryWriteBytes(content.AsSpan(16 * i), 100L * i);
            content[16 * i + 8] = (byte)random.Next(34);
            content[16 * i + 10] = (byte)random.Next(34);
            content[16 * i + 12] = (byte)random.Next(2);
        }
        // A mask of zeros changes nothing.
        return [0x82, 0xfe, (byte)(content.Length >> 8), (byte)content.Length, 0, 0, 0, 0, .. content];
    }
}

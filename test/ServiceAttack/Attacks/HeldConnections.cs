using System.Net;
using System.Net.Sockets;

namespace ServiceAttack.Attacks;

/// <summary>Connections that are opened and kept: silent, or sending as slowly as can be.</summary>
internal static class HeldConnections
{
    private static readonly TimeSpan _drop = TimeSpan.FromSeconds(1);

    /// <summary>Opens connections that say nothing: many from one address, and some from each of many.</summary>
    public static Task IdleAsync(Target target, Tally tally, CancellationToken end)
    {
        IEnumerable<IPAddress> one = Enumerable.Repeat(Loopback.Address(2, 1), target.Plan.Scale(600));
        IEnumerable<IPAddress> many = Enumerable.Range(0, target.Plan.Scale(600)).Select(i => Loopback.Address(3, 1 + i % 100));
        return HoldAsync(target, tally, [.. one, .. many], "", "", end);
    }

    /// <summary>Sends the headers of a request a byte at a time.</summary>
    public static Task SlowHeadersAsync(Target target, Tally tally, CancellationToken end) => HoldAsync(
        target, tally, [.. Enumerable.Range(0, target.Plan.Scale(200)).Select(i => Loopback.Address(4, 1 + i % 4))], "GET /health HT", "T", end);

    /// <summary>Sends nearly all of an upload of 8 MiB, and the rest a byte at a time.</summary>
    public static Task UploadsAsync(Target target, Tally tally, CancellationToken end)
    {
        const int announced = 8 << 20;
        string headers = $"POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: {announced}\r\n\r\n";
        string most = headers + new string('x', announced - 1000);
        return HoldAsync(target, tally, [.. Enumerable.Range(0, target.Plan.Scale(64)).Select(i => Loopback.Address(5, 1 + i % 8))], most, "x", end);
    }

    /// <summary>Announces an upload of 8 MiB and sends nothing of it.</summary>
    public static Task AnnouncedAsync(Target target, Tally tally, CancellationToken end) => HoldAsync(
        target, tally, [.. Enumerable.Range(0, target.Plan.Scale(200)).Select(i => Loopback.Address(6, 1 + i % 8))],
        $"POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: {8 << 20}\r\n\r\n", "", end);

    private static Task HoldAsync(Target target, Tally tally, IPAddress[] from, string first, string drop, CancellationToken end) =>
        Task.WhenAll(from.Select(address => HoldAsync(target, tally, address, first, drop, end)));

    /// <summary>Holds one connection; at the end, one that is still open is dropped by a reset and counts as answered.</summary>
    private static async Task HoldAsync(Target target, Tally tally, IPAddress from, string first, string drop, CancellationToken end)
    {
        tally.AddSent();
        try
        {
            using Socket socket = await Loopback.ConnectAsync(target.Service, from, CancellationToken.None);
            Task sending = SendAsync(socket, first, drop, end);
            int? status;
            try
            {
                status = await Loopback.ReceiveStatusAsync(socket, end);
            }
            catch (OperationCanceledException)
            {
                tally.Add(200);
                Loopback.Reset(socket);
                await sending;
                return;
            }
            // Closed without a word is how too many connections, and silent ones, are refused.
            tally.Add(status ?? 408);
            Loopback.Reset(socket);
            await sending;
        }
        catch (SocketException e)
        {
            // Refused so soon that it did not even seem to be there.
            tally.Add(e.SocketErrorCode == SocketError.ConnectionReset ? 408 : null);
        }
    }

    private static async Task SendAsync(Socket socket, string first, string drop, CancellationToken end)
    {
        try
        {
            await Loopback.SendAsync(socket, first, end);
            while (drop.Length > 0)
            {
                await Task.Delay(_drop, end);
                await Loopback.SendAsync(socket, drop, end);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The service, or the attack, is done with it.
        }
    }
}

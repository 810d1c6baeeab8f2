using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace ServiceAttack;

/// <summary>
/// A client that sends a picture ten times a second, each over a connection of its own, waits for each answer, and knows what it must be.
/// </summary>
internal sealed class GoodClient(Uri service, byte[] picture) : IDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _client = Loopback.Client(service, IPAddress.Loopback, keepsConnections: false);
    private string? _label;

    /// <summary>Sends pictures until it is told to stop.</summary>
    public async Task<GoodClientReport> RunAsync(CancellationToken end)
    {
        var report = new GoodClientReport();
        while (!end.IsCancellationRequested)
        {
            long sent = Stopwatch.GetTimestamp();
            await SendAsync(report);
            TimeSpan wait = Stopwatch.GetElapsedTime(sent);
            report.LongestWait = wait > report.LongestWait ? wait : report.LongestWait;
            await Task.Delay(_pause, CancellationToken.None);
        }
        return report;
    }

    public void Dispose() => _client.Dispose();

    private async Task SendAsync(GoodClientReport report)
    {
        report.Sent++;
        try
        {
            using HttpResponseMessage response = await _client.PostAsync("classify", new ByteArrayContent(picture), CancellationToken.None);
            if (!response.IsSuccessStatusCode)
            {
                report.Refused++;
                return;
            }
            using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(CancellationToken.None));
            string label = answer.RootElement.GetProperty("label").GetString()!;
            _label ??= label;
            report.Wrong += label == _label ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            report.Lost++;
        }
    }
}

/// <summary>What a good client has seen of the service.</summary>
internal sealed class GoodClientReport
{
    public int Sent { get; set; }

    public int Refused { get; set; }

    public int Lost { get; set; }

    public int Wrong { get; set; }

    public TimeSpan LongestWait { get; set; }
}

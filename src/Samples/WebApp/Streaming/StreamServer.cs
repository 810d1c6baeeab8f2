using System.Net.WebSockets;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Microsoft.ML.Snn;
using WebApp.Endpoints;
using WebApp.Limits;
using WebApp.Models;

namespace WebApp.Streaming;

/// <summary>Serves streams of events, each within its client's budget and its turns of scoring.</summary>
internal sealed partial class StreamServer(
    WorkBudget budget, ScoringTurns turns, IOptions<ServiceOptions> options, IHostApplicationLifetime lifetime,
        ILogger<StreamServer> logger)
    : IDisposable
{
    /// <summary>Events that are taken at once.</summary>
    public const int BufferEvents = 4096;

    private readonly ConcurrencyLimiter _places = new(new() { PermitLimit = options.Value.MaxStreams });

    /// <param name="context">A WebSocket's request.</param>
    /// <param name="file">Whose model scores.</param>
    /// <param name="sliceEvents">Events of a slice.</param>
    /// <exception cref="RefusedException">The slice is too small, there is no model yet, or there are too many streams.</exception>
    public async Task ServeAsync(HttpContext context, ModelFile<ServedRecordings> file, int sliceEvents)
    {
        int fewest = options.Value.MinSliceEvents;
        if (sliceEvents < fewest)
            throw new RefusedException(StatusCodes.Status400BadRequest, $"sliceEvents is {sliceEvents}: it must be at least {fewest}.");
        ServedRecordings model = file.RequireModel();
        using RateLimitLease place = _places.AttemptAcquire();
        if (!place.IsAcquired)
            throw new RefusedException(StatusCodes.Status503ServiceUnavailable, "There are too many streams: try again later.");

        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await ScoreAsync(socket, model, sliceEvents, Client.Of(context), end.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // Cameras are unplugged and networks fail: nothing is wrong with the service.
            LogBroken(e.Message);
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task ScoreAsync(WebSocket socket, ServedRecordings model, int sliceEvents, string client, CancellationToken end)
    {
        EventStreamSession session = model.CreateSession(sliceEvents);
        byte[] buffer = new byte[BufferEvents * EventPacket.EventBytes];
        var events = new PolarityEvent[BufferEvents];
        int filled = 0;
        while (true)
        {
            ValueWebSocketReceiveResult received = await socket.ReceiveAsync(buffer.AsMemory(filled), end);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, end);
                return;
            }
            filled += received.Count;
            int count = filled / EventPacket.EventBytes, used = count * EventPacket.EventBytes;
            if (received.MessageType != WebSocketMessageType.Binary || received.EndOfMessage && used < filled)
            {
                await socket.CloseOutputAsync(
                    WebSocketCloseStatus.InvalidPayloadData, "A message must be binary and hold whole events of 16 bytes.", end);
                return;
            }
            for (int i = 0; i < count; i++)
                events[i] = EventPacket.Read(buffer.AsSpan(i * EventPacket.EventBytes));
            if (count > 0)
                await budget.WaitForEventsAsync(client, count, end);
            for (int start = 0; await PushAsync(session, events.AsMemory(start, count - start), end) is { IsScored: true } pushed;)
            {
                start += pushed.Consumed;
                await socket.SendAsync(SliceScores.Describe(session, model.Classes), WebSocketMessageType.Text, endOfMessage: true, end);
            }
            buffer.AsSpan(used, filled - used).CopyTo(buffer);
            filled -= used;
        }
    }

    private async ValueTask<(bool IsScored, int Consumed)> PushAsync(
        EventStreamSession session, ReadOnlyMemory<PolarityEvent> events, CancellationToken end)
    {
        using IDisposable turn = await turns.WaitAsync(end);
        return (session.Push(events.Span, out int consumed), consumed);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "A stream has ended without a close: {Reason}")]
    private partial void LogBroken(string reason);
}

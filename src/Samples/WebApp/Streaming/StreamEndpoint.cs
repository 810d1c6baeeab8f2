using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.ML.Snn;
using WebApp.Endpoints;
using WebApp.Models;

namespace WebApp.Streaming;

/// <summary>Running scores after a slice of events.</summary>
/// <param name="Slice">Number of the slice, from 1.</param>
/// <param name="Label">The class with the highest score.</param>
/// <param name="Scores">The probability of each class, by name, from all slices so far.</param>
internal sealed record SliceScores(long Slice, string Label, IReadOnlyDictionary<string, float> Scores);

/// <summary>
/// <c>/stream</c>: a WebSocket that takes the events of a camera as they come, in binary messages of whole events (<see cref="EventPacket"/>), and
/// answers each full slice of <c>?sliceEvents=</c> events with its scores as JSON.
/// </summary>
internal static class StreamEndpoint
{
    private const int _bufferEvents = 4096;

    public static void MapStream(this IEndpointRouteBuilder app)
    {
        ModelFile<ServedRecordings> file = app.ServiceProvider.GetRequiredService<ModelHost>().Recordings!;
        app.Map("/stream", (HttpContext context, int sliceEvents = 1000) =>
        {
            if (!context.WebSockets.IsWebSocketRequest)
                throw new RefusedException(StatusCodes.Status426UpgradeRequired, "Events are taken over a WebSocket only.");
            if (sliceEvents < 1)
                throw new RefusedException(StatusCodes.Status400BadRequest, $"sliceEvents is {sliceEvents}: it must be at least 1.");
            return ServeAsync(context, file.RequireModel(), sliceEvents);
        }).ExcludeFromDescription();
    }

    private static async Task ServeAsync(HttpContext context, ServedRecordings model, int sliceEvents)
    {
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        EventStreamSession session = model.CreateSession(sliceEvents);
        byte[] buffer = new byte[_bufferEvents * EventPacket.EventBytes];
        var events = new PolarityEvent[_bufferEvents];
        int filled = 0;
        while (true)
        {
            ValueWebSocketReceiveResult received = await socket.ReceiveAsync(buffer.AsMemory(filled), context.RequestAborted);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
                return;
            }
            filled += received.Count;
            int count = filled / EventPacket.EventBytes, used = count * EventPacket.EventBytes;
            if (received.MessageType != WebSocketMessageType.Binary || received.EndOfMessage && used < filled)
            {
                await socket.CloseOutputAsync(
                    WebSocketCloseStatus.InvalidPayloadData, "A message must be binary and hold whole events of 16 bytes.",
                    context.RequestAborted);
                return;
            }
            for (int i = 0; i < count; i++)
                events[i] = EventPacket.Read(buffer.AsSpan(i * EventPacket.EventBytes));
            for (int start = 0; session.Push(events.AsSpan(start, count - start), out int consumed); start += consumed)
                await socket.SendAsync(Describe(session, model), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
            buffer.AsSpan(used, filled - used).CopyTo(buffer);
            filled -= used;
        }
    }

    private static byte[] Describe(EventStreamSession session, ServedRecordings model)
    {
        var scores = new OrderedDictionary<string, float>();
        for (int i = 0; i < model.Classes.Count; i++)
            scores[model.Classes[i]] = session.Scores[i];
        string label = scores.MaxBy(score => score.Value).Key;
        return JsonSerializer.SerializeToUtf8Bytes(new SliceScores(session.SliceCount, label, scores), JsonSerializerOptions.Web);
    }
}

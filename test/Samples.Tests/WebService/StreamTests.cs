using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Snn;
using WebApp.Streaming;

namespace Samples.Tests.WebService;

public sealed class StreamTests(TrainedModel trained, TrainedEventModel events) : IAsyncLifetime
{
    private const int _sliceEvents = 150;
    private RunningService _service = null!;

    public async ValueTask InitializeAsync() =>
        _service = await RunningService.StartAsync(trained, withModel: true, configure: null, $"EventModel={events.Path}");

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task Each_slice_is_answered_with_the_sessions_scores()
    {
        var context = new MLContext();
        PolarityEvent[] recorded = [.. EventRecording.Load(events.Recordings[0]).Events.Span];
        EventStreamSession session = context.Model.CreateEventStreamSession(
            context.Model.Load(events.Path, out _), new() { Slicing = EventSlicing.FixedCount(_sliceEvents) });
        using ClientWebSocket socket = await ConnectAsync();
        int slices = 0;
        foreach (PolarityEvent[] packet in recorded.Chunk(100))
        {
            byte[] bytes = new byte[packet.Length * EventPacket.EventBytes];
            for (int i = 0; i < packet.Length; i++)
                EventPacket.Write(packet[i], bytes.AsSpan(i * EventPacket.EventBytes));
            // In two frames, cut within an event.
            await socket.SendAsync(bytes.AsMemory(0, 21), WebSocketMessageType.Binary, endOfMessage: false, default);
            await socket.SendAsync(bytes.AsMemory(21), WebSocketMessageType.Binary, endOfMessage: true, default);
            for (int start = 0; session.Push(packet.AsSpan(start), out int consumed); start += consumed)
            {
                SliceScores answer = await ReceiveAsync(socket);
                Assert.Equal(++slices, answer.Slice);
                Assert.Equal(session.Scores.ToArray(), answer.Scores.Values);
                Assert.Equal(answer.Scores.MaxBy(score => score.Value).Key, answer.Label);
            }
        }
        Assert.True(slices > 1);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
    }

    [Theory]
    [InlineData(WebSocketMessageType.Binary, 17)]
    [InlineData(WebSocketMessageType.Text, 16)]
    public async Task A_message_that_holds_no_whole_events_ends_the_stream(WebSocketMessageType type, int length)
    {
        using ClientWebSocket socket = await ConnectAsync();
        await socket.SendAsync(new byte[length], type, endOfMessage: true, default);
        WebSocketReceiveResult result = await socket.ReceiveAsync(new byte[1000], default);
        Assert.Equal(WebSocketCloseStatus.InvalidPayloadData, result.CloseStatus);
        Assert.Contains("16 bytes", result.CloseStatusDescription);
    }

    [Fact]
    public async Task What_is_no_stream_is_refused()
    {
        using HttpResponseMessage plain = await _service.Client.GetAsync("stream");
        Assert.Equal(HttpStatusCode.UpgradeRequired, plain.StatusCode);
        using var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(Address(sliceEvents: 0, _service), default));
        Assert.Equal(HttpStatusCode.BadRequest, socket.HttpStatusCode);
    }

    [Fact]
    public async Task A_stream_without_a_model_is_told_how_to_make_one()
    {
        await using RunningService waiting = await RunningService.StartAsync(
            trained, withModel: true, configure: null, $"EventModel={Path.Combine(events.Folder, "missing.zip")}");
        using var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(Address(_sliceEvents, waiting), default));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, socket.HttpStatusCode);
    }

    private async Task<ClientWebSocket> ConnectAsync()
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(Address(_sliceEvents, _service), default);
        return socket;
    }

    private static Uri Address(int sliceEvents, RunningService service) =>
        new UriBuilder(service.Address) { Scheme = "ws", Path = "stream", Query = $"sliceEvents={sliceEvents}" }.Uri;

    private static async Task<SliceScores> ReceiveAsync(ClientWebSocket socket)
    {
        byte[] buffer = new byte[4096];
        ValueWebSocketReceiveResult result = await socket.ReceiveAsync(buffer.AsMemory(), default);
        Assert.True(result.EndOfMessage);
        return JsonSerializer.Deserialize<SliceScores>(buffer.AsSpan(0, result.Count), JsonSerializerOptions.Web)!;
    }
}

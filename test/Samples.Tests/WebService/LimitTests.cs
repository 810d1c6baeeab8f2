using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Tests.Events;
using Microsoft.ML.Snn.Tests.Speed;
using ServiceAttack;
using WebApp.Limits;
using WebApp.Streaming;

namespace Samples.Tests.WebService;

/// <summary>What one client may ask for, and that others do not suffer from it. The clients are addresses of the loopback, which Linux has.</summary>
public sealed class LimitTests(TrainedModel trained, TrainedEventModel events)
{
    private static readonly IPAddress _greedy = Loopback.Address(1, 1), _other = Loopback.Address(1, 2);
    private static readonly byte[] _picture = TrainedModel.Draw("red", new Random(1), size: 100);

    [Fact]
    public async Task One_address_has_so_many_connections_and_no_more()
    {
        await using RunningService service = await StartAsync("ClientConnections=3");
        var held = new List<Socket>();
        for (int i = 0; i < 3; i++)
        {
            Socket socket = await Loopback.ConnectAsync(service.Address, _greedy);
            held.Add(socket);
            Assert.Equal(200, await GetAsync(socket));
        }
        // The connection may be reset before anybody knows that it was made.
        try
        {
            using Socket fourth = await Loopback.ConnectAsync(service.Address, _greedy);
            Assert.Null(await Loopback.ReceiveStatusAsync(fourth));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
        }
        using (Socket another = await Loopback.ConnectAsync(service.Address, _other))
            Assert.Equal(200, await GetAsync(another));
        held.ForEach(socket => socket.Dispose());
        await RunningService.UntilAsync(async () =>
        {
            try
            {
                using Socket again = await Loopback.ConnectAsync(service.Address, _greedy);
                return await GetAsync(again) == 200;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                return false;
            }
        });

        static async Task<int?> GetAsync(Socket socket)
        {
            try
            {
                await Loopback.SendAsync(socket, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
            }
            catch (SocketException)
            {
                return null;
            }
            return await Loopback.ReceiveStatusAsync(socket);
        }
    }

    [Fact]
    public async Task Pixels_are_counted_before_they_are_decoded()
    {
        await using RunningService service = await StartAsync("MaxPixels=10000", "ClientPixelsPerSecond=10");
        using HttpClient greedy = Loopback.Client(service.Address, _greedy), other = Loopback.Client(service.Address, _other);
        // A client begins with twice as many as a picture may have.
        await AssertAsync(greedy, _picture, HttpStatusCode.OK);
        await AssertAsync(greedy, _picture, HttpStatusCode.OK);
        await AssertAsync(greedy, _picture, HttpStatusCode.TooManyRequests, "pixels");
        await AssertAsync(other, _picture, HttpStatusCode.OK);
        // A picture that lies about its size costs what it says.
        await AssertAsync(other, HostileFiles.Png(100, 100, [0]), HttpStatusCode.UnprocessableEntity, "damaged");
        await AssertAsync(other, _picture, HttpStatusCode.TooManyRequests, "pixels");
    }

    [Fact]
    public async Task Events_are_counted_as_they_are_read()
    {
        await using RunningService service = await StartAsync("MaxEvents=3000", "ClientEventsPerSecond=10");
        using HttpClient greedy = Loopback.Client(service.Address, _greedy), other = Loopback.Client(service.Address, _other);
        byte[] recording = EventFiles.NMnist(EventFiles.Make(2500)), small = EventFiles.NMnist(EventFiles.Make(10));
        await AssertAsync(greedy, recording, HttpStatusCode.OK);
        await AssertAsync(greedy, recording, HttpStatusCode.OK);
        // 1,000 and those that have come back since are left: they are spent, though there are more in the file.
        await AssertAsync(greedy, recording, HttpStatusCode.TooManyRequests, "events");
        await AssertAsync(greedy, EventFiles.NMnist(EventFiles.Make(500)), HttpStatusCode.TooManyRequests, "events");
        await AssertAsync(other, HostileFiles.Events(100_000), HttpStatusCode.UnprocessableEntity, "3000 events");
        await AssertAsync(other, small, HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_client_holds_so_many_uploads_and_bytes_and_gives_all_back()
    {
        await using RunningService service = await StartAsync(
            "MaxBodyBytes=100000", "ClientUploadBytes=100000", "MaxUploadBytes=300000", "ClientUploads=2", "MinBytesPerSecond=1");
        var memory = service.Services.GetRequiredService<UploadMemory>();
        using HttpClient greedy = Loopback.Client(service.Address, _greedy), other = Loopback.Client(service.Address, _other);
        byte[] large = EventFiles.NMnist([.. Enumerable.Range(0, 18_000).Select(i => new PolarityEvent(i, 1, 1, true))]);
        using Socket first = await HoldAsync(service, _greedy);
        await RunningService.UntilAsync(() => Task.FromResult(memory.Total >= 60_000));
        await AssertAsync(greedy, large, HttpStatusCode.TooManyRequests, "too large together");
        // As much as is left for others, and no more.
        using Socket second = await HoldAsync(service, _other);
        await RunningService.UntilAsync(() => Task.FromResult(memory.Total >= 120_000));
        using HttpClient third = Loopback.Client(service.Address, Loopback.Address(1, 3));
        await AssertAsync(third, large, HttpStatusCode.ServiceUnavailable, "too many uploads");
        await AssertAsync(third, TrainedModel.Draw("red", new Random(1)), HttpStatusCode.OK);
        using HttpClient fourth = Loopback.Client(service.Address, Loopback.Address(1, 4));
        using Socket one = await HoldAsync(service, Loopback.Address(1, 4), bytes: 0);
        using Socket two = await HoldAsync(service, Loopback.Address(1, 4), bytes: 0);
        await RunningService.UntilAsync(async () => (await PostAsync(fourth, [])).Status == HttpStatusCode.TooManyRequests);
        await AssertAsync(fourth, [], HttpStatusCode.TooManyRequests, "2 uploads");

        Loopback.Reset(first);
        Loopback.Reset(second);
        Loopback.Reset(one);
        Loopback.Reset(two);
        await RunningService.UntilAsync(() => Task.FromResult(memory.Total == 0));
        await AssertAsync(other, large, HttpStatusCode.OK);
        Assert.Equal(0, memory.Total);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, null)]
    [InlineData(1, 1_000_000L)]
    [InlineData(16_384, 16_384L)]
    [InlineData(16_385, 16_384L)]
    [InlineData(50_000, 50_000L)]
    [InlineData(100_000, null)]
    [InlineData(100_000, 100_000L)]
    public async Task An_upload_keeps_every_byte_whatever_was_announced(int length, long? announced)
    {
        var memory = new UploadMemory(Microsoft.Extensions.Options.Options.Create(new WebApp.ServiceOptions()));
        byte[] sent = new byte[length];
        new Random(1).NextBytes(sent);
        using (var upload = new Upload(memory, "client", most: 100_000))
        {
            await upload.ReadAsync(new MemoryStream(sent), announced);
            Assert.Equal(sent, upload.Bytes.ToArray());
            Assert.InRange(memory.Total, length, 100_000);
        }
        Assert.Equal(0, memory.Total);
        using var larger = new Upload(memory, "client", most: length);
        if (length > 0)
            await Assert.ThrowsAsync<WebApp.Endpoints.RefusedException>(() => larger.ReadAsync(new MemoryStream([.. sent, 1]), announced));
    }

    [Fact]
    public void Arrays_of_uploads_serve_again_until_they_are_let_go()
    {
        const int size = 1 << 20;
        var memory = new UploadMemory(Microsoft.Extensions.Options.Options.Create(new WebApp.ServiceOptions()));
        byte[] first = memory.Rent(size);
        memory.Return(first);
        byte[] again = memory.Rent(size);
        Assert.Same(first, again);
        memory.LetGo();
        // One that was lent before goes, too.
        memory.Return(again);
        Assert.NotSame(first, memory.Rent(size));
    }

    [Slow]
    [Fact]
    public async Task Who_sends_too_slowly_or_nothing_is_sent_away()
    {
        await using RunningService service = await StartAsync("MinBytesPerSecond=100000", "IdleTimeout=00:00:01", "HeadersTimeout=00:00:01");
        using Socket slow = await HoldAsync(service, _greedy), idle = await Loopback.ConnectAsync(service.Address, _other);
        using Socket late = await Loopback.ConnectAsync(service.Address, _other);
        await Loopback.SendAsync(late, "GET /hea");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Assert.Null(await Loopback.ReceiveStatusAsync(idle, patience.Token));
        Assert.Equal(408, await Loopback.ReceiveStatusAsync(late, patience.Token));
        Assert.Equal(408, await Loopback.ReceiveStatusAsync(slow, patience.Token));
    }

    [Fact]
    public async Task A_client_has_so_many_streams_and_so_have_all_together()
    {
        await using RunningService service = await StartAsync("ClientStreams=1", "MaxStreams=2", "MinSliceEvents=50");
        using ClientWebSocket first = await ConnectAsync(service, _greedy);
        Assert.Equal(HttpStatusCode.TooManyRequests, await RefusalAsync(service, _greedy));
        using ClientWebSocket second = await ConnectAsync(service, _other);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await RefusalAsync(service, Loopback.Address(1, 3)));
        Assert.Equal(HttpStatusCode.BadRequest, await RefusalAsync(service, Loopback.Address(1, 3), sliceEvents: 49));
        await first.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        (await ConnectAsync(service, Loopback.Address(1, 3))).Dispose();
    }

    [Fact]
    public async Task A_stream_that_sends_too_much_waits_and_loses_nothing()
    {
        await using RunningService service = await StartAsync("MaxEvents=1", "ClientEventsPerSecond=20000");
        using ClientWebSocket socket = await ConnectAsync(service, _greedy);
        // More than a client begins with: as many as are taken at once.
        PolarityEvent[] sent = [.. Enumerable.Range(0, StreamServer.BufferEvents + 1000).Select(
            i => new PolarityEvent(10 * i, (ushort)(i % 34), (ushort)(i / 34 % 34), isOn: i % 2 == 0))];
        byte[] bytes = new byte[sent.Length * EventPacket.EventBytes];
        for (int i = 0; i < sent.Length; i++)
            EventPacket.Write(sent[i], bytes.AsSpan(i * EventPacket.EventBytes));
        await socket.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, default);
        byte[] buffer = new byte[4096];
        for (int slice = 1; slice <= sent.Length / 100; slice++)
        {
            WebSocketReceiveResult received = await socket.ReceiveAsync(buffer, default);
            Assert.Equal(slice, JsonSerializer.Deserialize<JsonElement>(buffer.AsSpan(0, received.Count)).GetProperty("slice").GetInt32());
        }
    }

    [Fact]
    public async Task Rude_ends_are_no_errors_in_the_log()
    {
        var log = new CollectedLog();
        await using RunningService service = await StartAsync(builder => builder.Logging.AddProvider(log));
        for (int i = 0; i < 5; i++)
        {
            using ClientWebSocket socket = await ConnectAsync(service, _greedy);
            await socket.SendAsync(new byte[32], WebSocketMessageType.Binary, endOfMessage: i % 2 == 0, default);
            socket.Abort();
            Loopback.Reset(await HoldAsync(service, _greedy));
        }
        var memory = service.Services.GetRequiredService<UploadMemory>();
        await RunningService.UntilAsync(async () =>
            memory.Total == 0 && (await service.Client.GetFromJsonAsync<JsonElement>("health")).GetProperty("status").GetString() == "ok");
        using (ClientWebSocket polite = await ConnectAsync(service, _greedy))
            await polite.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        // Before the service is disposed: its host has a word to say of its background services.
        Assert.DoesNotContain(log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Warning", StringComparison.Ordinal));
    }

    private Task<RunningService> StartAsync(params string[] settings) => StartAsync(null, settings);

    private Task<RunningService> StartAsync(Action<Microsoft.AspNetCore.Builder.WebApplicationBuilder>? configure, params string[] settings)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The clients' addresses are those that the loopback has on Linux.");
        return RunningService.StartAsync(trained, withModel: true, configure, [$"EventModel={events.Path}", .. settings]);
    }

    private static async Task<(HttpStatusCode Status, string Answer)> PostAsync(HttpClient client, byte[] body)
    {
        using HttpResponseMessage response = await client.PostAsync("classify", new ByteArrayContent(body));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task AssertAsync(HttpClient client, byte[] body, HttpStatusCode status, string reason = "")
    {
        (HttpStatusCode answered, string answer) = await PostAsync(client, body);
        Assert.True(status == answered, $"{answered}: {answer}");
        Assert.Contains(reason, answer);
    }

    /// <summary>Sends a part of an upload.</summary>
    private static async Task<Socket> HoldAsync(RunningService service, IPAddress from, int bytes = 60_000)
    {
        Socket socket = await Loopback.ConnectAsync(service.Address, from);
        await Loopback.SendAsync(socket, $"POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\n{new string('x', bytes)}");
        return socket;
    }

    private static async Task<ClientWebSocket> ConnectAsync(RunningService service, IPAddress from, int sliceEvents = 100)
    {
        var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        await ConnectAsync(socket, service, from, sliceEvents);
        return socket;
    }

    private static async Task<HttpStatusCode> RefusalAsync(RunningService service, IPAddress from, int sliceEvents = 100)
    {
        using var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(socket, service, from, sliceEvents));
        return socket.HttpStatusCode;
    }

    private static async Task ConnectAsync(ClientWebSocket socket, RunningService service, IPAddress from, int sliceEvents)
    {
        HttpClient client = Loopback.Client(service.Address, from);
        var address = new UriBuilder(service.Address) { Scheme = "ws", Path = "stream", Query = $"sliceEvents={sliceEvents}" };
        await socket.ConnectAsync(address.Uri, client, default);
    }
}

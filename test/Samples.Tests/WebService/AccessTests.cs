using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Samples.Tests.WebService;

/// <summary>Who may use the service, and what every answer has.</summary>
public sealed class AccessTests(TrainedModel trained, TrainedEventModel events) : IAsyncLifetime
{
    private static readonly byte[] _picture = TrainedModel.Draw("red", new Random(1));
    private RunningService _service = null!;

    public async ValueTask InitializeAsync() => _service = await RunningService.StartAsync(
        trained, withModel: true, configure: null, $"EventModel={events.Path}", "MaxBodyBytes=100000", "AllowedOrigins:0=https://friend.example");

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    public static TheoryData<string, string, int> Answers => new()
    {
        { "GET", "/", 200 },
        { "GET", "/page.js", 200 },
        { "GET", "/health", 200 },
        { "GET", "/openapi/v1.json", 200 },
        { "POST", "/classify", 400 },
        { "GET", "/nowhere", 404 },
        { "GET", "/../appsettings.json", 404 },
        { "GET", "/WebApp.dll", 404 },
        { "GET", "/classify", 405 },
        { "DELETE", "/health", 405 },
        { "GET", "/stream", 426 },
        { "GET", "/stream?sliceEvents=many", 400 },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Every_answer_has_the_headers_and_a_refusal_its_reason(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using HttpResponseMessage response = await _service.Client.SendAsync(request);
        await AssertAnswerAsync(response, status);
    }

    [Fact]
    public void No_keys_for_cookies_are_made_or_written() => Assert.DoesNotContain(
        _service.Services.GetServices<IHostedService>(), service => service.GetType().Assembly == typeof(DataProtectionOptions).Assembly);

    [Fact]
    public async Task So_have_refusals_of_sizes_hosts_origins_and_crowds()
    {
        await AssertAnswerAsync(await _service.PostAsync(new byte[200_000]), 413);
        await AssertAnswerAsync(await _service.PostAsync([1, 2, 3]), 422);
        await AssertAnswerAsync(await SendAsync(request => request.Headers.Host = "attacker.example"), 400, "host's name");
        await AssertAnswerAsync(await SendAsync(request => request.Headers.Add("Origin", "https://attacker.example")), 403, "AllowedOrigins");

        await using RunningService waiting = await RunningService.StartAsync(
            trained, withModel: false, configure: null, "ClientRequestsPerSecond=10");
        await AssertAnswerAsync(await waiting.PostAsync(_picture), 503, "TrainAndScore");
        HttpResponseMessage last = null!;
        for (int i = 0; i < 100 && last?.StatusCode != HttpStatusCode.TooManyRequests; i++)
            last = await waiting.Client.GetAsync("page.js");
        await AssertAnswerAsync(last, 429, "10 a second");
        Assert.NotNull(last.Headers.RetryAfter);
    }

    [Theory]
    [InlineData("https://attacker.example", null, false)]
    [InlineData("null", null, false)]
    [InlineData("https://attacker.example", "cross-site", false)]
    [InlineData("https://friend.example", "cross-site", true)]
    [InlineData("http://inside.example", "same-origin", true)]
    [InlineData(null, null, true)]
    public async Task Pages_of_other_sites_are_refused_unless_they_are_named(string? origin, string? site, bool isTaken)
    {
        using HttpResponseMessage response = await SendAsync(request =>
        {
            if (origin is not null)
                request.Headers.Add("Origin", origin);
            if (site is not null)
                request.Headers.Add("Sec-Fetch-Site", site);
        });
        Assert.Equal(isTaken ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(origin == "https://friend.example", response.Headers.Contains("Access-Control-Allow-Origin"));

        using var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        if (origin is not null)
            socket.Options.SetRequestHeader("Origin", origin);
        if (site is not null)
            socket.Options.SetRequestHeader("Sec-Fetch-Site", site);
        Task connected = socket.ConnectAsync(new UriBuilder(_service.Address) { Scheme = "ws", Path = "stream" }.Uri, default);
        if (isTaken)
            await connected;
        else
            await Assert.ThrowsAsync<WebSocketException>(() => connected);
        Assert.Equal(isTaken ? HttpStatusCode.SwitchingProtocols : HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [Fact]
    public async Task The_service_s_own_page_is_of_its_origin()
    {
        using HttpResponseMessage response = await SendAsync(
            request => request.Headers.Add("Origin", _service.Address.GetLeftPart(UriPartial.Authority)));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task With_keys_or_tokens_uploads_and_streams_need_one_and_the_rest_does_not()
    {
        const string key = "a key that nobody guesses";
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        await using RunningService service = await RunningService.StartAsync(
            trained,
            withModel: true,
            builder =>
            {
                builder.Configuration["Authentication:Schemes:Bearer:ValidIssuer"] = "tests";
                builder.Configuration["Authentication:Schemes:Bearer:ValidAudience"] = "service";
                builder.Configuration["Authentication:Schemes:Bearer:SigningKeys:0:Issuer"] = "tests";
                builder.Configuration["Authentication:Schemes:Bearer:SigningKeys:0:Value"] = Convert.ToBase64String(secret);
            },
            $"EventModel={events.Path}",
            $"ApiKeys:camera={Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}");
        Assert.Equal(401, await StatusAsync(_ => { }));
        Assert.Equal(401, await StatusAsync(request => request.Headers.Add("X-Api-Key", "another key")));
        Assert.Equal(200, await StatusAsync(request => request.Headers.Add("X-Api-Key", key)));
        Assert.Equal(200, await StatusAsync(request => request.Headers.Authorization = Bearer(secret, "service", minutes: 5)));
        Assert.Equal(401, await StatusAsync(request => request.Headers.Authorization = Bearer(secret, "service", minutes: -30)));
        Assert.Equal(401, await StatusAsync(request => request.Headers.Authorization = Bearer(secret, "another", minutes: 5)));
        Assert.Equal(401, await StatusAsync(request => request.Headers.Authorization = Bearer(new byte[32], "service", minutes: 5)));
        await AssertAnswerAsync(await service.PostAsync(_picture), 401, "X-Api-Key");
        await AssertAnswerAsync(await service.PostAsync(_picture, "inspect"), 401, "X-Api-Key");
        await AssertAnswerAsync(await service.Client.GetAsync("stream"), 401);
        await AssertAnswerAsync(await service.Client.GetAsync("health"), 200);
        await AssertAnswerAsync(await service.Client.GetAsync("/"), 200);

        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("X-Api-Key", key);
        await socket.ConnectAsync(new UriBuilder(service.Address) { Scheme = "ws", Path = "stream" }.Uri, default);

        async Task<int> StatusAsync(Action<HttpRequestMessage> change)
        {
            using HttpResponseMessage response = await SendAsync(change, service);
            return (int)response.StatusCode;
        }
    }

    [Fact]
    public async Task A_known_proxy_s_word_is_taken_for_who_the_client_is_and_nobody_else_s()
    {
        await using RunningService behind = await RunningService.StartAsync(
            trained, withModel: true, configure: null, "ClientRequestsPerSecond=10", "KnownProxies:0=127.0.0.0/8");
        Assert.Equal(HttpStatusCode.TooManyRequests, await FloodAsync(behind, "192.0.2.1"));
        using HttpResponseMessage other = await behind.Client.SendAsync(Get("192.0.2.2"));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);

        await using RunningService open = await RunningService.StartAsync(trained, withModel: true, configure: null, "ClientRequestsPerSecond=10");
        Assert.Equal(HttpStatusCode.TooManyRequests, await FloodAsync(open, "192.0.2.1"));
        using HttpResponseMessage lied = await open.Client.SendAsync(Get("192.0.2.2"));
        Assert.Equal(HttpStatusCode.TooManyRequests, lied.StatusCode);

        static HttpRequestMessage Get(string client) => new(HttpMethod.Get, "health") { Headers = { { "X-Forwarded-For", client } } };

        static async Task<HttpStatusCode> FloodAsync(RunningService service, string client)
        {
            HttpStatusCode last = default;
            HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => service.Client.SendAsync(Get(client))));
            foreach (HttpResponseMessage answer in answers)
            {
                last = answer.StatusCode == HttpStatusCode.OK ? last : answer.StatusCode;
                answer.Dispose();
            }
            return last;
        }
    }

    private static AuthenticationHeaderValue Bearer(byte[] secret, string audience, int minutes)
    {
        long end = DateTimeOffset.UtcNow.AddMinutes(minutes).ToUnixTimeSeconds();
        string content = Encode("""{"alg":"HS256","typ":"JWT"}"""u8) + "."
            + Encode(Encoding.UTF8.GetBytes($$"""{"iss":"tests","aud":"{{audience}}","sub":"somebody","exp":{{end}}}"""));
        return new("Bearer", $"{content}.{Encode(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(content)))}");

        static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
    }

    private async Task<HttpResponseMessage> SendAsync(Action<HttpRequestMessage> change, RunningService? service = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "classify") { Content = new ByteArrayContent(_picture) };
        change(request);
        return await (service ?? _service).Client.SendAsync(request);
    }

    private static async Task AssertAnswerAsync(HttpResponseMessage response, int status, string reason = "")
    {
        using (response)
        {
            string body = await response.Content.ReadAsStringAsync();
            Assert.True((int)response.StatusCode == status, $"{response.StatusCode}: {body}");
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
            Assert.Contains("default-src 'self'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")));
            Assert.False(response.Headers.Contains("Server"));
            if (status < 400)
                return;
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            JsonElement problem = JsonDocument.Parse(body).RootElement;
            Assert.Equal(status, problem.GetProperty("status").GetInt32());
            Assert.Contains(reason, problem.TryGetProperty("detail", out JsonElement detail) ? detail.GetString() : "");
            // Nothing of where the service runs.
            Assert.DoesNotContain(AppContext.BaseDirectory, body);
            Assert.DoesNotContain(Path.GetTempPath(), body);
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ServiceAttack;

namespace Samples.Tests.WebService;

/// <summary>Uploads made to do harm: each is answered 4xx with the reason, and the service lives on.</summary>
public sealed class HostileUploadTests(TrainedModel trained) : IAsyncLifetime
{
    private const int _maxBody = 200_000;
    private RunningService _service = null!;

    public async ValueTask InitializeAsync() => _service = await RunningService.StartAsync(
        trained, withModel: true, configure: null, $"MaxBodyBytes={_maxBody}", "MaxPixels=1000000");

    public async ValueTask DisposeAsync()
    {
        Assert.Equal("green", (await _service.ClassifyAsync(TrainedModel.Draw("green", new Random(1)))).Label);
        await _service.DisposeAsync();
    }

    [Fact]
    public Task Nothing() => AssertRefusedAsync([], HttpStatusCode.BadRequest, "no picture or recording");

    [Fact]
    public Task Noise()
    {
        byte[] noise = new byte[5000];
        new Random(1).NextBytes(noise);
        return AssertRefusedAsync(noise, HttpStatusCode.UnprocessableEntity, "not a picture");
    }

    [Fact]
    public Task A_picture_cut_short()
    {
        byte[] picture = TrainedModel.Draw("red", new Random(2), size: 200);
        return AssertRefusedAsync(picture[..(picture.Length / 2)], HttpStatusCode.UnprocessableEntity, "damaged");
    }

    [Fact]
    public Task A_header_that_claims_30_000_x_30_000_pixels() =>
        AssertRefusedAsync(HostileFiles.Png(30_000, 30_000, data: [0]), HttpStatusCode.UnprocessableEntity, "30000 x 30000");

    [Fact]
    public Task A_bomb_whose_kilobytes_are_400_million_pixels()
    {
        byte[] bomb = HostileFiles.Png(20_000, 20_000, new byte[20_000 * 2501L]);
        Assert.InRange(bomb.Length, 1, _maxBody);
        return AssertRefusedAsync(bomb, HttpStatusCode.UnprocessableEntity, "20000 x 20000");
    }

    [Fact]
    public async Task A_small_picture_with_much_more_data_than_pixels_costs_no_more_than_its_pixels()
    {
        byte[] bomb = HostileFiles.Png(16, 16, new byte[100 << 20]);
        Assert.InRange(bomb.Length, 1, _maxBody);
        using HttpResponseMessage response = await _service.PostAsync(bomb);
        Assert.True((int)response.StatusCode is 200 or >= 400 and < 500, $"{response.StatusCode}");
    }

    [Fact]
    public async Task Text_that_is_named_jpg()
    {
        using var file = new ByteArrayContent("This is no picture."u8.ToArray());
        file.Headers.ContentType = new("image/jpeg");
        using var form = new MultipartFormDataContent { { file, "picture", "picture.jpg" } };
        await AssertRefusedAsync(form, HttpStatusCode.UnprocessableEntity, "not a picture");
    }

    [Fact]
    public async Task Forms_without_a_file_with_two_and_with_an_empty_one()
    {
        using var none = new MultipartFormDataContent { { new StringContent("text"), "picture" } };
        await AssertRefusedAsync(none, HttpStatusCode.BadRequest, "0 files");
        using var two = new MultipartFormDataContent
        {
            { new ByteArrayContent([1]), "a", "a.png" }, { new ByteArrayContent([2]), "b", "b.png" },
        };
        await AssertRefusedAsync(two, HttpStatusCode.BadRequest, "2 files");
        using var empty = new MultipartFormDataContent { { new ByteArrayContent([]), "picture", "picture.png" } };
        await AssertRefusedAsync(empty, HttpStatusCode.BadRequest, "no picture or recording");
    }

    [Fact]
    public async Task A_form_that_is_none()
    {
        using var content = new StringContent("--x\r\nnonsense");
        content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
        await AssertRefusedAsync(content, HttpStatusCode.BadRequest, "form");
    }

    [Fact]
    public Task A_body_of_which_a_gigabyte_is_announced() =>
        AssertRefusedRawAsync("Content-Length: 1073741824\r\n\r\n", "", times: 0);

    [Fact]
    public Task A_body_that_does_not_end() =>
        AssertRefusedRawAsync("Transfer-Encoding: chunked\r\n\r\n", $"10000\r\n{new string('x', 0x10000)}\r\n", times: 4);

    private async Task AssertRefusedAsync(byte[] body, HttpStatusCode status, string reason)
    {
        using var content = new ByteArrayContent(body);
        await AssertRefusedAsync(content, status, reason);
    }

    private async Task AssertRefusedAsync(HttpContent content, HttpStatusCode status, string reason)
    {
        using HttpResponseMessage response = await _service.Client.PostAsync("classify", content);
        string answer = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{response.StatusCode}: {answer}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(reason, JsonDocument.Parse(answer).RootElement.GetProperty("detail").GetString());
    }

    /// <summary>Byte by byte, since a client of the library would not send such a request to its end.</summary>
    private async Task AssertRefusedRawAsync(string headers, string chunk, int times)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_service.Address.Host, _service.Address.Port);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /classify HTTP/1.1\r\nHost: localhost\r\n{headers}"));
        for (int i = 0; i < times; i++)
            await stream.WriteAsync(Encoding.ASCII.GetBytes(chunk));
        using var reader = new StreamReader(stream, Encoding.ASCII);
        Assert.StartsWith("HTTP/1.1 413", await reader.ReadLineAsync());
    }
}

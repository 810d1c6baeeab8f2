using System.Collections;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Transforms.Image;
using PictureScoring;
using WebApp.Endpoints;
using WebApp.Models;

namespace Samples.Tests.WebService;

public sealed class ClassificationTests(TrainedModel trained) : IAsyncLifetime
{
    private RunningService _service = null!;

    public async ValueTask InitializeAsync() => _service = await RunningService.StartAsync(trained);

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task The_answer_is_that_of_the_model_to_the_last_bit()
    {
        PictureModel model = PictureModel.Load(trained.Path);
        using PictureScorer scorer = model.CreateScorer();
        foreach (string color in TrainedModel.Classes)
        {
            byte[] picture = TrainedModel.Draw(color, new Random(7), size: 40);
            SpikingTrace trace = model.Network.Trace(scorer.Features(PictureDecoder.Decode(picture, maximumPixels: 1600)));
            Classification answer = await _service.ClassifyAsync(picture);
            Assert.Equal(color, answer.Label);
            Assert.Equal(TrainedModel.Classes, answer.Scores.Keys);
            Assert.Equal(trace.ScoresAt(trace.TimeSteps - 1), answer.Scores.Values);
            Assert.Equal((trace.TimeSteps, trace.Spikes, trace.Additions), (answer.StepsUsed, answer.Spikes, answer.Additions));
            Assert.Equal(trace.EnergyNanojoules(), answer.EnergyNanojoules);
        }
    }

    [Slow]
    [Theory]
    [InlineData("ExitConfidence=0", 1)]
    [InlineData("ExitMargin=0", 1)]
    [InlineData("ExitConfidence=1", null)]
    public async Task A_network_that_is_sure_enough_stops_early(string setting, int? steps)
    {
        await using RunningService service = await RunningService.StartAsync(trained, settings: setting);
        PictureModel model = PictureModel.Load(trained.Path);
        using PictureScorer scorer = model.CreateScorer();
        byte[] picture = TrainedModel.Draw("red", new Random(7));
        SpikingTrace whole = model.Network.Trace(scorer.Features(PictureDecoder.Decode(picture, maximumPixels: 1600)));
        Assert.True(whole.TimeSteps > 1);
        // A probability rounds to 1 where the network is that sure: the trace says at which step.
        int expected = steps
            ?? Math.Min(whole.TimeSteps, 1 + Enumerable.Range(0, whole.TimeSteps).TakeWhile(t => whole.ScoresAt(t).Max() < 1).Count());
        Classification answer = await service.ClassifyAsync(picture);
        Assert.Equal(expected, answer.StepsUsed);
        Assert.Equal(whole.ScoresAt(expected - 1), answer.Scores.Values);
        Assert.Equal(whole.Layers.Sum(layer => layer.SpikeCounts.Take(expected).Sum(count => (long)count)), answer.Spikes);
    }

    [Fact]
    public async Task A_forms_file_is_answered_like_a_body()
    {
        byte[] picture = TrainedModel.Draw("green", new Random(8));
        using var form = new MultipartFormDataContent { { new ByteArrayContent(picture), "picture", "picture.png" } };
        using HttpResponseMessage response = await _service.Client.PostAsync("classify", form);
        Classification answer = (await response.Content.ReadFromJsonAsync<Classification>())!;
        Assert.Equal("green", answer.Label);
        Assert.Equal((await _service.ClassifyAsync(picture)).Scores, answer.Scores);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("image/png")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task The_bytes_tell_what_they_are_whatever_the_client_calls_them(string? type)
    {
        using var body = new ByteArrayContent(TrainedModel.Draw("blue", new Random(10)));
        body.Headers.ContentType = type is null ? null : new(type);
        using HttpResponseMessage response = await _service.Client.PostAsync("classify", body);
        Assert.Equal("blue", (await response.Content.ReadFromJsonAsync<Classification>())!.Label);
    }

    [Fact]
    public async Task An_inspection_holds_every_spike()
    {
        byte[] picture = TrainedModel.Draw("red", new Random(9));
        using HttpResponseMessage response = await _service.PostAsync(picture, "inspect");
        Inspection answer = (await response.Content.ReadFromJsonAsync<Inspection>())!;
        Assert.Equal("red", answer.Result.Label);
        Assert.Equal(answer.Result.Scores.Values, answer.StepScores[^1]);
        Assert.Equal(answer.Result.StepsUsed, answer.StepScores.Count);
        Assert.Equal(answer.Result.Spikes, answer.Layers.Sum(layer => layer.SpikeCounts.Sum()));
        foreach (LayerInspection layer in answer.Layers)
            Assert.Equal(layer.SpikeCounts, layer.Fired.Select(bits => new BitArray(bits).Cast<bool>().Count(fired => fired)));
        Assert.InRange(answer.Result.Additions, 1, answer.DenseMultiplyAdds * answer.Result.StepsUsed);
    }

    [Fact]
    public async Task It_tells_of_its_health_and_describes_itself()
    {
        Assert.Equal(new Health("ok", new(3, 4), Recordings: null), await _service.Client.GetFromJsonAsync<Health>("health"));
        JsonElement paths = (await _service.Client.GetFromJsonAsync<JsonElement>("openapi/v1.json")).GetProperty("paths");
        Assert.Equal(["/classify", "/health", "/inspect"], paths.EnumerateObject().Select(path => path.Name).Order());
        JsonElement classify = paths.GetProperty("/classify").GetProperty("post");
        Assert.True(classify.GetProperty("requestBody").GetProperty("content").TryGetProperty("image/png", out _));
        Assert.True(classify.GetProperty("responses").TryGetProperty("422", out _));
    }

    [Fact]
    public async Task More_pictures_than_may_wait_are_sent_away()
    {
        await using RunningService small = await RunningService.StartAsync(
            trained, withModel: true, configure: null, "MaxConcurrency=1", "MaxWaiting=0");
        var classifier = small.Services.GetRequiredService<Classifier>();
        byte[] picture = TrainedModel.Draw("blue", new Random(4));
        using var isScoring = new ManualResetEventSlim();
        using var mayEnd = new ManualResetEventSlim();
        Task first = Task.Run(() => classifier.ClassifyAsync("test", picture, scored =>
        {
            isScoring.Set();
            mayEnd.Wait();
            return scored;
        }, CancellationToken.None));
        isScoring.Wait();
        using HttpResponseMessage second = await small.PostAsync(picture);
        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        Assert.NotNull(second.Headers.RetryAfter);
        mayEnd.Set();
        await first;
        Assert.Equal("blue", (await small.ClassifyAsync(picture)).Label);
    }

    [Fact]
    public async Task Without_a_model_it_says_how_to_make_one_and_takes_it_when_it_comes()
    {
        await using RunningService waiting = await RunningService.StartAsync(trained, withModel: false);
        byte[] picture = TrainedModel.Draw("red", new Random(5));
        using HttpResponseMessage health = await waiting.Client.GetAsync("health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        using HttpResponseMessage response = await waiting.PostAsync(picture);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("TrainAndScore", await response.Content.ReadAsStringAsync());

        File.Copy(trained.Path, waiting.Model);
        await RunningService.UntilAsync(async () => (await waiting.Client.GetAsync("health")).IsSuccessStatusCode);
        Assert.Equal("red", (await waiting.ClassifyAsync(picture)).Label);
    }

    [Slow]
    [Fact]
    public async Task A_new_model_takes_over_without_a_lost_request()
    {
        string other = Path.Combine(trained.Folder, "service-other.zip");
        trained.Train(other, seed: 2);
        byte[] picture = TrainedModel.Draw("red", new Random(6));
        float[] before = Scores(trained.Path), after = Scores(other);
        Assert.NotEqual(before, after);

        using var enough = new CancellationTokenSource();
        Task<int>[] clients = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            int answered = 0;
            for (; !enough.IsCancellationRequested; answered++)
            {
                float[] scores = [.. (await _service.ClassifyAsync(picture)).Scores.Values];
                Assert.True(scores.SequenceEqual(before) || scores.SequenceEqual(after));
            }
            return answered;
        }))];
        foreach (string next in new[] { other, trained.Path, other })
        {
            File.Copy(next, _service.Model, overwrite: true);
            float[] expected = next == other ? after : before;
            await RunningService.UntilAsync(async () => (await _service.ClassifyAsync(picture)).Scores.Values.SequenceEqual(expected));
        }
        File.WriteAllText(_service.Model, "damaged");
        await Task.Delay(200);
        Assert.Equal(after, (await _service.ClassifyAsync(picture)).Scores.Values);
        enough.Cancel();
        Assert.All(await Task.WhenAll(clients), answered => Assert.True(answered > 0));

        float[] Scores(string path)
        {
            using PictureScorer scorer = PictureModel.Load(path).CreateScorer();
            return scorer.Score(PictureDecoder.Decode(picture, maximumPixels: 1600));
        }
    }

    [Fact]
    public async Task What_ML_NET_warns_of_is_told_to_the_log()
    {
        var log = new CollectedLog();
        await using RunningService service = await RunningService.StartAsync(trained, configure: builder => builder.Logging.AddProvider(log));
        IChannelProvider model = SavedChain.Load<ImageLoadingTransformer, ImageDataViewType>(
            trained.Path, await File.ReadAllBytesAsync(trained.Path), "pictures", "LoadImages").Context;
        using (IChannel channel = model.Start("Test"))
            channel.Warning(MessageSensitivity.None, "there is something");
        Assert.Contains("Warning WebApp.ModelWarnings: there is something", log.Lines);
    }
}

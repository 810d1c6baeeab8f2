using System.Net;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Tests.Events;
using Microsoft.ML.Snn.Tests.Speed;
using PictureScoring;
using WebApp.Endpoints;

namespace Samples.Tests.WebService;

/// <summary>Recordings of an event camera, sent like pictures.</summary>
public sealed class RecordingTests(TrainedModel trained, TrainedEventModel events) : IAsyncLifetime
{
    private const int _maxEvents = 20_000;
    private string _model = "";
    private RunningService _service = null!;

    public async ValueTask InitializeAsync()
    {
        _model = Path.Combine(events.Folder, $"service-{Guid.NewGuid():N}.zip");
        File.Copy(events.Path, _model);
        _service = await RunningService.StartAsync(
            trained, withModel: true, configure: null, $"EventModel={_model}", $"MaxEvents={_maxEvents}");
    }

    public async ValueTask DisposeAsync()
    {
        Assert.Equal("green", (await _service.ClassifyAsync(TrainedModel.Draw("green", new Random(1)))).Label);
        Assert.Equal(Scores(events.Path), (await _service.ClassifyAsync(File.ReadAllBytes(events.Recordings[0]))).Scores.Values);
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task The_answer_is_that_of_the_model_on_the_file_to_the_last_bit()
    {
        var context = new MLContext();
        SpikingNetwork network = context.Model.GetSpikingNetwork(context.Model.Load(events.Path, out _));
        SpikingTrace trace = network.Trace(Column("Features", events.Path, events.Recordings[0]));
        Classification answer = await _service.ClassifyAsync(File.ReadAllBytes(events.Recordings[0]));
        Assert.Equal(network.ClassLabels, answer.Scores.Keys);
        Assert.Equal(Scores(events.Path), answer.Scores.Values);
        Assert.Equal(answer.Scores.MaxBy(score => score.Value).Key, answer.Label);
        Assert.Equal((TrainedEventModel.TimeSteps, trace.Spikes, trace.Additions), (answer.StepsUsed, answer.Spikes, answer.Additions));
    }

    [Fact]
    public async Task A_forms_file_is_answered_like_a_body_and_inspected_too()
    {
        byte[] recording = File.ReadAllBytes(events.Recordings[0]);
        using var form = new MultipartFormDataContent { { new ByteArrayContent(recording), "recording", "recording.bin" } };
        using HttpResponseMessage response = await _service.Client.PostAsync("classify", form);
        Assert.Equal(Scores(events.Path), (await response.Content.ReadFromJsonAsync<Classification>())!.Scores.Values);
        using HttpResponseMessage inspected = await _service.PostAsync(recording, "inspect");
        Inspection inspection = (await inspected.Content.ReadFromJsonAsync<Inspection>())!;
        Assert.Equal(inspection.Result.Spikes, inspection.Layers.Sum(layer => layer.SpikeCounts.Sum()));
    }

    public static TheoryData<string> Kinds => [.. EventFiles.Kinds.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_same_events_in_any_format_get_the_same_answer(string kind)
    {
        PolarityEvent[] recorded = EventFiles.Make(400);
        Classification expected = await _service.ClassifyAsync(EventFiles.NMnist(recorded));
        Assert.Equal(expected.Scores.Values, (await _service.ClassifyAsync(EventFiles.Kinds[kind](recorded))).Scores.Values);
    }

    [Fact]
    public Task A_recording_cut_short() =>
        AssertRefusedAsync(EventFiles.Aedat31(EventFiles.Make(400), packetSize: 40)[..^5], "damaged");

    [Fact]
    public Task A_recording_without_events() => AssertRefusedAsync(EventFiles.Aedat2([], null), "no events");

    [Fact]
    public Task A_recording_of_a_larger_sensor_with_nothing_in_the_corner_that_the_model_sees() =>
        AssertRefusedAsync(EventFiles.Dat([new(10, 300, 300, isOn: true), new(20, 301, 300, isOn: false)]), "inside the sensor");

    [Fact]
    public Task More_events_than_are_taken() =>
        AssertRefusedAsync(EventFiles.NMnist([.. Enumerable.Range(0, _maxEvents + 1).Select(i => new PolarityEvent(i, 1, 1, true))]), "20000 events");

    [Slow]
    [Fact]
    public async Task A_bomb_whose_kilobytes_are_millions_of_events()
    {
        byte[] zeros = EventFiles.Npy("<i8", "(4000000, 4)", new byte[4_000_000 * 32]);
        byte[] bomb = EventFiles.Zip(("arr_0.npy", zeros));
        Assert.InRange(bomb.Length, 1, 1 << 20);
        await AssertRefusedAsync(bomb, "20000 events");
    }

    [Fact]
    public Task An_array_that_claims_more_events_than_it_has() =>
        AssertRefusedAsync(EventFiles.Npy(EventFiles.Make(10), statedCount: 1L << 40), "damaged");

    [Fact]
    public Task A_version_that_nobody_knows() => AssertRefusedAsync("#!AER-DAT9.0\r\n"u8.ToArray(), "not a picture, nor a recording");

    [Fact]
    public Task Text() => AssertRefusedAsync("This is neither."u8.ToArray(), "not a picture, nor a recording");

    [Fact]
    public Task A_damaged_picture_is_told_about_as_a_picture() =>
        AssertRefusedAsync(TrainedModel.Draw("red", new Random(2), size: 200)[..300], "picture");

    [Fact]
    public async Task Recordings_are_read_as_the_models_own_were()
    {
        string model = Path.Combine(events.Folder, $"reading-{Guid.NewGuid():N}.zip");
        events.Train(model, seed: 1, new EventReadOptions { Columns = "xytp", OnDamage = EventDamagePolicy.KeepEvents });
        await using RunningService service = await RunningService.StartAsync(
            trained, withModel: true, configure: null, $"EventModel={model}", $"MaxEvents={_maxEvents}");
        PolarityEvent[] recorded = EventFiles.Make(400);
        byte[] table = EventFiles.Npy("<i8", "(400, 4)", EventFiles.Longs(
            recorded.SelectMany(e => (long[])[e.X, e.Y, e.TimeMicroseconds, e.IsOn ? 1 : 0])));
        Classification answer = await service.ClassifyAsync(table);
        Assert.Null(answer.Damage);
        Assert.Equal(Column("Score", model, Save(table)), answer.Scores.Values);
        Assert.Equal((await service.ClassifyAsync(EventFiles.NMnist(recorded))).Scores.Values, answer.Scores.Values);

        // This model was trained to make do with what is left.
        byte[] cut = table[..^5];
        Classification partial = await service.ClassifyAsync(cut);
        Assert.Contains("damaged", partial.Damage);
        Assert.Equal(Column("Score", model, Save(cut)), partial.Scores.Values);

        string Save(byte[] file)
        {
            string path = Path.Combine(events.Folder, $"{Guid.NewGuid():N}.npy");
            File.WriteAllBytes(path, file);
            return path;
        }
    }

    [Fact]
    public async Task The_readers_reason_is_passed_on()
    {
        await AssertRefusedAsync(EventFiles.Npy("<i8", "(3, 5)", new byte[120]), "[3, 5]");
        byte[] table = EventFiles.Npy("<i8", "(1, 4)", EventFiles.Longs([5, 6, 1_000_000, 1]));
        await AssertRefusedAsync(table, nameof(EventReadOptions.Columns));
    }

    [Fact]
    public async Task An_option_that_the_reader_names_is_the_models()
    {
        await AssertRefusedAsync("5.5 1 1 1\n"u8.ToArray(), "TimeUnit. Here the options are those that the model was trained with.");
        await AssertRefusedAsync("This is neither."u8.ToArray(), "Format. Here the options are those");
        byte[] cut = EventFiles.Aedat31(EventFiles.Make(400), packetSize: 40)[..^5];
        using HttpResponseMessage response = await _service.PostAsync(cut);
        Assert.DoesNotContain("Here the options", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public Task HDF5() => AssertRefusedAsync([0x89, .. "HDF\r\n\x1a\n"u8, .. new byte[100]], "HDF5 files are not taken");

    [Fact]
    public void A_recording_is_not_kept_until_the_next_one_comes()
    {
        var chain = SavedChain.Load<EventLoadingTransformer, EventRecordingDataViewType>(
            events.Path, File.ReadAllBytes(events.Path), "recordings", "LoadEvents");
        using var extractor = new FeatureExtractor<Row>(chain);
        WeakReference loaded = Extract();
        GC.Collect();
        Assert.False(loaded.IsAlive);

        // A frame of its own, whose variables hold nothing afterwards.
        [MethodImpl(MethodImplOptions.NoInlining)]
        WeakReference Extract()
        {
            EventRecording recording = EventRecording.Load(events.Recordings[0]);
            Assert.Equal(chain.Network.FeatureCount, extractor.Extract(new() { Events = recording }).Length);
            return new(recording);
        }
    }

    [Fact]
    public async Task A_service_of_pictures_alone_says_that_it_cannot_read_a_recording()
    {
        await using RunningService pictures = await RunningService.StartAsync(trained);
        using HttpResponseMessage response = await pictures.PostAsync(File.ReadAllBytes(events.Recordings[0]));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
    }

    [Fact]
    public async Task A_new_model_takes_over_and_a_model_of_pictures_does_not()
    {
        byte[] recording = File.ReadAllBytes(events.Recordings[0]);
        string other = Path.Combine(events.Folder, $"other-{Guid.NewGuid():N}.zip");
        events.Train(other, seed: 2);
        float[] after = Scores(other);
        Assert.NotEqual(Scores(events.Path), after);
        File.Copy(other, _model, overwrite: true);
        await RunningService.UntilAsync(async () => (await _service.ClassifyAsync(recording)).Scores.Values.SequenceEqual(after));
        File.Copy(trained.Path, _model, overwrite: true);
        await Task.Delay(200);
        Assert.Equal(after, (await _service.ClassifyAsync(recording)).Scores.Values);
        File.Copy(events.Path, _model, overwrite: true);
        await RunningService.UntilAsync(async () => !(await _service.ClassifyAsync(recording)).Scores.Values.SequenceEqual(after));
    }

    [Fact]
    public async Task Health_tells_of_both_models_and_a_missing_one_is_waited_for()
    {
        Assert.Equal(
            new Health("ok", new(3, 4), new(events.Recordings.Select(Path.GetDirectoryName).Distinct().Count() / 2, TrainedEventModel.TimeSteps)),
            await _service.Client.GetFromJsonAsync<Health>("health"));

        string missing = Path.Combine(events.Folder, $"missing-{Guid.NewGuid():N}.zip");
        await using RunningService waiting = await RunningService.StartAsync(
            trained, withModel: true, configure: null, $"EventModel={missing}");
        using HttpResponseMessage health = await waiting.Client.GetAsync("health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        using HttpResponseMessage response = await waiting.PostAsync(File.ReadAllBytes(events.Recordings[0]));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("EventCamera", await response.Content.ReadAsStringAsync());
        Assert.Equal("red", (await waiting.ClassifyAsync(TrainedModel.Draw("red", new Random(3)))).Label);
        File.Copy(events.Path, missing);
        await RunningService.UntilAsync(async () => (await waiting.Client.GetAsync("health")).IsSuccessStatusCode);
    }

    private float[] Scores(string model) => Column("Score", model, events.Recordings[0]);

    private static float[] Column(string name, string model, string recording)
    {
        var context = new MLContext();
        IDataView file = context.Data.LoadFromEnumerable([new Recording { Path = recording }]);
        return context.Model.Load(model, out _).Transform(file).GetColumn<float[]>(name).Single();
    }

    private async Task AssertRefusedAsync(byte[] body, string reason)
    {
        using HttpResponseMessage response = await _service.PostAsync(body);
        string answer = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.UnprocessableEntity, $"{response.StatusCode}: {answer}");
        Assert.Contains(reason, JsonDocument.Parse(answer).RootElement.GetProperty("detail").GetString());
    }

    // MapValueToKey is part of this model, so a label must be there.
    private sealed class Recording
    {
        public string Path { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class Row
    {
        [EventRecordingType]
        public EventRecording? Events { get; set; }
    }
}

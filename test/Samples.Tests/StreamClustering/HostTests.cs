using System.Net;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Tests.Speed;
using StreamCluster.CommandLine;
using StreamCluster.Hosting;
using StreamCluster.Load;
using StreamCluster.Messages;
using StreamCluster.Streams;

namespace Samples.Tests.StreamClustering;

/// <summary>Streams on a host by itself. Each test starts Orleans.</summary>
[Slow]
public sealed class HostTests(TrainedModel pictures, TrainedEventModel trained)
{
    private const int Slice = RecordedStream.SliceEvents;

    private readonly RecordedStream _recorded = new(trained);

    [Fact]
    public async Task A_stream_goes_on_behind_its_deactivation_and_on_another_host_with_the_scores_of_one_session()
    {
        var storage = new KeptStorage();
        HostSettings settings = RunningHost.SettingsFor(trained.Path);
        await using (RunningHost host = await RunningHost.StartAsync(settings, storage))
        {
            ICameraGrain camera = host.Camera("a");
            BatchAnswer answer = await camera.PushAsync(_recorded.Batch(0, 3 * Slice));
            Assert.Equal((BatchOutcome.Taken, 3 * Slice, 0), (answer.Outcome, answer.Expected, answer.Stored));
            _recorded.AssertSlices(1, 3, answer.Slices);
            answer = await camera.PushAsync(_recorded.Batch(3 * Slice, 4 * Slice + 20, received: 3));
            Assert.Equal((4 * Slice + 20, 4 * Slice + 20), (answer.Expected, answer.Stored));
            await camera.PushAsync(_recorded.Batch(4 * Slice + 20, 5 * Slice + 20, received: 4));

            await host.DeactivateAsync();
            StreamDescription description = await camera.DescribeAsync();
            Assert.Equal((5 * Slice + 20, 5 * Slice + 20), (description.Expected, description.Stored));
            // The scores of slice 5, whose answer got lost, were stored as well.
            answer = await camera.PushAsync(_recorded.Batch(4 * Slice + 20, 5 * Slice + 20, received: 4));
            Assert.Equal(BatchOutcome.Repeated, answer.Outcome);
            _recorded.AssertSlices(5, 5, answer.Slices);
            await camera.PushAsync(_recorded.Batch(5 * Slice + 20, 6 * Slice, received: 5));
        }
        await using (RunningHost host = await RunningHost.StartAsync(settings, storage))
        {
            ICameraGrain camera = host.Camera("a");
            BatchAnswer answer = await camera.PushAsync(_recorded.Batch(7 * Slice, 8 * Slice, received: 6));
            Assert.Equal((BatchOutcome.Gap, 6 * Slice), (answer.Outcome, answer.Expected));
            answer = await camera.PushAsync(_recorded.Batch(6 * Slice, RecordedStream.Count, received: 6));
            _recorded.AssertSlices(7, _recorded.Scores.Count, answer.Slices);
        }
    }

    [Fact]
    public async Task A_host_by_itself_keeps_snapshots_in_its_memory()
    {
        await using RunningHost host = await RunningHost.StartAsync(RunningHost.SettingsFor(trained.Path));
        ICameraGrain camera = host.Camera("a");
        await camera.PushAsync(_recorded.Batch(0, 1000));
        await host.DeactivateAsync();
        BatchAnswer answer = await camera.PushAsync(_recorded.Batch(1000, RecordedStream.Count, received: 1000 / Slice));
        _recorded.AssertSlices(1000 / Slice + 1, _recorded.Scores.Count, answer.Slices);
    }

    [Fact]
    public async Task A_snapshot_that_is_damaged_or_of_another_network_is_refused_by_name_until_the_stream_starts_over()
    {
        var storage = new KeptStorage();
        await using (RunningHost host = await RunningHost.StartAsync(RunningHost.SettingsFor(trained.Path), storage))
        {
            await host.Camera("first").PushAsync(_recorded.Batch(0, 1000));
            await host.Camera("second").PushAsync(_recorded.Batch(0, 1000));
        }
        (byte[] bytes, string tag) = storage.Stored["second"];
        storage.Stored["second"] = (bytes[..^1], tag);
        string other = Path.Combine(trained.Folder, "another-network.zip");
        trained.Train(other, seed: 2);
        await using (RunningHost host = await RunningHost.StartAsync(RunningHost.SettingsFor(other), storage))
        {
            ICameraGrain first = host.Camera("first"), second = host.Camera("second");
            var refused = await Assert.ThrowsAsync<StreamRefusedException>(() => first.PushAsync(_recorded.Batch(1000, 1100)));
            Assert.Contains("'first'", refused.Message);
            Assert.Contains("another network", refused.Message);
            refused = await Assert.ThrowsAsync<StreamRefusedException>(second.DescribeAsync);
            Assert.Contains("'second'", refused.Message);
            Assert.Contains("damaged", refused.Message);
            await host.DeactivateAsync();
            Assert.Equal(bytes[..^1], storage.Stored["second"].Bytes);

            await second.StartOverAsync();
            Assert.Equal((0, 0), ((await second.DescribeAsync()).Expected, (await second.DescribeAsync()).Stored));
            Assert.Equal(BatchOutcome.Taken, (await second.PushAsync(_recorded.Batch(0, 1000))).Outcome);
        }
    }

    [Fact]
    public async Task A_stream_that_was_refused_goes_on_once_its_snapshot_is_mended()
    {
        var storage = new KeptStorage();
        await using RunningHost host = await RunningHost.StartAsync(RunningHost.SettingsFor(trained.Path), storage);
        ICameraGrain camera = host.Camera("a");
        await camera.PushAsync(_recorded.Batch(0, 1000));
        await host.DeactivateAsync();
        (byte[] bytes, string tag) = storage.Stored["a"];
        storage.Stored["a"] = (bytes[..^1], tag);
        for (int i = 0; i < 2; i++)
            await Assert.ThrowsAsync<StreamRefusedException>(camera.DescribeAsync);
        storage.Stored["a"] = (bytes, tag);
        BatchAnswer answer = await camera.PushAsync(_recorded.Batch(1000, RecordedStream.Count, received: 1000 / Slice));
        _recorded.AssertSlices(1000 / Slice + 1, _recorded.Scores.Count, answer.Slices);
    }

    [Fact]
    public async Task Events_that_complete_no_slice_are_stored_before_they_are_too_many_for_their_sender()
    {
        const int Batch = CameraStream.MostEvents;
        HostSettings settings = RunningHost.SettingsFor(trained.Path) with { SliceEvents = 1 << 24 };
        await using RunningHost host = await RunningHost.StartAsync(settings);
        var source = new SimulatedEvents(_recorded.Model.FrameHeight, _recorded.Model.FrameWidth, seed: 1);
        var events = new PolarityEvent[Batch];
        for (long next = 0; next < 2 * SnapshotInterval.MostEvents; next += Batch)
        {
            source.Read(next, events);
            BatchAnswer answer = await host.Camera("a").PushAsync(new(next, EventBytes.Write(events), 0));
            Assert.Equal((next + Batch, 0), (answer.Expected, answer.Slices.Length));
            Assert.InRange(answer.Expected - answer.Stored, 0, SnapshotInterval.MostEvents - Batch);
        }
    }

    [Theory]
    [InlineData(false, "have stored")]
    [InlineData(true, "2 of the streams could not")]
    public async Task A_host_that_ends_knows_which_streams_are_stored(bool isAway, string message)
    {
        var storage = new KeptStorage();
        RunningHost host = await RunningHost.StartAsync(RunningHost.SettingsFor(trained.Path), storage);
        foreach (string name in (string[])["a", "b"])
            await host.Camera(name).PushAsync(_recorded.Batch(0, Slice));
        storage.IsAway = isAway;
        await host.DisposeAsync();
        Assert.Equal(isAway ? 0 : 2, storage.Stored.Count);
        Assert.Contains(message, ClusterCommand.DescribeEnd(isByItself: false, host.Unstored));
        Assert.Contains("are lost", ClusterCommand.DescribeEnd(isByItself: true, host.Unstored));
    }

    [Fact]
    public async Task A_load_compares_all_scores_while_the_host_is_restarted()
    {
        var storage = new KeptStorage();
        HostSettings settings = RunningHost.SettingsFor(trained.Path);
        RunningHost host = await RunningHost.StartAsync(settings, storage);
        const int Cameras = 3, Events = 6000;
        var load = new LoadSettings(
            Redis: null, new(IPAddress.Loopback, settings.GatewayPort), "camera", Cameras, Events, Rate: 1500, Batch: 200, trained.Path,
            TimeSpan.FromMinutes(2), Seed: 1);
        Task<LoadReport> running = LoadRun.RunAsync(load, progress: null, CancellationToken.None);
        while (storage.Stored.Count < Cameras)
        {
            Assert.False(running.IsCompleted);
            await Task.Delay(50);
        }
        await host.DisposeAsync();
        host = await RunningHost.StartAsync(settings, storage);
        LoadReport report = await running;
        await host.DisposeAsync();
        Assert.Equal(Cameras * Events / Slice, report.Slices);
        Assert.InRange(report.Compared, report.Slices, long.MaxValue);
        Assert.InRange(report.MedianSeconds, 0, report.P99Seconds);
        Assert.True(report.Reconnections > 0);
    }

    [Fact]
    public async Task What_cannot_be_served_is_told_before_the_host_starts()
    {
        string missing = Path.Combine(trained.Folder, "missing.zip");
        Assert.Contains("There is no model", (await Assert.ThrowsAsync<SampleApp.UserException>(
            () => ClusterHost.CreateAsync(RunningHost.SettingsFor(missing)))).Message);
        Assert.Contains("LoadEvents", (await Assert.ThrowsAsync<InvalidDataException>(
            () => ClusterHost.CreateAsync(RunningHost.SettingsFor(pictures.Path)))).Message);
        string nowhere = $"127.0.0.1:{RunningHost.FreePort()},connectTimeout=500,connectRetry=0";
        Assert.Contains("No Redis answers", (await Assert.ThrowsAsync<SampleApp.UserException>(
            () => ClusterHost.CreateAsync(RunningHost.SettingsFor(trained.Path, redis: nowhere)))).Message);
        Assert.Contains("--redis", (await Assert.ThrowsAsync<SampleApp.UserException>(() => RedisAddress.CheckAsync("host,nonsense=1"))).Message);
    }
}

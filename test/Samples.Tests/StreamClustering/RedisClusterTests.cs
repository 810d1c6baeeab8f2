using System.Diagnostics;
using System.Net;
using Microsoft.ML.Snn.Tests.Speed;
using SampleApp;
using Samples.Tests.TrainingAndScoring;
using StackExchange.Redis;
using StreamCluster.Hosting;
using StreamCluster.Load;

namespace Samples.Tests.StreamClustering;

/// <summary>Hosts that are processes of their own and meet in a Redis.</summary>
[Slow]
public sealed class RedisClusterTests(TrainedEventModel trained)
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Scores_stay_those_of_one_session_where_a_host_is_killed()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "Hosts that fail are tested with Debian's redis-server.");
        using RedisServer redis = await RedisServer.StartAsync();
        using Process first = await StartAsync(redis), second = await StartAsync(redis);
        try
        {
            const int Cameras = 6, Events = 15_000;
            var load = new LoadSettings(
                redis.Address, new(IPAddress.Loopback, 1), "camera", Cameras, Events, Rate: 1000, Batch: 250, trained.Path, _patience,
                Seed: 1);
            Task<LoadReport> running = LoadRun.RunAsync(load, progress: null, CancellationToken.None);
            await using (ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(redis.Address))
            {
                IServer server = connection.GetServer(redis.Address);
                // Every camera has a snapshot, and much is still to come.
                while (server.Keys(pattern: "*camera-*").Count() < Cameras)
                {
                    Assert.False(running.IsCompleted);
                    await Task.Delay(50);
                }
            }
            first.Kill();
            LoadReport report = await running;
            Assert.Equal(Cameras * Events / RecordedStream.SliceEvents, report.Slices);
            Assert.InRange(report.Compared, report.Slices, long.MaxValue);
            Assert.True(report.Reconnections > 0);
            Assert.False(second.HasExited);
        }
        finally
        {
            first.Kill();
            second.Kill();
        }
    }

    [Fact]
    public async Task Hosts_of_a_cluster_have_the_same_model_slicing_and_window()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "Hosts that fail are tested with Debian's redis-server.");
        using RedisServer redis = await RedisServer.StartAsync();
        string other = Path.Combine(trained.Folder, "lease.zip");
        trained.Train(other, seed: 3);
        HostSettings settings = RunningHost.SettingsFor(trained.Path, redis: redis.Address);
        var ready = new TaskCompletionSource();
        Task<int> running = ClusterHost.RunAsync(settings, _ => ready.SetResult(), CancellationToken.None);
        await (await Task.WhenAny(ready.Task, running)).WaitAsync(_patience);

        HostSettings next = RunningHost.SettingsFor(trained.Path, redis: redis.Address);
        (await ClusterHost.CreateAsync(next)).Dispose();
        HostSettings[] others = [next with { Model = other }, next with { SliceEvents = 99 }, next with { WindowSlices = 9 }];
        foreach (HostSettings differing in others)
        {
            string refused = (await Assert.ThrowsAsync<UserException>(() => ClusterHost.CreateAsync(differing))).Message;
            Assert.Contains("The cluster's hosts score with", refused);
            Assert.Contains("--slice-events", refused);
        }
        Assert.False(running.IsCompleted);

        // The key was lost, and another host came first: this one would go on with what the cluster does not have.
        await using (ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(redis.Address))
            await connection.GetDatabase().StringSetAsync(ModelLease.Key, "another model");
        Assert.Contains("another model", (await Assert.ThrowsAsync<UserException>(() => running.WaitAsync(_patience))).Message);
    }

    private async Task<Process> StartAsync(RedisServer redis)
    {
        HostSettings settings = RunningHost.SettingsFor(trained.Path);
        Process process = Process.Start(new ProcessStartInfo("dotnet",
        [
            Path.Combine(Sample.Folder("StreamCluster"), "StreamCluster.dll"), "host", "--model", trained.Path, "--redis", redis.Address,
            "--slice-events", $"{RecordedStream.SliceEvents}", "--snapshot-slices", "4", "--port", $"{settings.Port}", "--gateway-port",
            $"{settings.GatewayPort}",
        ])
        {
            RedirectStandardOutput = true,
        })!;
        using var limit = new CancellationTokenSource(_patience);
        string? line = await process.StandardOutput.ReadLineAsync(limit.Token);
        Assert.StartsWith("Ready for cameras", line);
        return process;
    }
}

using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using StackExchange.Redis;
using StreamCluster.Hosting;
using StreamCluster.Messages;
using StreamCluster.Streams;

namespace StreamCluster.Load;

/// <summary>Cameras of a cluster, all from one process: a client of Orleans.</summary>
internal static class LoadRun
{
    // Of a call: what a host that has ended never answers is sent again after it.
    private static readonly TimeSpan _responseTimeout = TimeSpan.FromSeconds(10), _refresh = TimeSpan.FromSeconds(2);

    /// <summary>Sends all events of all cameras, whose streams start over.</summary>
    /// <param name="settings">What is asked for.</param>
    /// <param name="progress">Takes a line a second; null for none.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="UserException">
    /// No host or Redis answers, the model to verify with is missing or another one, or what a camera throws.
    /// </exception>
    /// <exception cref="InvalidDataException">The model to verify with cannot score streams.</exception>
    /// <exception cref="StreamRefusedException">A stream refuses what sending again would not put right.</exception>
    public static async Task<LoadReport> RunAsync(LoadSettings settings, Action<LoadReport>? progress, CancellationToken cancellation)
    {
        ConfigurationOptions? redis = settings.Redis is { } address ? await RedisAddress.CheckAsync(address) : null;
        using IHost client = CreateClient(settings, redis);
        await ConnectAsync(client, settings, cancellation);
        try
        {
            IGrainFactory grains = client.Services.GetRequiredService<IGrainFactory>();
            StreamDescription description = await DescribeAsync(grains.GetGrain<ICameraGrain>($"{settings.Name}-0"));
            StreamModel? model = settings.Verify is { } zip ? LoadModel(zip, description) : null;
            var tally = new LoadTally();
            CameraClient[] cameras = [.. Enumerable.Range(0, settings.Cameras).Select(i =>
            {
                string name = $"{settings.Name}-{i}";
                var source = new SimulatedEvents(description.FrameHeight, description.FrameWidth, settings.Seed + i);
                LocalScores? local = model is null ? null : new(model.CreateSession(), source, settings.Events);
                return new CameraClient(name, grains.GetGrain<ICameraGrain>(name), source, local, settings, tally);
            })];

            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            long started = Stopwatch.GetTimestamp();
            // On threads of the pool: comparing computes.
            List<Task> running = [.. cameras.Select(camera => Task.Run(() => camera.RunAsync(end.Token), end.Token))];
            Task all = EndWithFirstFailureAsync(running, end);
            if (progress is not null)
                await TellUntilAsync(all, () => progress(tally.Report(started)), TimeSpan.FromSeconds(1), cancellation);
            await all;
            return tally.Report(started);
        }
        finally
        {
            await client.StopAsync(CancellationToken.None);
        }
    }

    /// <summary>Tells something again and again until a task ends or the run is canceled.</summary>
    internal static async Task TellUntilAsync(Task end, Action tell, TimeSpan period, CancellationToken cancellation)
    {
        while (await Task.WhenAny(end, Task.Delay(period, cancellation)) != end && !cancellation.IsCancellationRequested)
            tell();
    }

    private static IHost CreateClient(LoadSettings settings, ConfigurationOptions? redis)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        // What fails on the way is tried again, and counted: the log would tell it many times.
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client =>
        {
            if (redis is null)
                client.UseStaticClustering(settings.Gateway);
            else
                client.UseRedisClustering(options => options.ConfigurationOptions = redis);
            client.Configure<ClusterOptions>(
                options => (options.ClusterId, options.ServiceId) = (ClusterHost.ClusterId, ClusterHost.ServiceId));
            client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = _responseTimeout);
            client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = _refresh);
        });
        return builder.Build();
    }

    private static async Task ConnectAsync(IHost client, LoadSettings settings, CancellationToken cancellation)
    {
        try
        {
            await client.StartAsync(cancellation);
        }
        // What Orleans throws depends on what it does not find.
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            throw new UserException(
                $"No host answers at {settings.Redis ?? settings.Gateway.ToString()}: start one with "
                + "'dotnet run -c Release --project src/Samples/StreamCluster -- host --model model.zip"
                + $"{(settings.Redis is { } redis ? $" --redis {redis}" : "")}'. ({e.GetBaseException().Message})", e);
        }
    }

    /// <summary>Any stream's, which starts over if it refuses to go on: the load needs none of what it knew.</summary>
    private static async Task<StreamDescription> DescribeAsync(ICameraGrain camera)
    {
        try
        {
            await camera.StartOverAsync();
            return await camera.DescribeAsync();
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            throw new UserException($"The cluster cannot begin a stream: {e.Message}", e);
        }
    }

    private static StreamModel LoadModel(string zip, StreamDescription description)
    {
        StreamModel model = StreamModel.Load(zip, description.SliceEvents, description.WindowSlices);
        return model.Hash == description.ModelHash
            ? model : throw new UserException($"--verify {zip} is another model than the cluster's: its SHA-256 is {model.Hash}, "
                + $"the cluster's {description.ModelHash}.");
    }

    private static async Task EndWithFirstFailureAsync(List<Task> running, CancellationTokenSource end)
    {
        while (running.Count > 0)
        {
            Task done = await Task.WhenAny(running);
            running.Remove(done);
            if (done.IsCompletedSuccessfully)
                continue;
            await end.CancelAsync();
            await Task.WhenAll(running).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await done;
        }
    }
}

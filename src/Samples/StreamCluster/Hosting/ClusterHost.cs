using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using StackExchange.Redis;
using StreamCluster.Streams;

namespace StreamCluster.Hosting;

/// <summary>A host of streams: a silo of Orleans, by itself or one of a cluster that meets in a Redis.</summary>
internal static class ClusterHost
{
    /// <summary>The name of the storage that snapshots go to.</summary>
    public const string StorageName = "streams";

    /// <summary>The cluster's name, and that of the service, where hosts and clients meet.</summary>
    public const string ClusterId = "snnml-streams", ServiceId = "snnml-streams";

    // Three probes without an answer and a host counts as dead: some seconds, rather than Orleans' half a minute.
    private static readonly TimeSpan _probeTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Makes a host, which is not started yet.</summary>
    /// <param name="settings">What is asked for.</param>
    /// <param name="configure">Changes the silo, storage included; null for nothing.</param>
    /// <exception cref="UserException">
    /// There is no such model, no Redis answers, or the hosts that meet there have another model, slicing or window.
    /// </exception>
    /// <exception cref="InvalidDataException">The model cannot score streams.</exception>
    public static async Task<IHost> CreateAsync(HostSettings settings, Action<ISiloBuilder>? configure = null)
    {
        StreamModel model = StreamModel.Load(settings.Model, settings.SliceEvents, settings.WindowSlices);
        ConfigurationOptions? redis = settings.Redis is { } address
            ? await RedisAddress.CheckAsync(address, database => ModelLease.ClaimAsync(database, model.Description)) : null;
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        // On the stream of errors, so that the output stays what it is.
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning)
            .AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddSingleton(model).AddSingleton(new SnapshotInterval(settings.SnapshotSlices)).AddSingleton<UnstoredStreams>();
        if (redis is not null)
        {
            builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<ModelLease>(services, redis, model.Description))
                .AddHostedService(services => services.GetRequiredService<ModelLease>());
        }
        builder.UseOrleans(silo =>
        {
            if (redis is null)
            {
                silo.UseLocalhostClustering(settings.Port, settings.GatewayPort, null, ServiceId, ClusterId);
                silo.AddMemoryGrainStorage(StorageName, options => options.GrainStorageSerializer = new StoredStreamSerializer());
            }
            else
            {
                silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (ClusterId, ServiceId));
                silo.ConfigureEndpoints(settings.Address, settings.Port, settings.GatewayPort, listenOnAnyHostAddress: false);
                silo.UseRedisClustering(options => options.ConfigurationOptions = redis);
                silo.AddRedisGrainStorage(StorageName, options =>
                {
                    options.ConfigurationOptions = redis;
                    options.GrainStorageSerializer = new StoredStreamSerializer();
                    options.DeleteStateOnClear = true;
                });
            }
            silo.Configure<ClusterMembershipOptions>(options => options.ProbeTimeout = _probeTimeout);
            configure?.Invoke(silo);
        });
        return builder.Build();
    }

    /// <summary>Runs a host until it is stopped; its streams store their snapshots then.</summary>
    /// <param name="settings">What is asked for.</param>
    /// <param name="ready">Is called once the host takes streams.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The number of streams that could not store their last snapshot.</returns>
    /// <exception cref="UserException">
    /// As above; the host cannot start, since a port is taken for instance; or the cluster has got another model.
    /// </exception>
    /// <exception cref="InvalidDataException">The model cannot score streams.</exception>
    public static async Task<int> RunAsync(HostSettings settings, Action<IHost> ready, CancellationToken cancellation)
    {
        using IHost host = await CreateAsync(settings);
        try
        {
            await host.StartAsync(cancellation);
        }
        // What Orleans throws depends on what has failed.
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            throw new UserException(
                $"The host cannot start at {settings.Address}, ports {settings.Port} and {settings.GatewayPort} (--port, --gateway-port): "
                + e.GetBaseException().Message, e);
        }
        ready(host);
        await host.WaitForShutdownAsync(cancellation);
        if (host.Services.GetService<ModelLease>()?.Refusal is { } refusal)
            throw new UserException(refusal);
        return host.Services.GetRequiredService<UnstoredStreams>().Count;
    }
}

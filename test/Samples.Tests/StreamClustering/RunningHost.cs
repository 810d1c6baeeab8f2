using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using StreamCluster.Hosting;
using StreamCluster.Messages;
using StreamCluster.Streams;

namespace Samples.Tests.StreamClustering;

/// <summary>A host by itself, in this process.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private readonly IHost _host;

    private RunningHost(IHost host, HostSettings settings) => (_host, Settings) = (host, settings);

    public HostSettings Settings { get; }

    /// <summary>The streams that could not store their last snapshot, once the host has ended.</summary>
    public int Unstored { get; private set; }

    private IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public static HostSettings SettingsFor(string model, int snapshotSlices = 4, string? redis = null) => new(
        model, RecordedStream.SliceEvents, WindowSlices: null, snapshotSlices, redis, IPAddress.Loopback, FreePort(), FreePort());

    /// <param name="settings">Of the host.</param>
    /// <param name="storage">Takes the snapshots; null for the memory of the host.</param>
    public static async Task<RunningHost> StartAsync(HostSettings settings, KeptStorage? storage = null)
    {
        IHost host = await ClusterHost.CreateAsync(settings, silo =>
        {
            if (storage is not null)
                silo.Services.AddKeyedSingleton<IGrainStorage>(ClusterHost.StorageName, storage);
        });
        await host.StartAsync();
        return new(host, settings);
    }

    public ICameraGrain Camera(string name) => Grains.GetGrain<ICameraGrain>(name);

    /// <summary>Has every stream leave the host.</summary>
    public Task DeactivateAsync() => Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        Unstored = _host.Services.GetRequiredService<UnstoredStreams>().Count;
        _host.Dispose();
    }

    /// <summary>
    /// A port that nobody listens on. It is not one of those that systems give to connections, which could take it before the host does.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            int port = Random.Shared.Next(20_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}

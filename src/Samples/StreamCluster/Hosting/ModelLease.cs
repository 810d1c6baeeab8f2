using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace StreamCluster.Hosting;

/// <summary>
/// What the hosts of a cluster score with, under a key of their Redis: one with another model would give new cameras other scores, and
/// refuse those that move to it. The key is there as long as a host renews it.
/// </summary>
/// <param name="redis">Where the hosts meet.</param>
/// <param name="own">What this host scores with, in words.</param>
/// <param name="lifetime">Ends this host if the cluster has another model after all, since none of its hosts could renew the key.</param>
/// <param name="logger">Takes a line then.</param>
internal sealed partial class ModelLease(
    ConfigurationOptions redis, string own, IHostApplicationLifetime lifetime, ILogger<ModelLease> logger) : BackgroundService
{
    public const string Key = ClusterHost.ServiceId + "/model";

    // A host that is away for so long counts as dead.
    private static readonly TimeSpan _duration = TimeSpan.FromSeconds(30), _period = TimeSpan.FromSeconds(5);

    /// <summary>Why this host has ended; null where it is not for its model.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Takes the key for this host's model, or finds it taken for the same.</summary>
    /// <exception cref="UserException">The hosts that are there score with another model, slicing or window.</exception>
    public static async Task ClaimAsync(IDatabase redis, string own)
    {
        if (await RenewAsync(redis, own) is { } other)
            throw new UserException(Differs(other, own));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(redis);
        using var timer = new PeriodicTimer(_period);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await RenewAsync(connection.GetDatabase(), own) is not { } other)
                    continue;
                Refusal = Differs(other, own);
                LogRefused(Refusal);
                lifetime.StopApplication();
                return;
            }
            catch (Exception e) when (e is RedisException or TimeoutException)
            {
                // It is away for a while: the other hosts do not have it either.
            }
        }
    }

    /// <returns>What the key is taken for instead.</returns>
    private static async Task<string?> RenewAsync(IDatabase redis, string own)
    {
        while (true)
        {
            await redis.StringSetAsync(Key, own, _duration, when: When.NotExists);
            string? there = await redis.StringGetAsync(Key);
            if (there is not null && there != own)
                return there;
            if (there is not null && await redis.KeyExpireAsync(Key, _duration))
                return null;
            // It has ended just now.
        }
    }

    private static string Differs(string other, string own) =>
        $"The cluster's hosts score with {other}; this one would with {own}. Give all hosts the same --model, --slice-events and --window, "
        + $"or end all of them, and start the first of the others {_duration.TotalSeconds:N0} seconds later.";

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Refusal}")]
    private partial void LogRefused(string refusal);
}

using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using WebApp.Endpoints;
using WebApp.Streaming;

namespace WebApp.Limits;

/// <summary>How many pixels and events each client may still have decoded: a file of some kilobytes can hold millions of them.</summary>
internal sealed class WorkBudget(IOptions<ServiceOptions> options) : IDisposable
{
    private const int _refillsPerSecond = 10;

    private readonly PartitionedRateLimiter<string> _pixels = Buckets(options.Value.ClientPixelsPerSecond, 2 * options.Value.MaxPixels);
    private readonly PartitionedRateLimiter<string> _events = Buckets(
        options.Value.ClientEventsPerSecond, Math.Max(2L * options.Value.MaxEvents, StreamServer.BufferEvents));

    /// <summary>A limiter that lets each client have a number of permits in a second.</summary>
    /// <param name="perSecond">Permits in a second.</param>
    /// <param name="most">Permits that a client begins with, and never has more of.</param>
    /// <param name="waiting">Permits that may be waited for.</param>
    public static TokenBucketRateLimiterOptions Bucket(int perSecond, long most, int waiting = 0) => new()
    {
        TokenLimit = (int)Math.Min(most, int.MaxValue),
        TokensPerPeriod = perSecond / _refillsPerSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1.0 / _refillsPerSecond),
        QueueLimit = waiting,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    };

    /// <summary>Counts a picture that is to be decoded.</summary>
    /// <exception cref="RefusedException">The client has had too many pixels lately.</exception>
    public void TakePixels(string client, long count)
    {
        using RateLimitLease lease = _pixels.AttemptAcquire(client, (int)count);
        if (lease.IsAcquired)
            return;
        bool isKnown = lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan wait);
        throw Refused("pixels", options.Value.ClientPixelsPerSecond, isKnown ? wait : null);
    }

    /// <summary>The events that a client may have decoded now.</summary>
    public int EventsLeft(string client) => (int)(_events.GetStatistics(client)?.CurrentAvailablePermits ?? 0);

    /// <summary>Counts events that have been decoded already; of more than the client has left, those that it has.</summary>
    public void SpendEvents(string client, int count)
    {
        int spent = Math.Min(count, EventsLeft(client));
        if (spent > 0)
            _events.AttemptAcquire(client, spent).Dispose();
    }

    /// <summary>What a client is told that has none left.</summary>
    public RefusedException RefuseEvents() => Refused("events", options.Value.ClientEventsPerSecond, wait: null);

    /// <summary>Waits until the client may have that many events more.</summary>
    public async Task WaitForEventsAsync(string client, int count, CancellationToken cancellation)
    {
        using RateLimitLease lease = await _events.AcquireAsync(client, count, cancellation);
    }

    public void Dispose()
    {
        _pixels.Dispose();
        _events.Dispose();
    }

    private static PartitionedRateLimiter<string> Buckets(int perSecond, long most) => PartitionedRateLimiter.Create<string, string>(
        client => RateLimitPartition.GetTokenBucketLimiter(client, _ => Bucket(perSecond, most, waiting: int.MaxValue)));

    private static RefusedException Refused(string what, int perSecond, TimeSpan? wait) => new(
        StatusCodes.Status429TooManyRequests, $"You have sent too many {what} lately: {perSecond} a second are taken.", wait);
}

using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using WebApp.Endpoints;

namespace WebApp.Limits;

/// <summary>
/// Lets a bounded number of uploads and slices be scored at the same time. Only scoring takes a turn: a client that sends slowly holds
/// nobody up. And uploads that take long leave a turn to the others, where there is more than one.
/// </summary>
internal sealed class ScoringTurns(IOptions<ServiceOptions> options) : IDisposable
{
    private static readonly TimeSpan _nextTry = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrencyLimiter _turns = Limiter(options.Value.MaxConcurrency, options.Value.MaxWaiting);
    private readonly ConcurrencyLimiter _longTurns = Limiter(Math.Max(1, options.Value.MaxConcurrency - 1), options.Value.MaxWaiting);

    /// <summary>A turn, to be disposed at its end.</summary>
    /// <param name="isLong">Whether the work may take long.</param>
    /// <param name="cancellation">Whether anybody still waits for it.</param>
    /// <exception cref="RefusedException">Too many wait for theirs.</exception>
    public async ValueTask<IDisposable> TakeAsync(bool isLong, CancellationToken cancellation)
    {
        if (!isLong)
            return Acquired(await _turns.AcquireAsync(permitCount: 1, cancellation));
        RateLimitLease first = Acquired(await _longTurns.AcquireAsync(permitCount: 1, cancellation));
        try
        {
            return new Both(first, Acquired(await _turns.AcquireAsync(permitCount: 1, cancellation)));
        }
        catch
        {
            first.Dispose();
            throw;
        }
    }

    /// <summary>A short turn for work that can wait as long as it takes, as a stream can.</summary>
    public async ValueTask<IDisposable> WaitAsync(CancellationToken cancellation)
    {
        while (true)
        {
            RateLimitLease turn = await _turns.AcquireAsync(permitCount: 1, cancellation);
            if (turn.IsAcquired)
                return turn;
            await Task.Delay(_nextTry, cancellation);
        }
    }

    public void Dispose()
    {
        _longTurns.Dispose();
        _turns.Dispose();
    }

    private static ConcurrencyLimiter Limiter(int turns, int waiting) => new(new()
    {
        PermitLimit = turns, QueueLimit = waiting, QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    private static RateLimitLease Acquired(RateLimitLease turn) => turn.IsAcquired
        ? turn : throw new RefusedException(StatusCodes.Status429TooManyRequests, "Too many uploads are waiting: try again in a moment.");

    private sealed class Both(RateLimitLease first, RateLimitLease second) : IDisposable
    {
        public void Dispose()
        {
            second.Dispose();
            first.Dispose();
        }
    }
}

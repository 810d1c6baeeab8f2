namespace WebApp.Endpoints;

/// <summary>A request that cannot be answered, and why.</summary>
/// <param name="status">The answer's HTTP status.</param>
/// <param name="reason">What the client is told.</param>
/// <param name="retryAfter">When it may be worth trying again; null where nobody knows.</param>
internal sealed class RefusedException(int status, string reason, TimeSpan? retryAfter = null) : Exception(reason)
{
    public int Status => status;

    public TimeSpan? RetryAfter => retryAfter;
}

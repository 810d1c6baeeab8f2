namespace ServiceAttack;

/// <summary>What became of requests, or of connections where an attack sends none.</summary>
internal sealed class Tally
{
    private long _sent, _answered, _refused, _lost;

    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Answered with success.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Answered with 4xx or 503.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>The service closed the connection without an answer, or answered 500.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    public void AddSent() => Interlocked.Increment(ref _sent);

    public void Add(int? status) => Interlocked.Increment(
        ref status is >= 200 and < 400 or 101 ? ref _answered : ref status is >= 400 and < 500 or 503 ? ref _refused : ref _lost);
}

namespace StreamCluster.Streams;

/// <summary>Counts the streams that could not store a snapshot when their host ended.</summary>
internal sealed class UnstoredStreams
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Add() => Interlocked.Increment(ref _count);
}

namespace StreamCluster.Streams;

/// <summary>How often a stream stores a snapshot.</summary>
/// <param name="Slices">After that many slices, at least 1, at the end of a batch.</param>
/// <param name="Events">And after that many events, however few slices they make: senders keep those that are not stored.</param>
internal sealed record SnapshotInterval(int Slices, long Events = SnapshotInterval.MostEvents)
{
    /// <summary>The events after which a snapshot is stored at the latest: 4 MB of a sender's memory.</summary>
    public const long MostEvents = 1 << 18;
}

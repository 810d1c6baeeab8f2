namespace StreamCluster.Streams;

/// <summary>How often a stream stores a snapshot.</summary>
/// <param name="Slices">After that many slices, at least 1, at the end of a batch.</param>
internal sealed record SnapshotInterval(int Slices);

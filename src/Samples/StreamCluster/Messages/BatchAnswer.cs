namespace StreamCluster.Messages;

/// <summary>What a stream says of a batch.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Expected">The number of the event that the stream expects next.</param>
/// <param name="Stored">
/// The number up to which a snapshot is stored: the sender may forget the events below it, and must keep the others, since a stream that
/// moves to another host goes on from there.
/// </param>
/// <param name="Slices">
/// The scores of the slices that the batch has completed, behind those of earlier ones that the sender does not have.
/// </param>
[GenerateSerializer, Immutable, Alias("StreamCluster.BatchAnswer")]
public sealed record BatchAnswer(
    [property: Id(0)] BatchOutcome Outcome, [property: Id(1)] long Expected, [property: Id(2)] long Stored,
    [property: Id(3)] SliceScores[] Slices);

namespace StreamCluster.Messages;

/// <summary>The scores after a slice.</summary>
/// <param name="Slice">Number of the slice, from 1.</param>
/// <param name="Scores">The probability of each class.</param>
[GenerateSerializer, Immutable, Alias("StreamCluster.SliceScores")]
public sealed record SliceScores([property: Id(0)] long Slice, [property: Id(1)] float[] Scores);

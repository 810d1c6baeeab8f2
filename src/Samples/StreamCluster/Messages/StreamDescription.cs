namespace StreamCluster.Messages;

/// <summary>How far a stream is, and how it is scored.</summary>
/// <param name="Expected">The number of the event that it expects next.</param>
/// <param name="Stored">The number up to which a snapshot is stored.</param>
/// <param name="ModelHash">SHA-256 of the model's zip, in hexadecimal digits.</param>
/// <param name="Classes">The names of the classes, in the order of the scores.</param>
/// <param name="FrameHeight">Rows of a frame.</param>
/// <param name="FrameWidth">Columns of a frame.</param>
/// <param name="SliceEvents">Events of a slice; null where the model's own slicing cuts the stream.</param>
/// <param name="WindowSlices">Number of slices that the scores are the mean over: the latest ones; null for all.</param>
[GenerateSerializer, Immutable, Alias("StreamCluster.StreamDescription")]
public sealed record StreamDescription(
    [property: Id(0)] long Expected, [property: Id(1)] long Stored, [property: Id(2)] string ModelHash, [property: Id(3)] string[] Classes,
    [property: Id(4)] int FrameHeight, [property: Id(5)] int FrameWidth, [property: Id(6)] int? SliceEvents,
    [property: Id(7)] int? WindowSlices);

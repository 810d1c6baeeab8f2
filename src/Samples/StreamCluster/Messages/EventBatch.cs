namespace StreamCluster.Messages;

/// <summary>Some events of a stream, one after another.</summary>
/// <param name="First">The number of the first of them; the first event of the stream is number 0.</param>
/// <param name="Events">The events, as <see cref="EventBytes"/> writes them.</param>
/// <param name="ReceivedSlices">
/// The number of slices whose scores the sender has: the stream need not keep these for it any longer.
/// </param>
[GenerateSerializer, Immutable, Alias("StreamCluster.EventBatch")]
public sealed record EventBatch(
    [property: Id(0)] long First, [property: Id(1)] byte[] Events, [property: Id(2)] long ReceivedSlices);

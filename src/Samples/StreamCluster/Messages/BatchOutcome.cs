namespace StreamCluster.Messages;

/// <summary>What became of a batch.</summary>
[GenerateSerializer, Alias("StreamCluster.BatchOutcome")]
public enum BatchOutcome
{
    /// <summary>Its events were taken: all that were new, or as many as complete the most slices of one answer.</summary>
    Taken = 0,

    /// <summary>All its events were taken before.</summary>
    Repeated = 1,

    /// <summary>Events before it are missing, so none was taken: send from the expected number on.</summary>
    Gap = 2,
}

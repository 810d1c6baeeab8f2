namespace StreamCluster.Messages;

/// <summary>The stream of one event camera, whose name is the key. It lives on one host at a time, whichever that is.</summary>
[Alias("StreamCluster.ICameraGrain")]
public interface ICameraGrain : IGrainWithStringKey
{
    /// <summary>How far the stream is, and how it is scored.</summary>
    /// <exception cref="StreamRefusedException">The stored snapshot cannot be restored.</exception>
    [Alias("Describe")]
    Task<StreamDescription> DescribeAsync();

    /// <summary>Takes events in their order, each exactly once.</summary>
    /// <param name="batch">
    /// The events from a number on. Those that were taken before are passed over; where events before it are missing, nothing is taken.
    /// </param>
    /// <exception cref="StreamRefusedException">The stored snapshot cannot be restored, or the batch is none.</exception>
    [Alias("Push")]
    Task<BatchAnswer> PushAsync(EventBatch batch);

    /// <summary>Forgets the stream, stored snapshot included: the next event is number 0 of a new one.</summary>
    [Alias("StartOver")]
    Task StartOverAsync();
}

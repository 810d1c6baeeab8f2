namespace Microsoft.ML.Snn;

/// <summary>
/// How a recording is cut into slices of events, one a time step. Only events inside the sensor count. An event never goes into a slice
/// before that of the event before it, even where the camera's clock stepped back a little.
/// </summary>
public enum EventSlicing
{
    /// <summary>The whole recording in T slices of equally many events (they differ by at most one).</summary>
    EqualCount = 0,

    /// <summary>The whole recording, from its first event to its latest, in T slices of equal duration.</summary>
    EqualDuration = 1,

    /// <summary>
    /// Slices of a given number of events, from the first one on. Events after the last slice are left out; slices after the last event
    /// are empty. Also for live streams.
    /// </summary>
    FixedCount = 2,

    /// <summary>
    /// Slices of a given duration, from the first event on. Events after the last slice are left out; slices after the last event are
    /// empty. Also for live streams.
    /// </summary>
    FixedDuration = 3,

    /// <summary>
    /// Slices between given times, counted from the first event. Events before the first and from the last time on are left out. Also for
    /// live streams.
    /// </summary>
    AtTimes = 4,
}

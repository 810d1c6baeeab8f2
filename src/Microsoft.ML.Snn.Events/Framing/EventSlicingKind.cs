namespace Microsoft.ML.Snn;

/// <summary>The ways to cut a recording into slices; <see cref="EventSlicing"/> makes each with what it needs.</summary>
public enum EventSlicingKind
{
    /// <summary>The whole recording in T slices of equally many events (they differ by at most one).</summary>
    EqualCount = 0,

    /// <summary>The whole recording, from its first event to its latest, in T slices of equal duration.</summary>
    EqualDuration = 1,

    /// <summary>Slices of a given number of events, from the first one on.</summary>
    FixedCount = 2,

    /// <summary>Slices of a given duration, from the first event on.</summary>
    FixedDuration = 3,

    /// <summary>Slices between given times, counted from the first event.</summary>
    AtTimes = 4,
}

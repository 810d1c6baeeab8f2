namespace Microsoft.ML.Snn.Events.Framing;

/// <summary>What must be known of a whole recording before it can be cut into slices.</summary>
/// <param name="Inside">Events inside the sensor.</param>
/// <param name="Outside">Events outside the sensor.</param>
/// <param name="FirstTime">Time of the first event inside, microseconds; 0 where there is none.</param>
/// <param name="LatestTime">Latest time of an event inside.</param>
internal readonly record struct EventSurvey(int Inside, int Outside, long FirstTime, long LatestTime)
{
    /// <summary>
    /// Number of microseconds from the first event to the latest one, both counted. Wider than a time, which may be anything.
    /// </summary>
    public Int128 Duration => (Int128)LatestTime - FirstTime + 1;

    public static EventSurvey Of(ReadOnlySpan<PolarityEvent> events, EventGrid grid)
    {
        int inside = 0;
        long first = 0, latest = long.MinValue;
        foreach (ref readonly PolarityEvent e in events)
        {
            if (!grid.Contains(e))
                continue;
            if (inside++ == 0)
                first = e.TimeMicroseconds;
            latest = Math.Max(latest, e.TimeMicroseconds);
        }
        return new(inside, events.Length - inside, first, latest);
    }
}

namespace Microsoft.ML.Snn.Events.Framing;

/// <summary>Shares each event of a recording between the two time steps that are nearest.</summary>
internal static class VoxelGrid
{
    /// <param name="events">All events of the recording; those outside the sensor are skipped.</param>
    /// <param name="isSigned">Whether OFF events are subtracted.</param>
    /// <param name="frames">[T, C, H, W]; what is there already is added to.</param>
    public static void Add(
        ReadOnlySpan<PolarityEvent> events, in EventSurvey survey, EventGrid grid, bool isSigned, int timeSteps, Span<float> frames)
    {
        int frameLength = frames.Length / timeSteps;
        // From the first event to the latest one, not counting both.
        double duration = Math.Max((double)survey.Duration - 1, 1);
        foreach (ref readonly PolarityEvent e in events)
        {
            if (!grid.Contains(e))
                continue;
            // A clock that stepped back counts as the first event's.
            double time = Math.Max(0, (timeSteps - 1) * (double)((Int128)e.TimeMicroseconds - survey.FirstTime) / duration);
            int step = Math.Min((int)time, timeSteps - 1), element = step * frameLength + grid.Element(e);
            double later = time - step, sign = isSigned && !e.IsOn ? -1 : 1;
            frames[element] += (float)(sign * (1 - later));
            if (later > 0 && step + 1 < timeSteps)
                frames[element + frameLength] += (float)(sign * later);
        }
    }
}

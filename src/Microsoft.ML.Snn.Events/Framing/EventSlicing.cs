namespace Microsoft.ML.Snn;

/// <summary>
/// How a recording is cut into slices of events, one per time step. Only events inside the sensor count. An event never goes into a slice
/// before that of the event before it, even where the camera's clock stepped back a little.
/// </summary>
/// <remarks>
/// Events after the last slice are left out; slices after the last event are empty. Live streams can be cut in the ways that need not know
/// the whole recording: <see cref="FixedCount"/>, <see cref="FixedDuration"/> and <see cref="AtTimes"/>.
/// </remarks>
public sealed class EventSlicing
{
    private readonly TimeSpan[] _times = [];

    private EventSlicing(EventSlicingKind kind) => Kind = kind;

    private EventSlicing(TimeSpan[] times)
        : this(EventSlicingKind.AtTimes)
    {
        _times = times;
    }

    /// <summary>The whole recording in T slices of equally many events (they differ by at most one).</summary>
    public static EventSlicing EqualCount { get; } = new(EventSlicingKind.EqualCount);

    /// <summary>The whole recording, from its first event to its latest, in T slices of equal duration.</summary>
    public static EventSlicing EqualDuration { get; } = new(EventSlicingKind.EqualDuration);

    /// <summary>Which of the ways this is.</summary>
    public EventSlicingKind Kind { get; }

    /// <summary>Events per slice of <see cref="FixedCount"/>; null for the other kinds.</summary>
    public int? Events { get; private init; }

    /// <summary>Duration of a slice of <see cref="FixedDuration"/>; null for the other kinds.</summary>
    public TimeSpan? Duration { get; private init; }

    /// <summary>The times between which the slices of <see cref="AtTimes"/> lie; none for the other kinds.</summary>
    public IReadOnlyList<TimeSpan> Times => _times;

    /// <summary>Whether slices cannot be made before the recording is over, so that a live stream cannot be cut like this.</summary>
    public bool NeedsWholeRecording => Kind is EventSlicingKind.EqualCount or EventSlicingKind.EqualDuration;

    /// <summary>Slices of a given number of events, from the first one on.</summary>
    /// <param name="events">Events per slice, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="events"/> is less than 1.</exception>
    public static EventSlicing FixedCount(int events)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(events, 1);
        return new(EventSlicingKind.FixedCount) { Events = events };
    }

    /// <summary>Slices of a given duration, from the first event on.</summary>
    /// <param name="duration">Duration of a slice: whole microseconds, at least one.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="duration"/> is shorter, or no whole number of microseconds.
    /// </exception>
    public static EventSlicing FixedDuration(TimeSpan duration)
    {
        CheckMicroseconds(duration, nameof(duration));
        if (duration < TimeSpan.FromMicroseconds(1))
            throw new ArgumentOutOfRangeException(nameof(duration), duration, "A slice must last at least a microsecond.");
        return new(EventSlicingKind.FixedDuration) { Duration = duration };
    }

    /// <summary>
    /// Slices between given times, counted from the first event. Events before the first time and from the last one on are left out.
    /// </summary>
    /// <param name="times">
    /// Two or more times: whole microseconds, 0 or more, ascending. For a recording one more than there are time steps.
    /// </param>
    /// <exception cref="ArgumentException">The times are fewer than two, or not ascending.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A time is negative, or no whole number of microseconds.</exception>
    public static EventSlicing AtTimes(params ReadOnlySpan<TimeSpan> times)
    {
        if (times.Length < 2)
            throw new ArgumentException($"Slices lie between two or more times; there are {times.Length}.", nameof(times));
        for (int i = 0; i < times.Length; i++)
        {
            CheckMicroseconds(times[i], nameof(times));
            if (times[i] < TimeSpan.Zero)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(times), times[i], "A time must not be negative: it is counted from the first event.");
            }
            if (i > 0 && times[i] <= times[i - 1])
                throw new ArgumentException($"The times must be ascending, but {times[i]} follows {times[i - 1]}.", nameof(times));
        }
        return new(times.ToArray());
    }

    /// <summary>The kind and what belongs to it, such as <c>FixedCount(500)</c>.</summary>
    public override string ToString() => Kind switch
    {
        EventSlicingKind.FixedCount => $"{Kind}({Events})",
        EventSlicingKind.FixedDuration => $"{Kind}({Duration})",
        EventSlicingKind.AtTimes => $"{Kind}({string.Join(", ", _times)})",
        _ => $"{Kind}",
    };

    private static void CheckMicroseconds(TimeSpan time, string parameter)
    {
        if (time.Ticks % TimeSpan.TicksPerMicrosecond != 0)
            throw new ArgumentOutOfRangeException(parameter, time, "A time must be a whole number of microseconds.");
    }
}

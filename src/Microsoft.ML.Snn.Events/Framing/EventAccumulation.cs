namespace Microsoft.ML.Snn;

/// <summary>What a frame says of the events of a pixel.</summary>
/// <remarks>
/// A voxel grid needs the whole recording; live streams can have the others.
/// <code>
/// // Recency, which fades by a factor of e in 30 ms, at the end of every 10 ms.
/// var framing = new EventFraming(new()
/// {
///     Height = 34, Width = 34, TimeSteps = 10, Slicing = EventSlicing.FixedDuration(TimeSpan.FromMilliseconds(10)),
///     Accumulation = EventAccumulation.TimeSurface(TimeSpan.FromMilliseconds(30)),
/// });
/// </code>
/// </remarks>
public sealed class EventAccumulation
{
    private EventAccumulation(EventAccumulationKind kind) => Kind = kind;

    /// <summary>How many events of the slice there are.</summary>
    public static EventAccumulation Sum { get; } = new(EventAccumulationKind.Sum);

    /// <summary>1 where the slice has any events, 0 otherwise.</summary>
    public static EventAccumulation Binary { get; } = new(EventAccumulationKind.Binary);

    /// <summary>
    /// A voxel grid (Zhu, Yuan, Chaney and Daniilidis, CVPR 2019): the time of an event, t, is scaled to t* = (T - 1)(t - t_first) /
    /// (t_latest - t_first), and the event adds max(0, 1 - |s - t*|) to each time step s. A channel for each polarity adds up its events;
    /// with merged polarities, OFF events are subtracted, as in the paper. Goes with <see cref="EventSlicing.EqualDuration"/> alone.
    /// </summary>
    public static EventAccumulation VoxelGrid { get; } = new(EventAccumulationKind.VoxelGrid);

    /// <summary>Which of the ways this is.</summary>
    public EventAccumulationKind Kind { get; }

    /// <summary>The time constant τ of <see cref="TimeSurface"/>; null for the other kinds.</summary>
    public TimeSpan? TimeConstant { get; private init; }

    /// <summary>Whether frames cannot be made before the recording is over, so that a live stream cannot have them.</summary>
    public bool NeedsWholeRecording => Kind == EventAccumulationKind.VoxelGrid;

    /// <summary>
    /// A time surface with exponential decay (Lagorce, Orchard, Galluppi, Shi and Benosman, "HOTS", 2017): exp(-(t_end - t) / τ), where t
    /// is the time of a pixel's latest event since the first slice began, in this slice or before, and t_end the time at which the slice
    /// ends; 0 where the pixel had none. A slice that is cut by numbers of events ends with its last one.
    /// </summary>
    /// <param name="timeConstant">The time constant τ: whole microseconds, at least one.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="timeConstant"/> is shorter, or no whole number of microseconds.
    /// </exception>
    public static EventAccumulation TimeSurface(TimeSpan timeConstant)
    {
        if (timeConstant < TimeSpan.FromMicroseconds(1) || timeConstant.Ticks % TimeSpan.TicksPerMicrosecond != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(timeConstant), timeConstant, "The time constant must be a whole number of microseconds, at least one.");
        }
        return new(EventAccumulationKind.TimeSurface) { TimeConstant = timeConstant };
    }

    /// <summary>The kind and what belongs to it, such as <c>TimeSurface(00:00:00.0300000)</c>.</summary>
    public override string ToString() => TimeConstant is { } constant ? $"{Kind}({constant})" : $"{Kind}";
}

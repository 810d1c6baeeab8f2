namespace Microsoft.ML.Snn;

public sealed partial class EventStreamSession
{
    /// <summary>Options for an <see cref="EventStreamSession"/>, copied when the session is made.</summary>
    public sealed class Options
    {
        /// <summary>
        /// How the stream is cut into slices: <see cref="EventSlicing.FixedCount"/>, <see cref="EventSlicing.FixedDuration"/> or
        /// <see cref="EventSlicing.AtTimes"/>. Null (default): as the model's AccumulateEvents does.
        /// </summary>
        public EventSlicing? Slicing;

        /// <summary><see cref="EventSlicing.FixedCount"/>: events per slice, at least 1. Required there, null elsewhere.</summary>
        public int? SliceEvents;

        /// <summary>
        /// <see cref="EventSlicing.FixedDuration"/>: duration of a slice, whole microseconds and at least one. Required there, null
        /// elsewhere.
        /// </summary>
        public TimeSpan? SliceDuration;

        /// <summary>
        /// <see cref="EventSlicing.AtTimes"/>: the times between which the slices lie, two or more, counted from the first event; whole
        /// microseconds, 0 or more, ascending. Their number need not be that of the network's time steps. Required there, null elsewhere.
        /// </summary>
        public TimeSpan[]? SliceTimes;

        /// <summary>
        /// Number of slices, at least 1, that the scores are the mean over: the latest ones. Null (default): all since the last reset.
        /// </summary>
        public int? WindowSlices;
    }
}

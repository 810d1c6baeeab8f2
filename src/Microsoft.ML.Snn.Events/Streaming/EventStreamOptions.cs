namespace Microsoft.ML.Snn;

/// <summary>Options for an <see cref="EventStreamSession"/>.</summary>
public sealed record EventStreamOptions
{
    /// <summary>
    /// How the stream is cut into slices; one that <see cref="EventSlicing.NeedsWholeRecording"/> is refused. The number of times of
    /// <see cref="EventSlicing.AtTimes"/> need not fit the network's time steps. Null (default): as the framing, or the model's
    /// AccumulateEvents, cuts recordings.
    /// </summary>
    /// <exception cref="ArgumentException">The slicing needs the whole recording.</exception>
    public EventSlicing? Slicing
    {
        get;
        init
        {
            if (value is { NeedsWholeRecording: true })
            {
                throw new ArgumentException(
                    $"{value} slicing needs the whole recording, which a stream never has: use FixedCount, FixedDuration or AtTimes.",
                    nameof(Slicing));
            }
            field = value;
        }
    }

    /// <summary>
    /// What is done to the events before they are cut into slices; a filter that <see cref="EventFilter.NeedsWholeRecording"/> is refused.
    /// Null (default): as the framing, or the model's AccumulateEvents, filters recordings.
    /// </summary>
    /// <exception cref="ArgumentException">A filter is null, or needs the whole recording.</exception>
    public IReadOnlyList<EventFilter>? Filters
    {
        get;
        init
        {
            field = value is null ? null : EventFilter.Check(value, nameof(Filters));
            if (field?.FirstOrDefault(filter => filter.NeedsWholeRecording) is { } filter)
            {
                throw new ArgumentException(
                    $"The filter {filter} needs the whole recording, which a stream never has: list the pixels, as "
                    + $"{nameof(EventFilter)}.{nameof(EventFilter.FindHotPixels)} finds them in a recording.", nameof(Filters));
            }
        }
    }

    /// <summary>
    /// Number of slices, at least 1, that the scores are the mean over: the latest ones. A session keeps their outputs, 4 bytes a class
    /// and slice. Null (default): all since the last reset.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public int? WindowSlices
    {
        get;
        init
        {
            if (value < 1)
                throw new ArgumentOutOfRangeException(
                    nameof(WindowSlices), value, $"The option {nameof(WindowSlices)} must be at least 1.");
            field = value;
        }
    }
}

using Microsoft.ML.Snn.Events.Filtering;
using Microsoft.ML.Snn.Events.Framing;
using Microsoft.ML.Snn.Events.Reading;

namespace Microsoft.ML.Snn;

/// <summary>Makes frames [T, C, H, W] of the events of a recording: one slice of its events per time step.</summary>
/// <remarks>
/// <c>AccumulateEvents</c> does this in a pipeline of ML.NET; here it needs none. Immutable, and safe to use from any number of threads.
/// <code>
/// var framing = new EventFraming(new() { Height = 34, Width = 34, TimeSteps = 4 });
/// float[] frames = framing.Accumulate(EventRecording.Load("digit.bin"));
/// </code>
/// </remarks>
public sealed class EventFraming
{
    // A pixel's address in an event has 16 bits.
    private const int MaxSensorSide = ushort.MaxValue + 1;

    private readonly long[] _sliceTimes;

    /// <summary>Makes a framing.</summary>
    /// <param name="options">The frames' size and how to fill them.</param>
    /// <exception cref="ArgumentException">
    /// The slicing has another number of times than T + 1, or does not go with the accumulation; or a filter crops beyond the sensor.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public EventFraming(EventFramingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.Slicing);
        ArgumentNullException.ThrowIfNull(options.Accumulation);
        Options = options;
        Slicing = options.Slicing;
        SensorHeight = options.SensorHeight ?? options.Height;
        SensorWidth = options.SensorWidth ?? options.Width;
        ValidateSizes();
        SensorSize filtered = FilteredSensor();
        _sliceTimes = [.. Slicing.Times.Select(time => time.Ticks / TimeSpan.TicksPerMicrosecond)];
        if (Slicing.Kind == EventSlicingKind.AtTimes && _sliceTimes.Length != (long)TimeSteps + 1)
        {
            throw new ArgumentException(
                $"The slicing {Slicing} has {_sliceTimes.Length} times; {TimeSteps} time steps need {(long)TimeSteps + 1} times.",
                nameof(options));
        }
        if (options.Accumulation.Kind == EventAccumulationKind.VoxelGrid && Slicing.Kind != EventSlicingKind.EqualDuration)
        {
            throw new ArgumentException(
                $"A voxel grid spreads events evenly over the whole recording, which {Slicing} slicing does not: set "
                + $"{nameof(options.Slicing)} to {nameof(EventSlicing)}.{nameof(EventSlicing.EqualDuration)}.", nameof(options));
        }
        SliceDuration = (Slicing.Duration ?? TimeSpan.Zero).Ticks / TimeSpan.TicksPerMicrosecond;
        Grid = new EventGrid(
            EventGrid.Scale(filtered.Height, Height), EventGrid.Scale(filtered.Width, Width), Width,
            onOffset: options.MergePolarity ? 0 : Height * Width, isBinary: options.Accumulation.Kind == EventAccumulationKind.Binary);
    }

    /// <summary>The options.</summary>
    public EventFramingOptions Options { get; }

    /// <summary>The dimensions of the frames: [T, C, H, W], where C is 2 (OFF, ON), or 1 with merged polarities.</summary>
    public IReadOnlyList<int> Shape => [TimeSteps, Options.MergePolarity ? 1 : 2, Height, Width];

    /// <summary>Number of elements of the frames: T C H W.</summary>
    public int FeatureCount => TimeSteps * FrameLength;

    internal int Height => Options.Height;

    internal int Width => Options.Width;

    internal int SensorHeight { get; }

    internal int SensorWidth { get; }

    internal int TimeSteps => Options.TimeSteps;

    internal EventSlicing Slicing { get; }

    /// <summary>Microseconds per slice; 0 where the slicing has no use for it.</summary>
    private long SliceDuration { get; }

    internal int FrameLength => (Options.MergePolarity ? 1 : 2) * Height * Width;

    /// <summary>Of the sensor that the filters leave.</summary>
    internal EventGrid Grid { get; }

    /// <summary>The frames of a recording: [T, C, H, W], row-major.</summary>
    /// <param name="recording">The recording.</param>
    public float[] Accumulate(EventRecording recording)
    {
        ArgumentNullException.ThrowIfNull(recording);
        var frames = new float[FeatureCount];
        Accumulate(recording.Events.Span, frames);
        return frames;
    }

    /// <summary>Fills frames with the events of a recording.</summary>
    /// <param name="events">All events of the recording, in its order.</param>
    /// <param name="frames">[T, C, H, W], row-major; all of it is written.</param>
    /// <returns>The number of events outside the sensor, which are left out.</returns>
    /// <exception cref="ArgumentException"><paramref name="frames"/> has another length than <see cref="FeatureCount"/>.</exception>
    public int Accumulate(ReadOnlySpan<PolarityEvent> events, Span<float> frames)
    {
        if (frames.Length != FeatureCount)
            throw new ArgumentException($"The frames have {FeatureCount} elements, but there is room for {frames.Length}.", nameof(frames));
        frames.Clear();
        if (CreateFilters() is not { } filters)
            return AccumulateFiltered(events, frames);
        PolarityEvent[] kept = EventBuffers.Rent(events.Length);
        try
        {
            int count = filters.Apply(events, kept, out int outside);
            AccumulateFiltered(kept.AsSpan(0, count), frames);
            return outside;
        }
        finally
        {
            EventBuffers.Return(kept);
        }
    }

    /// <summary>The filters for one recording or stream; null where there are none.</summary>
    internal FilterChain? CreateFilters() => Options.Filters.Count == 0 ? null : new(Options.Filters, new(SensorHeight, SensorWidth));

    /// <summary>The time surface for one recording or stream; null where frames are of another kind.</summary>
    internal TimeSurface? CreateSurface() => Options.Accumulation.TimeConstant is { } constant
        ? new(FrameLength, constant.Ticks / TimeSpan.TicksPerMicrosecond) : null;

    /// <summary>
    /// The last time that belongs to a slice, for the slicings that need not know the whole recording: each case takes 1 off the end of
    /// the slice. Without end where slices are counted.
    /// </summary>
    internal long SliceLast(long slice, long firstTime) => Slicing.Kind switch
    {
        EventSlicingKind.FixedDuration => Add(firstTime, (Int128)SliceDuration * (slice + 1) - 1),
        EventSlicingKind.AtTimes => Add(firstTime, _sliceTimes[(int)slice + 1] - 1),
        _ => long.MaxValue,
    };

    /// <summary>The time at which a slice ends, for the time surface; null for that of its last event.</summary>
    internal long? SliceEnd(long slice, long firstTime) =>
        Slicing.Kind is EventSlicingKind.FixedDuration or EventSlicingKind.AtTimes ? End(SliceLast(slice, firstTime)) : null;

    /// <summary>The time at which the first slice begins.</summary>
    internal long Start(long firstTime) => Slicing.Kind == EventSlicingKind.AtTimes ? Add(firstTime, _sliceTimes[0]) : firstTime;

    /// <summary>The number of events before the first inside the sensor at or after <paramref name="start"/>.</summary>
    internal int CountUntil(ReadOnlySpan<PolarityEvent> events, long start)
    {
        int i = 0;
        while (i < events.Length && !(Grid.Contains(events[i]) && events[i].TimeMicroseconds >= start))
            i++;
        return i;
    }

    /// <returns>The number of events outside the sensor.</returns>
    private int AccumulateFiltered(ReadOnlySpan<PolarityEvent> events, Span<float> frames)
    {
        EventSurvey survey = EventSurvey.Of(events, Grid);
        if (survey.Inside == 0)
            return survey.Outside;
        if (Options.Accumulation.Kind == EventAccumulationKind.VoxelGrid)
        {
            VoxelGrid.Add(events, survey, Grid, isSigned: Options.MergePolarity, TimeSteps, frames);
            return survey.Outside;
        }
        TimeSurface? surface = CreateSurface();
        int next = 0;
        if (Slicing.Kind == EventSlicingKind.AtTimes)
            next = CountUntil(events, Start(survey.FirstTime));
        for (int slice = 0; slice < TimeSteps; slice++)
        {
            Span<float> frame = frames.Slice(slice * FrameLength, FrameLength);
            next += Grid.Add(events[next..], SliceLast(slice, survey), SliceLimit(slice, survey.Inside), frame, surface, out _);
            surface?.Write(SliceEnd(slice, survey), frame);
        }
        return survey.Outside;
    }

    // With t counted from the first event and D times in all, EqualDuration's slice of t is ⌊t T / D⌋.
    private long SliceLast(int slice, in EventSurvey survey) => Slicing.Kind == EventSlicingKind.EqualDuration
        ? Add(survey.FirstTime, (survey.Duration * (slice + 1) + TimeSteps - 1) / TimeSteps - 1)
        : SliceLast(slice, survey.FirstTime);

    private long? SliceEnd(int slice, in EventSurvey survey) => Slicing.Kind == EventSlicingKind.EqualDuration
        ? End(SliceLast(slice, survey)) : SliceEnd(slice, survey.FirstTime);

    /// <summary>The most events that a slice has.</summary>
    private long SliceLimit(int slice, long count) => Slicing.Kind switch
    {
        EventSlicingKind.EqualCount => count * (slice + 1) / TimeSteps - count * slice / TimeSteps,
        EventSlicingKind.FixedCount => Slicing.Events!.Value,
        _ => long.MaxValue,
    };

    // Times come from files: no sum may wrap around.
    private static long Add(long time, Int128 duration) => (long)Int128.Min(time + duration, long.MaxValue);

    private static long End(long last) => Add(last, 1);

    /// <summary>The sensor that the filters leave, which must be as large as a frame.</summary>
    private SensorSize FilteredSensor()
    {
        SensorSize left = FilterChain.Left(Options.Filters, new(SensorHeight, SensorWidth));
        if (left.Height < Height || left.Width < Width)
        {
            throw new ArgumentException(
                $"The filters leave {left.Height} x {left.Width} pixels (height x width) of the sensor, less than a frame of "
                + $"{Height} x {Width}.", nameof(Options.Filters));
        }
        return left;
    }

    private void ValidateSizes()
    {
        Require(Height >= 1, nameof(Height), Height, "must be at least 1");
        Require(Width >= 1, nameof(Width), Width, "must be at least 1");
        Require(SensorHeight >= Height && SensorHeight <= MaxSensorSide, nameof(SensorHeight), SensorHeight,
            $"must be from Height, {Height}, to {MaxSensorSide}");
        Require(SensorWidth >= Width && SensorWidth <= MaxSensorSide, nameof(SensorWidth), SensorWidth,
            $"must be from Width, {Width}, to {MaxSensorSide}");
        Require(TimeSteps >= 1, nameof(TimeSteps), TimeSteps, "must be at least 1");
        Require(Shape.Aggregate((Int128)1, (product, size) => product * size) <= Array.MaxLength, nameof(TimeSteps), TimeSteps,
            "is too large: such frames do not fit into one vector");
    }

    private static void Require(bool condition, string option, object? value, string rule)
    {
        if (!condition)
            throw new ArgumentOutOfRangeException(option, value, $"The option {option} {rule}.");
    }
}

namespace Microsoft.ML.Snn;

/// <summary>How events become frames: what <see cref="EventFramingTransformer"/> does to a recording.</summary>
internal sealed class EventFraming
{
    // A pixel's address in an event has 16 bits.
    private const int MaxSensorSide = ushort.MaxValue + 1;

    /// <param name="options">Not kept.</param>
    /// <exception cref="ArgumentException">An option is out of range, missing, or set though the slicing has no use for it.</exception>
    public EventFraming(EventFramingEstimator.Options options)
    {
        Height = options.Height;
        Width = options.Width;
        SensorHeight = options.SensorHeight ?? options.Height;
        SensorWidth = options.SensorWidth ?? options.Width;
        TimeSteps = options.TimeSteps;
        Slicing = options.Slicing;
        Accumulation = options.Accumulation;
        MergePolarity = options.MergePolarity;
        ValidateSizes();
        Require(Enum.IsDefined(Accumulation), nameof(options.Accumulation), Accumulation, "is not a defined EventAccumulation");

        RequireUse(options.SliceEvents, nameof(options.SliceEvents), EventSlicing.FixedCount);
        RequireUse(options.SliceDuration, nameof(options.SliceDuration), EventSlicing.FixedDuration);
        RequireUse(options.SliceTimes, nameof(options.SliceTimes), EventSlicing.AtTimes);
        SliceEvents = options.SliceEvents ?? 0;
        Require(options.SliceEvents is null or >= 1, nameof(options.SliceEvents), SliceEvents, "must be at least 1");
        SliceDuration = Microseconds(options.SliceDuration ?? TimeSpan.Zero, nameof(options.SliceDuration));
        Require(options.SliceDuration is null || SliceDuration >= 1, nameof(options.SliceDuration), options.SliceDuration,
            "must be at least a microsecond");
        SliceTimes = [.. (options.SliceTimes ?? []).Select(time => Microseconds(time, nameof(options.SliceTimes)))];
        ValidateTimes();
        Grid = new EventGrid(this);
    }

    public int Height { get; }

    public int Width { get; }

    public int SensorHeight { get; }

    public int SensorWidth { get; }

    public int TimeSteps { get; }

    public EventSlicing Slicing { get; }

    /// <summary>Events a slice; 0 where the slicing has no use for it.</summary>
    public int SliceEvents { get; }

    /// <summary>Microseconds a slice; 0 where the slicing has no use for it.</summary>
    public long SliceDuration { get; }

    /// <summary>T + 1 times, microseconds from the first event; none where the slicing has no use for them.</summary>
    public IReadOnlyList<long> SliceTimes { get; }

    public EventAccumulation Accumulation { get; }

    public bool MergePolarity { get; }

    public EventGrid Grid { get; }

    /// <summary>[T, C, H, W].</summary>
    public int[] Dimensions => [TimeSteps, MergePolarity ? 1 : 2, Height, Width];

    public int FrameLength => (MergePolarity ? 1 : 2) * Height * Width;

    /// <summary>Fills the frames with the events of a recording.</summary>
    /// <param name="frames">[T, C, H, W]; all of it is written.</param>
    /// <returns>The number of events outside the sensor, which are left out.</returns>
    public int Accumulate(ReadOnlySpan<PolarityEvent> events, Span<float> frames)
    {
        frames.Clear();
        EventSurvey survey = EventSurvey.Of(events, Grid);
        if (survey.Inside == 0)
            return survey.Outside;
        int next = 0;
        if (Slicing == EventSlicing.AtTimes)
            next = CountUntil(events, Start(survey.FirstTime));
        for (int slice = 0; slice < TimeSteps; slice++)
        {
            Span<float> frame = frames.Slice(slice * FrameLength, FrameLength);
            next += Grid.Add(events[next..], SliceLast(slice, survey), SliceLimit(slice, survey.Inside), frame, out _);
        }
        return survey.Outside;
    }

    /// <summary>
    /// The last time that belongs to a slice, for the slicings that need not know the whole recording: each case takes 1 off the end of
    /// the slice. Without end where slices are counted.
    /// </summary>
    public long SliceLast(long slice, long firstTime) => Slicing switch
    {
        EventSlicing.FixedDuration => Add(firstTime, (Int128)SliceDuration * (slice + 1) - 1),
        EventSlicing.AtTimes => Add(firstTime, SliceTimes[(int)slice + 1] - 1),
        _ => long.MaxValue,
    };

    /// <summary>The time at which the first slice begins.</summary>
    public long Start(long firstTime) => Slicing == EventSlicing.AtTimes ? Add(firstTime, SliceTimes[0]) : firstTime;

    /// <summary>The number of events before the first inside the sensor at or after <paramref name="start"/>.</summary>
    public int CountUntil(ReadOnlySpan<PolarityEvent> events, long start)
    {
        int i = 0;
        while (i < events.Length && !(Grid.Contains(events[i]) && events[i].TimeMicroseconds >= start))
            i++;
        return i;
    }

    // With t counted from the first event and D times in all, EqualDuration's slice of t is ⌊t T / D⌋.
    private long SliceLast(int slice, in EventSurvey survey) => Slicing == EventSlicing.EqualDuration
        ? Add(survey.FirstTime, (survey.Duration * (slice + 1) + TimeSteps - 1) / TimeSteps - 1)
        : SliceLast(slice, survey.FirstTime);

    /// <summary>The most events that a slice has.</summary>
    private long SliceLimit(int slice, long count) => Slicing switch
    {
        EventSlicing.EqualCount => count * (slice + 1) / TimeSteps - count * slice / TimeSteps,
        EventSlicing.FixedCount => SliceEvents,
        _ => long.MaxValue,
    };

    // Times come from files: no sum may wrap around.
    private static long Add(long time, Int128 duration) => (long)Int128.Min(time + duration, long.MaxValue);

    private void ValidateSizes()
    {
        Require(Height >= 1, nameof(Height), Height, "must be at least 1");
        Require(Width >= 1, nameof(Width), Width, "must be at least 1");
        Require(SensorHeight >= Height && SensorHeight <= MaxSensorSide, nameof(SensorHeight), SensorHeight,
            $"must be from Height, {Height}, to {MaxSensorSide}");
        Require(SensorWidth >= Width && SensorWidth <= MaxSensorSide, nameof(SensorWidth), SensorWidth,
            $"must be from Width, {Width}, to {MaxSensorSide}");
        Require(TimeSteps >= 1, nameof(TimeSteps), TimeSteps, "must be at least 1");
        Require(Dimensions.Aggregate((Int128)1, (product, size) => product * size) <= Array.MaxLength, nameof(TimeSteps), TimeSteps,
            "is too large: such frames do not fit into one vector");
        Require(Enum.IsDefined(Slicing), nameof(Slicing), Slicing, "is not a defined EventSlicing");
    }

    private void ValidateTimes()
    {
        if (Slicing != EventSlicing.AtTimes)
            return;
        string times = string.Join(", ", SliceTimes.Select(time => $"{time} us"));
        Require(SliceTimes.Count == (long)TimeSteps + 1, nameof(SliceTimes), times,
            $"must have {(long)TimeSteps + 1} times, one more than {nameof(TimeSteps)}");
        Require(SliceTimes[0] >= 0, nameof(SliceTimes), times, "must not be negative");
        Require(SliceTimes.Zip(SliceTimes.Skip(1)).All(pair => pair.First < pair.Second), nameof(SliceTimes), times, "must be ascending");
    }

    private static long Microseconds(TimeSpan time, string option)
    {
        Require(time.Ticks % TimeSpan.TicksPerMicrosecond == 0, option, time, "must be a whole number of microseconds");
        return time.Ticks / TimeSpan.TicksPerMicrosecond;
    }

    private void RequireUse<T>(T? value, string option, EventSlicing user)
    {
        if (Slicing == user && value is null)
            throw new ArgumentException($"{Slicing} slicing needs the option {option}.", option);
        if (Slicing != user && value is not null)
            throw new ArgumentException($"The option {option} is set, but {Slicing} slicing has no use for it.", option);
    }

    private static void Require(bool condition, string option, object? value, string rule)
    {
        if (!condition)
            throw new ArgumentOutOfRangeException(option, value, $"The option {option} {rule}.");
    }
}

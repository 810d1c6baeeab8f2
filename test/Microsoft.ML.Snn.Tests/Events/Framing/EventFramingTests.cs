namespace Microsoft.ML.Snn.Tests.Events;

/// <summary>Which event goes where, against plain loops over the events.</summary>
public class EventFramingTests
{
    private const int Height = 6, Width = 8, TimeSteps = 4;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(999)]
    public void EqualCount_cuts_the_events_inside_the_sensor_into_slices_that_differ_by_one_at_the_most(int count)
    {
        PolarityEvent[] events = Draw(count), inside = [.. events.Where(Inside)];
        int outside = Accumulate(Options(EventSlicing.EqualCount), events, out float[] frames);
        Assert.Equal(events.Length - inside.Length, outside);
        int[] sizes = [.. Slices(frames).Select(frame => (int)frame.Sum())];
        Assert.Equal(inside.Length, sizes.Sum());
        Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
        int first = 0;
        foreach ((float[] frame, int size) in Slices(frames).Zip(sizes))
        {
            Assert.Equal(Counts(inside.AsSpan(first, size)), frame);
            first += size;
        }
    }

    [Fact]
    public void EqualDuration_puts_an_event_into_the_slice_of_its_time()
    {
        PolarityEvent[] inside = [.. Draw(500).Where(Inside)];
        Accumulate(Options(EventSlicing.EqualDuration), inside, out float[] frames);
        double first = inside[0].TimeMicroseconds, duration = inside[^1].TimeMicroseconds - first + 1;
        for (int t = 0; t < TimeSteps; t++)
        {
            PolarityEvent[] slice = [.. inside.Where(e => (int)Math.Floor((e.TimeMicroseconds - first) / duration * TimeSteps) == t)];
            Assert.NotEmpty(slice);
            Assert.Equal(Counts(slice), Slices(frames)[t]);
        }
        Assert.Equal(inside.Length, frames.Sum());
    }

    [Fact]
    public void FixedCount_fills_slices_from_the_first_event_on_and_leaves_the_rest_out()
    {
        PolarityEvent[] inside = [.. Draw(500).Where(Inside)];
        EventFramingEstimator.Options options = Options(EventSlicing.FixedCount);
        options.SliceEvents = 30;
        Accumulate(options, inside, out float[] frames);
        for (int t = 0; t < TimeSteps; t++)
            Assert.Equal(Counts(inside.AsSpan(30 * t, 30)), Slices(frames)[t]);

        Accumulate(options, inside[..45], out frames);
        Assert.Equal([30, 15, 0, 0], Slices(frames).Select(frame => frame.Sum()));
    }

    [Fact]
    public void FixedDuration_starts_at_the_first_event_inside_the_sensor()
    {
        EventFramingEstimator.Options options = Options(EventSlicing.FixedDuration);
        options.SliceDuration = TimeSpan.FromMicroseconds(10);
        PolarityEvent[] events =
        [
            new(5, 99, 0, true), // outside
            new(100, 1, 0, true), new(109, 2, 0, true),
            new(110, 3, 0, true),
            new(130, 4, 0, true), // the third slice is empty
            new(140, 5, 0, true), // behind the last
        ];
        int outside = Accumulate(options, events, out float[] frames);
        Assert.Equal(1, outside);
        Assert.Equal([Counts(events.AsSpan(1, 2)), Counts(events.AsSpan(3, 1)), Counts([]), Counts(events.AsSpan(4, 1))], Slices(frames));
    }

    [Fact]
    public void AtTimes_counts_from_the_first_event_and_leaves_out_what_lies_before_and_behind()
    {
        EventFramingEstimator.Options options = Options(EventSlicing.AtTimes);
        options.SliceTimes = [.. ((int[])[10, 20, 50, 51, 100]).Select(time => TimeSpan.FromMicroseconds(time))];
        int[] times = [0, 9, 10, 19, 20, 49, 50, 51, 99, 100];
        PolarityEvent[] events = [.. times.Select((time, i) => new PolarityEvent(1000 + time, (ushort)(i % 8), 0, true))];
        Accumulate(options, events, out float[] frames);
        Assert.Equal(
            [Counts(events.AsSpan(2, 2)), Counts(events.AsSpan(4, 2)), Counts(events.AsSpan(6, 1)), Counts(events.AsSpan(7, 2))],
            Slices(frames));
    }

    [Theory]
    [InlineData(EventSlicing.EqualDuration)]
    [InlineData(EventSlicing.FixedDuration)]
    [InlineData(EventSlicing.AtTimes)]
    public void An_event_whose_time_steps_back_stays_in_the_slice_that_has_begun(EventSlicing slicing)
    {
        EventFramingEstimator.Options options = Options(slicing);
        options.SliceDuration = slicing == EventSlicing.FixedDuration ? TimeSpan.FromMicroseconds(10) : null;
        TimeSpan[] times = [.. Enumerable.Range(0, 5).Select(i => TimeSpan.FromMicroseconds(10 * i))];
        options.SliceTimes = slicing == EventSlicing.AtTimes ? times : null;
        PolarityEvent[] events =
            [new(100, 0, 0, true), new(110, 1, 0, true), new(95, 2, 0, true), new(109, 3, 0, true), new(139, 4, 0, true)];
        Accumulate(options, events, out float[] frames);
        Assert.Equal(
            [Counts(events.AsSpan(0, 1)), Counts(events.AsSpan(1, 3)), Counts([]), Counts(events.AsSpan(4, 1))],
            Slices(frames));
    }

    [Theory]
    [InlineData(EventSlicing.EqualCount, long.MinValue, long.MaxValue, new[] { 0f, 1, 0, 1 })]
    [InlineData(EventSlicing.EqualDuration, long.MinValue, long.MaxValue, new[] { 1f, 0, 0, 1 })]
    [InlineData(EventSlicing.EqualDuration, long.MaxValue - 1, long.MaxValue, new[] { 1f, 0, 1, 0 })]
    [InlineData(EventSlicing.FixedDuration, long.MaxValue - 1, long.MaxValue, new[] { 2f, 0, 0, 0 })]
    public void Extreme_times_do_not_wrap_around(EventSlicing slicing, long first, long second, float[] expected)
    {
        EventFramingEstimator.Options options = Options(slicing);
        options.SliceDuration = slicing == EventSlicing.FixedDuration ? TimeSpan.FromDays(10_000_000) : null;
        Accumulate(options, [new(first, 0, 0, true), new(second, 1, 0, true)], out float[] frames);
        Assert.Equal(expected, Slices(frames).Select(frame => frame.Sum()));
    }

    [Fact]
    public void A_larger_sensor_is_scaled_down_and_no_event_is_lost()
    {
        EventFramingEstimator.Options options = Options(EventSlicing.EqualCount);
        options.TimeSteps = 1;
        (options.SensorHeight, options.SensorWidth) = (15, 20); // factors of 2.5
        PolarityEvent[] events =
        [
            .. from y in Enumerable.Range(0, 15)
               from x in Enumerable.Range(0, 20)
               select new PolarityEvent(0, (ushort)x, (ushort)y, false),
        ];
        Assert.Equal(0, Accumulate(options, events, out float[] frames));
        PolarityEvent[] scaled = [.. events.Select(e => e with { X = (ushort)Math.Floor(e.X / 2.5), Y = (ushort)Math.Floor(e.Y / 2.5) })];
        Assert.Equal(Counts(scaled), frames);
        Assert.Equal(1, Accumulate(options, [new(0, 20, 0, true)], out _));
        Assert.Equal(1, Accumulate(options, [new(0, 0, 15, true)], out _));
    }

    [Fact]
    public void Binary_frames_say_whether_there_is_an_event()
    {
        PolarityEvent[] events = Draw(300);
        EventFramingEstimator.Options options = Options(EventSlicing.EqualCount);
        Accumulate(options, events, out float[] sums);
        options.Accumulation = EventAccumulation.Binary;
        Accumulate(options, events, out float[] binary);
        Assert.Contains(sums, sum => sum > 1);
        Assert.Equal(sums.Select(sum => Math.Min(sum, 1)), binary);
    }

    [Fact]
    public void Merged_polarities_add_up_the_OFF_and_ON_channels()
    {
        PolarityEvent[] events = Draw(300);
        EventFramingEstimator.Options options = Options(EventSlicing.EqualCount);
        Accumulate(options, events, out float[] both);
        options.MergePolarity = true;
        Accumulate(options, events, out float[] merged);
        const int Plane = Height * Width;
        Assert.Equal(merged, both.Chunk(2 * Plane).SelectMany(frame => frame[..Plane].Zip(frame[Plane..], (off, on) => off + on)));
    }

    public static TheoryData<Action<EventFramingEstimator.Options>, string> InvalidOptions => new()
    {
        { options => options.Height = 0, "Height" },
        { options => options.Width = -1, "Width" },
        { options => options.TimeSteps = 0, "TimeSteps" },
        { options => options.TimeSteps = int.MaxValue, "TimeSteps" },
        { options => options.SensorHeight = Height - 1, "SensorHeight" },
        { options => options.SensorWidth = 65_537, "SensorWidth" },
        { options => options.Slicing = (EventSlicing)9, "Slicing" },
        { options => options.Accumulation = (EventAccumulation)2, "Accumulation" },
        { options => options.SliceEvents = 5, "SliceEvents" },
        { options => options.Slicing = EventSlicing.FixedCount, "SliceEvents" },
        { options => (options.Slicing, options.SliceEvents) = (EventSlicing.FixedCount, 0), "SliceEvents" },
        { options => options.Slicing = EventSlicing.FixedDuration, "SliceDuration" },
        { options => (options.Slicing, options.SliceDuration) = (EventSlicing.FixedDuration, TimeSpan.Zero), "SliceDuration" },
        { options => (options.Slicing, options.SliceDuration) = (EventSlicing.FixedDuration, TimeSpan.FromTicks(15)), "SliceDuration" },
        { options => options.SliceDuration = TimeSpan.FromSeconds(1), "SliceDuration" },
        { options => options.Slicing = EventSlicing.AtTimes, "SliceTimes" },
        { options => options.SliceTimes = [], "SliceTimes" },
        { options => (options.Slicing, options.SliceTimes) = (EventSlicing.AtTimes, Seconds(0, 1, 2, 3)), "5 times" },
        { options => (options.Slicing, options.SliceTimes) = (EventSlicing.AtTimes, Seconds(0, 1, 2, 2, 4)), "ascending" },
        { options => (options.Slicing, options.SliceTimes) = (EventSlicing.AtTimes, Seconds(-1, 1, 2, 3, 4)), "negative" },
    };

    [Theory]
    [MemberData(nameof(InvalidOptions), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_range_missing_or_without_use_is_refused_by_name(Action<EventFramingEstimator.Options> change, string named)
    {
        EventFramingEstimator.Options options = Options(EventSlicing.EqualCount);
        change(options);
        Assert.Contains(named, Assert.ThrowsAny<ArgumentException>(() => new EventFraming(options)).Message);
    }

    private static EventFramingEstimator.Options Options(EventSlicing slicing) => new()
    {
        OutputColumnName = "Frames",
        Height = Height,
        Width = Width,
        TimeSteps = TimeSteps,
        Slicing = slicing,
    };

    /// <summary>Accumulates into frames that hold something else before.</summary>
    private static int Accumulate(EventFramingEstimator.Options options, PolarityEvent[] events, out float[] frames)
    {
        var framing = new EventFraming(options);
        frames = new float[framing.Dimensions.Aggregate(1, (product, size) => product * size)];
        Array.Fill(frames, 7);
        return framing.Accumulate(events, frames);
    }

    private static bool Inside(PolarityEvent e) => e.X < Width && e.Y < Height;

    private static PolarityEvent[] Draw(int count)
    {
        var random = new Random(8);
        long time = 500;
        return [.. Enumerable.Range(0, count).Select(_ => new PolarityEvent(
            time += random.Next(30), (ushort)random.Next(Width + 2), (ushort)random.Next(Height + 1), random.Next(2) == 1))];
    }

    private static float[] Counts(ReadOnlySpan<PolarityEvent> events)
    {
        var frame = new float[2 * Height * Width];
        foreach (PolarityEvent e in events)
            frame[((e.IsOn ? 1 : 0) * Height + e.Y) * Width + e.X]++;
        return frame;
    }

    private static float[][] Slices(float[] frames) => [.. frames.Chunk(2 * Height * Width)];

    private static TimeSpan[] Seconds(params int[] seconds) => [.. seconds.Select(second => TimeSpan.FromSeconds(second))];
}

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
        EventFramingOptions options = Options(EventSlicing.FixedCount(30));
        Accumulate(options, inside, out float[] frames);
        for (int t = 0; t < TimeSteps; t++)
            Assert.Equal(Counts(inside.AsSpan(30 * t, 30)), Slices(frames)[t]);

        Accumulate(options, inside[..45], out frames);
        Assert.Equal([30, 15, 0, 0], Slices(frames).Select(frame => frame.Sum()));
    }

    [Fact]
    public void FixedDuration_starts_at_the_first_event_inside_the_sensor()
    {
        EventFramingOptions options = Options(EventSlicing.FixedDuration(TimeSpan.FromMicroseconds(10)));
        PolarityEvent[] events =
        [
            new(5, 99, 0, true), // outside
            new(100, 1, 0, true), new(109, 2, 0, true),
            new(110, 3, 0, true),
            new(130, 4, 0, true), // the third slice is empty
            new(140, 5, 0, true), // after the last
        ];
        int outside = Accumulate(options, events, out float[] frames);
        Assert.Equal(1, outside);
        Assert.Equal([Counts(events.AsSpan(1, 2)), Counts(events.AsSpan(3, 1)), Counts([]), Counts(events.AsSpan(4, 1))], Slices(frames));
    }

    [Fact]
    public void AtTimes_counts_from_the_first_event_and_leaves_out_what_lies_before_and_after()
    {
        EventFramingOptions options = Options(EventSlicing.AtTimes(Microseconds(10, 20, 50, 51, 100)));
        int[] times = [0, 9, 10, 19, 20, 49, 50, 51, 99, 100];
        PolarityEvent[] events = [.. times.Select((time, i) => new PolarityEvent(1000 + time, (ushort)(i % 8), 0, true))];
        Accumulate(options, events, out float[] frames);
        Assert.Equal(
            [Counts(events.AsSpan(2, 2)), Counts(events.AsSpan(4, 2)), Counts(events.AsSpan(6, 1)), Counts(events.AsSpan(7, 2))],
            Slices(frames));
    }

    [Theory]
    [InlineData(EventSlicingKind.EqualDuration)]
    [InlineData(EventSlicingKind.FixedDuration)]
    [InlineData(EventSlicingKind.AtTimes)]
    public void An_event_whose_time_steps_back_stays_in_the_slice_that_has_begun(EventSlicingKind kind)
    {
        EventFramingOptions options = Options(kind switch
        {
            EventSlicingKind.EqualDuration => EventSlicing.EqualDuration,
            EventSlicingKind.FixedDuration => EventSlicing.FixedDuration(TimeSpan.FromMicroseconds(10)),
            _ => EventSlicing.AtTimes(Microseconds(0, 10, 20, 30, 40)),
        });
        PolarityEvent[] events =
            [new(100, 0, 0, true), new(110, 1, 0, true), new(95, 2, 0, true), new(109, 3, 0, true), new(139, 4, 0, true)];
        Accumulate(options, events, out float[] frames);
        Assert.Equal(
            [Counts(events.AsSpan(0, 1)), Counts(events.AsSpan(1, 3)), Counts([]), Counts(events.AsSpan(4, 1))],
            Slices(frames));
    }

    [Theory]
    [InlineData(EventSlicingKind.EqualCount, long.MinValue, long.MaxValue, new[] { 0f, 1, 0, 1 })]
    [InlineData(EventSlicingKind.EqualDuration, long.MinValue, long.MaxValue, new[] { 1f, 0, 0, 1 })]
    [InlineData(EventSlicingKind.EqualDuration, long.MaxValue - 1, long.MaxValue, new[] { 1f, 0, 1, 0 })]
    [InlineData(EventSlicingKind.FixedDuration, long.MaxValue - 1, long.MaxValue, new[] { 2f, 0, 0, 0 })]
    public void Extreme_times_do_not_wrap_around(EventSlicingKind kind, long first, long second, float[] expected)
    {
        EventFramingOptions options = Options(kind switch
        {
            EventSlicingKind.EqualCount => EventSlicing.EqualCount,
            EventSlicingKind.EqualDuration => EventSlicing.EqualDuration,
            _ => EventSlicing.FixedDuration(TimeSpan.FromDays(10_000_000)),
        });
        Accumulate(options, [new(first, 0, 0, true), new(second, 1, 0, true)], out float[] frames);
        Assert.Equal(expected, Slices(frames).Select(frame => frame.Sum()));
    }

    [Fact]
    public void A_larger_sensor_is_scaled_down_and_no_event_is_lost()
    {
        EventFramingOptions options = Options(EventSlicing.EqualCount) with { TimeSteps = 1, SensorHeight = 15, SensorWidth = 20 }; // factors of 2.5
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
        EventFramingOptions options = Options(EventSlicing.EqualCount);
        Accumulate(options, events, out float[] sums);
        Accumulate(options with { Accumulation = EventAccumulation.Binary }, events, out float[] binary);
        Assert.Contains(sums, sum => sum > 1);
        Assert.Equal(sums.Select(sum => Math.Min(sum, 1)), binary);
    }

    [Fact]
    public void Merged_polarities_add_up_the_OFF_and_ON_channels()
    {
        PolarityEvent[] events = Draw(300);
        EventFramingOptions options = Options(EventSlicing.EqualCount);
        Accumulate(options, events, out float[] both);
        Accumulate(options with { MergePolarity = true }, events, out float[] merged);
        const int Plane = Height * Width;
        Assert.Equal(merged, both.Chunk(2 * Plane).SelectMany(frame => frame[..Plane].Zip(frame[Plane..], (off, on) => off + on)));
    }

    public static TheoryData<Func<EventFramingOptions, EventFramingOptions>, string> InvalidOptions => new()
    {
        { options => options with { Height = 0 }, "Height" },
        { options => options with { Width = -1 }, "Width" },
        { options => options with { TimeSteps = 0 }, "TimeSteps" },
        { options => options with { TimeSteps = int.MaxValue }, "TimeSteps" },
        { options => options with { SensorHeight = Height - 1 }, "SensorHeight" },
        { options => options with { SensorWidth = 65_537 }, "SensorWidth" },
        { options => options with { Accumulation = null! }, "Accumulation" },
        { options => options with { Accumulation = EventAccumulation.VoxelGrid }, "EqualDuration" },
        { options => options with { Filters = null! }, "Filters" },
        { options => options with { Filters = [EventFilter.FlipVertical, null!] }, "index 1" },
        { options => options with { Filters = [EventFilter.Crop(1, 0, Width, Height)] }, "reaches beyond the sensor" },
        { options => options with { SensorWidth = 20, Filters = [EventFilter.Crop(1, 0, Width - 1, Height)] }, "less than a frame" },
        { options => options with { SensorWidth = 65_536, SensorHeight = 65_536, Filters = [EventFilter.FlipVertical] }, "too large" },
        { options => options with { Slicing = EventSlicing.AtTimes(Microseconds(0, 1, 2, 3)) }, "5 times" },
    };

    [Theory]
    [MemberData(nameof(InvalidOptions), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_range_is_refused_by_name(Func<EventFramingOptions, EventFramingOptions> change, string named)
    {
        EventFramingOptions options = Options(EventSlicing.EqualCount);
        Assert.Contains(named, Assert.ThrowsAny<ArgumentException>(() => new EventFraming(change(options))).Message);
    }

    [Fact]
    public void Slicings_that_make_no_sense_cannot_be_made()
    {
        Assert.Throws<ArgumentOutOfRangeException>("events", () => EventSlicing.FixedCount(0));
        Assert.Throws<ArgumentOutOfRangeException>("duration", () => EventSlicing.FixedDuration(TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>("duration", () => EventSlicing.FixedDuration(TimeSpan.FromTicks(15)));
        Assert.Throws<ArgumentException>("times", () => EventSlicing.AtTimes(TimeSpan.Zero));
        Assert.Contains("ascending", Assert.Throws<ArgumentException>("times", () => EventSlicing.AtTimes(Microseconds(0, 2, 2))).Message);
        Assert.Contains("negative", Assert.Throws<ArgumentOutOfRangeException>("times", () => EventSlicing.AtTimes(Microseconds(-1, 2))).Message);
        Assert.Throws<ArgumentOutOfRangeException>("times", () => EventSlicing.AtTimes(TimeSpan.Zero, TimeSpan.FromTicks(15)));
    }

    [Fact]
    public void Frames_of_a_recording_are_those_of_its_events()
    {
        PolarityEvent[] events = Draw(100);
        var framing = new EventFraming(Options(EventSlicing.EqualCount));
        Accumulate(framing.Options, events, out float[] expected);
        Assert.Equal(expected, framing.Accumulate(new EventRecording(events)));
        Assert.Throws<ArgumentException>("frames", () => framing.Accumulate(events, new float[framing.FeatureCount - 1]));
    }

    private static EventFramingOptions Options(EventSlicing slicing) =>
        new() { Height = Height, Width = Width, TimeSteps = TimeSteps, Slicing = slicing };

    /// <summary>Accumulates into frames that hold something else before.</summary>
    private static int Accumulate(EventFramingOptions options, PolarityEvent[] events, out float[] frames)
    {
        var framing = new EventFraming(options);
        frames = new float[framing.FeatureCount];
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

    private static TimeSpan[] Microseconds(params int[] times) => [.. times.Select(time => TimeSpan.FromMicroseconds(time))];
}

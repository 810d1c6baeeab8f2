namespace Microsoft.ML.Snn.Tests.Events;

/// <summary>Time surfaces and voxel grids against their definitions, element by element.</summary>
public class EventSurfacesAndVoxels
{
    private const int Height = 4, Width = 5, TimeSteps = 4, Plane = Height * Width;

    public static TheoryData<EventSlicingKind, bool> Slicings =>
        new MatrixTheoryData<EventSlicingKind, bool>(Enum.GetValues<EventSlicingKind>(), [false, true]);

    [Theory]
    [MemberData(nameof(Slicings))]
    public void A_time_surface_decays_since_the_latest_event_of_each_pixel(EventSlicingKind kind, bool isMerged)
    {
        const double TimeConstant = 120;
        EventFramingOptions options = new()
        {
            Height = Height, Width = Width, SensorHeight = 2 * Height, SensorWidth = Width, TimeSteps = TimeSteps, Slicing = Slicing(kind),
            MergePolarity = isMerged, Accumulation = EventAccumulation.TimeSurface(TimeSpan.FromMicroseconds((long)TimeConstant)),
        };
        for (int seed = 0; seed < 10; seed++)
        {
            PolarityEvent[] inside = [.. Draw(seed, 60).Where(e => e.X < Width && e.Y < 2 * Height)];
            float[] frames = new EventFraming(options).Accumulate(new EventRecording(inside));
            // Where the slices are is tested elsewhere: here it is enough how many events each has.
            int[] sizes = [.. new EventFraming(options with { Accumulation = EventAccumulation.Sum }).Accumulate(new EventRecording(inside))
                .Chunk(frames.Length / TimeSteps).Select(frame => (int)frame.Sum())];
            long first = inside[0].TimeMicroseconds, last = inside.Max(e => e.TimeMicroseconds);
            int from = kind == EventSlicingKind.AtTimes ? inside.Index().First(pair => pair.Item.TimeMicroseconds >= first + 50).Index : 0;
            int until = from;
            for (int t = 0; t < TimeSteps; t++)
            {
                until += sizes[t];
                PolarityEvent[] seen = inside[from..until];
                double end = kind switch
                {
                    EventSlicingKind.EqualDuration => first + Math.Ceiling((last - first + 1) * (t + 1.0) / TimeSteps),
                    EventSlicingKind.FixedDuration => first + 200 * (t + 1),
                    EventSlicingKind.AtTimes => first + new[] { 300, 310, 600, 900 }[t],
                    _ => seen.Max(e => e.TimeMicroseconds),
                };
                for (int i = 0; i < frames.Length / TimeSteps; i++)
                {
                    long[] times = [.. seen.Where(e => Element(e, isMerged) == i).Select(e => e.TimeMicroseconds)];
                    double expected = times.Length == 0 ? 0 : Math.Exp(-(end - times.Max()) / TimeConstant);
                    Assert.Equal(expected, frames[t * (frames.Length / TimeSteps) + i], 1e-6);
                }
            }
        }

        static int Element(PolarityEvent e, bool isMerged) => (e.IsOn && !isMerged ? Plane : 0) + e.Y / 2 * Width + e.X;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_voxel_grid_shares_events_between_the_nearest_time_steps(bool isMerged)
    {
        EventFramingOptions options = new()
        {
            Height = Height, Width = Width, TimeSteps = TimeSteps, Slicing = EventSlicing.EqualDuration, MergePolarity = isMerged,
            Accumulation = EventAccumulation.VoxelGrid,
        };
        for (int seed = 0; seed < 10; seed++)
        {
            PolarityEvent[] events = Draw(seed, 80), inside = [.. events.Where(e => e.X < Width && e.Y < Height)];
            float[] frames = new EventFraming(options).Accumulate(new EventRecording(events));
            double first = inside[0].TimeMicroseconds, duration = inside.Max(e => e.TimeMicroseconds) - first;
            double[] expected = new double[frames.Length];
            foreach (PolarityEvent e in inside)
            {
                double time = Math.Max(0, (TimeSteps - 1) * (e.TimeMicroseconds - first) / duration);
                for (int t = 0; t < TimeSteps; t++)
                {
                    double weight = Math.Max(0, 1 - Math.Abs(t - time)), sign = isMerged && !e.IsOn ? -1 : 1;
                    int channels = isMerged ? 1 : 2, channel = e.IsOn && !isMerged ? 1 : 0;
                    expected[((t * channels + channel) * Height + e.Y) * Width + e.X] += sign * weight;
                }
            }
            for (int i = 0; i < frames.Length; i++)
                Assert.Equal(expected[i], frames[i], 1e-5);
            int sum = isMerged ? inside.Count(e => e.IsOn) - inside.Count(e => !e.IsOn) : inside.Length;
            Assert.Equal(sum, frames.Sum(value => (double)value), 1e-4);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Events_at_one_moment_go_into_the_first_step_of_a_voxel_grid(int timeSteps)
    {
        var framing = new EventFraming(new()
        {
            Height = 1, Width = 2, TimeSteps = timeSteps, Slicing = EventSlicing.EqualDuration, Accumulation = EventAccumulation.VoxelGrid,
        });
        float[] frames = framing.Accumulate(new EventRecording(new PolarityEvent[] { new(7, 0, 0, true), new(7, 1, 0, false) }));
        Assert.Equal([0, 1, 1, 0, .. new float[4 * (timeSteps - 1)]], frames);
    }

    [Theory]
    [InlineData(EventSlicingKind.EqualCount)]
    [InlineData(EventSlicingKind.FixedDuration)]
    public void Extreme_times_do_not_wrap_around(EventSlicingKind kind)
    {
        PolarityEvent[] events = [new(long.MinValue, 0, 0, true), new(long.MaxValue, 1, 0, true)];
        EventFramingOptions options = new()
        {
            Height = 1, Width = 2, TimeSteps = 2, MergePolarity = true, Accumulation = EventAccumulation.TimeSurface(TimeSpan.FromDays(1)),
            Slicing = kind == EventSlicingKind.EqualCount ? EventSlicing.EqualCount : EventSlicing.FixedDuration(TimeSpan.FromTicks(10)),
        };
        float[] expected = kind == EventSlicingKind.EqualCount ? [1, 0, 0, 1] : [1, 0, 1, 0];
        float[] frames = new EventFraming(options).Accumulate(new EventRecording(events));
        Assert.Equal(expected, frames.Select(value => MathF.Round(value, 3)));
        EventFramingOptions voxels = options with { Slicing = EventSlicing.EqualDuration, Accumulation = EventAccumulation.VoxelGrid };
        Assert.Equal([1, 0, 0, 1], new EventFraming(voxels).Accumulate(new EventRecording(events)));
    }

    [Fact]
    public void A_time_constant_that_makes_no_sense_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("timeConstant", () => EventAccumulation.TimeSurface(TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>("timeConstant", () => EventAccumulation.TimeSurface(TimeSpan.FromTicks(15)));
    }

    [Fact]
    public void Frames_are_those_of_the_filtered_recording()
    {
        EventFilter[] filters =
        [
            EventFilter.RefractoryPeriod(TimeSpan.FromMicroseconds(60)), EventFilter.Crop(1, 2, 2 * Width, 2 * Height),
            EventFilter.FlipHorizontal,
        ];
        PolarityEvent[] events = Draw(3, 500, side: 14);
        EventFramingOptions options = new()
        {
            Height = Height, Width = Width, SensorHeight = 2 * Height, SensorWidth = 2 * Width, TimeSteps = TimeSteps,
        };
        var filtered = new EventFraming(options with { SensorHeight = 12, SensorWidth = 13, Filters = filters });
        float[] expected = new EventFraming(options).Accumulate(EventFilter.Apply(new(events), 12, 13, filters));
        var frames = new float[filtered.FeatureCount];
        int outside = filtered.Accumulate(events, frames);
        Assert.Equal(expected, frames);
        Assert.True(frames.Sum() > 100);
        // What filters drop is not outside the sensor.
        Assert.Equal(events.Count(e => e.X >= 13 || e.Y >= 12), outside);
    }

    private static EventSlicing Slicing(EventSlicingKind kind) => kind switch
    {
        EventSlicingKind.EqualCount => EventSlicing.EqualCount,
        EventSlicingKind.EqualDuration => EventSlicing.EqualDuration,
        // More than there are events for.
        EventSlicingKind.FixedCount => EventSlicing.FixedCount(17),
        EventSlicingKind.FixedDuration => EventSlicing.FixedDuration(TimeSpan.FromMicroseconds(200)),
        _ => EventSlicing.AtTimes([.. ((int[])[50, 300, 310, 600, 900]).Select(time => TimeSpan.FromMicroseconds(time))]),
    };

    private static PolarityEvent[] Draw(int seed, int count, int side = 8)
    {
        var random = new Random(seed);
        long time = 500;
        return [.. Enumerable.Range(0, count).Select(_ => new PolarityEvent(
            time += random.Next(-3, 40), (ushort)random.Next(side), (ushort)random.Next(side), random.Next(2) == 1))];
    }
}

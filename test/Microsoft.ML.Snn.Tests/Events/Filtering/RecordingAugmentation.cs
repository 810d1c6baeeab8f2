using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Tests.Events;

/// <summary>Random changes to recordings: the distributions that they are said to have, and where they act.</summary>
public class RecordingAugmentation
{
    private const int Count = 100_000;

    private readonly MLContext _context = new(seed: 1);

    [Fact]
    public void Time_jitter_is_normal_and_leaves_events_in_order()
    {
        var augmentation = new EventAugmentation { TimeJitter = TimeSpan.FromMilliseconds(2) };
        PolarityEvent[] moved = augmentation.Apply(Repeat(new(1_000_000, 3, 4, true)), seed: 5).Events.ToArray();
        double[] shifts = [.. moved.Select(e => e.TimeMicroseconds - 1_000_000.0)];
        Assert.Equal(Count, shifts.Length);
        Assert.Equal(shifts.Order(), shifts);
        // Standard errors: 6.3, 4.5, 0.0015 and 0.0007.
        Assert.InRange(shifts.Average(), -30, 30);
        Assert.InRange(Math.Sqrt(shifts.Average(shift => shift * shift)), 1980, 2020);
        Assert.InRange(shifts.Count(shift => Math.Abs(shift) < 2000) / (double)Count, 0.6827 - 0.007, 0.6827 + 0.007);
        Assert.InRange(shifts.Count(shift => Math.Abs(shift) < 4000) / (double)Count, 0.9545 - 0.0035, 0.9545 + 0.0035);
        Assert.All(moved, e => Assert.Equal((3, 4, true), (e.X, e.Y, e.IsOn)));
    }

    [Fact]
    public void Spatial_jitter_is_a_rounded_normal_number_and_events_before_the_first_pixel_are_lost()
    {
        // With a deviation of 1: P(0) = 0.3829, P(1) = P(-1) = 0.2417, as Φ(0.5) = 0.69146 and Φ(1.5) = 0.93319.
        EventRecording recording = Repeat(new(7, 0, 65_535, false));
        PolarityEvent[] moved = new EventAugmentation { SpatialJitter = 1 }.Apply(recording, seed: 5).Events.ToArray();
        Assert.All(moved, e => Assert.Equal((7, false), (e.TimeMicroseconds, e.IsOn)));
        Assert.InRange(moved.Length, (0.69146 * 0.69146 - 0.008) * Count, (0.69146 * 0.69146 + 0.008) * Count);
        Assert.InRange(moved.Count(e => (e.X, e.Y) == (0, 65_535)), (0.3829 * 0.3829 - 0.006) * Count, (0.3829 * 0.3829 + 0.006) * Count);
        Assert.InRange(moved.Count(e => (e.X, e.Y) == (1, 65_534)), (0.2417 * 0.2417 - 0.004) * Count, (0.2417 * 0.2417 + 0.004) * Count);
    }

    [Fact]
    public void Each_recording_loses_a_share_of_its_own_up_to_the_largest()
    {
        var augmentation = new EventAugmentation { EventDrop = 0.6 };
        EventRecording recording = new(EventFiles.Make(4000));
        EventRecording[] left = [.. Enumerable.Range(0, 200).Select(seed => augmentation.Apply(recording, seed))];
        double[] lost = [.. left.Select(one => 1 - one.Count / 4000.0)];
        // Uniform from 0 to 0.6: mean 0.3, with a deviation of 0.012 over 200 draws.
        Assert.InRange(lost.Average(), 0.25, 0.35);
        Assert.InRange(lost.Max(), 0.55, 0.65);
        Assert.InRange(lost.Min(), 0, 0.05);
        // In order, and none that was not there.
        int next = 0;
        foreach (PolarityEvent e in left[0].Events.Span)
            Assert.True((next = Array.IndexOf(recording.Events.ToArray(), e, next) + 1) > 0);
    }

    [Fact]
    public void Seed_and_events_decide()
    {
        var augmentation = new EventAugmentation { EventDrop = 0.3, SpatialJitter = 1, TimeJitter = TimeSpan.FromTicks(100) };
        PolarityEvent[] events = EventFiles.Make(300), other = [.. events[..^1], events[^1] with { IsOn = !events[^1].IsOn }];
        PolarityEvent[] changed = Apply(events, 3);
        Assert.Equal(changed, Apply([.. events], 3));
        Assert.NotEqual(changed, Apply(events, 4));
        Assert.NotEqual(changed.Take(100), Apply(other, 3).Take(100));
        Assert.Equal(events, new EventAugmentation().Apply(new(events), 3).Events.ToArray());
        Assert.Empty(Apply([], 3));

        PolarityEvent[] Apply(PolarityEvent[] from, int seed) => augmentation.Apply(new(from), seed).Events.ToArray();
    }

    [Fact]
    public void Extreme_times_do_not_wrap_around()
    {
        PolarityEvent[] events = [new(long.MinValue, 1, 1, true), new(long.MaxValue, 1, 1, true)];
        PolarityEvent[] changed = new EventAugmentation { TimeJitter = TimeSpan.MaxValue }.Apply(new(events), 1).Events.ToArray();
        Assert.True(changed[0].TimeMicroseconds < 0 && changed[1].TimeMicroseconds > 0);
    }

    [Fact]
    public void A_view_has_each_row_once_a_copy_and_reads_the_same_each_time()
    {
        var augmentation = new EventAugmentation { TimeJitter = TimeSpan.FromMilliseconds(1), SpatialJitter = 1 };
        EventRecording?[] recordings = [new(EventFiles.Make(100, 1)), null, new(EventFiles.Make(80, 2))];
        IDataView rows = Rows(recordings), view = _context.Data.AugmentEvents(rows, "Events", augmentation, copies: 3, seed: 7);
        EventRecording?[] changed = Read(view);
        EventRecording?[] expected =
            [.. Enumerable.Range(7, 3).SelectMany(seed => recordings.Select(one => one is null ? null : augmentation.Apply(one, seed)))];
        Assert.Equal(Events(expected), Events(changed));
        Assert.Equal(Events(changed), Events(Read(view)));
        Assert.Equal([0, 1, 2, 0, 1, 2, 0, 1, 2], view.GetColumn<int>("Id"));
        // Without a seed, the context's generator decides.
        Assert.NotEqual(
            Events(Read(_context.Data.AugmentEvents(rows, "Events", augmentation))),
            Events(Read(_context.Data.AugmentEvents(rows, "Events", augmentation))));

        static PolarityEvent[]?[] Events(EventRecording?[] from) => [.. from.Select(one => one?.Events.ToArray())];
    }

    [Fact]
    public void A_model_that_was_fitted_to_the_view_frames_recordings_as_they_are()
    {
        EventRecording recording = new(EventFiles.Make(300));
        IDataView rows = Rows(recording);
        IDataView view = _context.Data.AugmentEvents(rows, "Events", new() { SpatialJitter = 3, EventDrop = 0.5 }, copies: 2, seed: 1);
        var framing = _context.Transforms.AccumulateEvents("Frames", "Events", 128, 128, timeSteps: 2);
        ITransformer model = framing.Fit(view);
        using var zip = new MemoryStream();
        _context.Model.Save(model, rows.Schema, zip);
        zip.Position = 0;
        float[] frames = _context.Model.Load(zip, out _).Transform(rows).GetColumn<float[]>("Frames").Single();
        Assert.Equal(new EventFraming(framing.Fit(rows).Framing.Options).Accumulate(recording), frames);
        Assert.All(model.Transform(view).GetColumn<float[]>("Frames"), changed => Assert.NotEqual(frames, changed));
    }

    [Fact]
    public void What_makes_no_sense_is_refused_by_name()
    {
        IDataView rows = Rows(new EventRecording(EventFiles.Make(10)));
        Assert.Throws<ArgumentOutOfRangeException>("TimeJitter", () => new EventAugmentation { TimeJitter = TimeSpan.FromTicks(-1) });
        Assert.Throws<ArgumentOutOfRangeException>("SpatialJitter", () => new EventAugmentation { SpatialJitter = 1 / 0.0 });
        Assert.Throws<ArgumentOutOfRangeException>("EventDrop", () => new EventAugmentation { EventDrop = 1 });
        Assert.Throws<ArgumentOutOfRangeException>("copies", () => _context.Data.AugmentEvents(rows, "Events", new(), copies: 0));
        foreach (string column in (string[])["Id", "None"])
        {
            Exception e = Assert.ThrowsAny<ArgumentOutOfRangeException>(() => _context.Data.AugmentEvents(rows, column, new()));
            Assert.Contains($"'{column}'", e.Message);
        }
    }

    private static EventRecording Repeat(PolarityEvent e) => new(Enumerable.Repeat(e, Count).ToArray());

    private IDataView Rows(params EventRecording?[] recordings) =>
        _context.Data.LoadFromEnumerable(recordings.Select((recording, i) => new Row { Events = recording, Id = i }).ToArray());

    private EventRecording?[] Read(IDataView view) =>
        [.. _context.Data.CreateEnumerable<Row>(view, reuseRowObject: false).Select(row => row.Events)];

    private sealed class Row
    {
        [EventRecordingType]
        public EventRecording? Events { get; set; }

        public int Id { get; set; }
    }
}

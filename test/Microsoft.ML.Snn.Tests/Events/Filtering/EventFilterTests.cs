using System.Drawing;
using Microsoft.ML.Snn.Events.Filtering;

namespace Microsoft.ML.Snn.Tests.Events;

/// <summary>Which events filters leave, against the plainest loops over all pairs of events, on many drawn recordings.</summary>
public class EventFilterTests
{
    private const int Height = 7, Width = 9;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Background_activity_is_what_no_neighbor_supports(int seed)
    {
        PolarityEvent[] events = Draw(seed), inside = Inside(events);
        long window = 1 + seed % 5 * 20;
        PolarityEvent[] expected =
        [
            .. inside.Where((e, i) => inside.Take(i).Any(other =>
                (e.X, e.Y) != (other.X, other.Y) && Math.Abs(e.X - other.X) <= 1 && Math.Abs(e.Y - other.Y) <= 1
                && e.TimeMicroseconds - other.TimeMicroseconds <= window)),
        ];
        Assert.Equal(expected, Filter(events, EventFilter.BackgroundActivity(Microseconds(window))));
        Assert.InRange(expected.Length, 1, inside.Length - 1);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_pixel_is_silent_for_the_refractory_period_after_each_event_that_is_kept(int seed)
    {
        PolarityEvent[] events = Draw(seed);
        long period = (1 + seed % 5) * 150;
        List<PolarityEvent> expected = [];
        foreach (PolarityEvent e in Inside(events))
        {
            if (expected.All(kept => (kept.X, kept.Y) != (e.X, e.Y) || e.TimeMicroseconds - kept.TimeMicroseconds >= period))
                expected.Add(e);
        }
        Assert.Equal(expected, Filter(events, EventFilter.RefractoryPeriod(Microseconds(period))));
        Assert.True(expected.Count < Inside(events).Length);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Hot_pixels_are_those_with_more_events_per_second_than_allowed(int seed)
    {
        PolarityEvent[] events = Draw(seed), inside = Inside(events);
        double seconds = (inside.Max(e => e.TimeMicroseconds) - inside[0].TimeMicroseconds + 1) / 1e6;
        // As many events as an average pixel has are still allowed.
        double rate = inside.Length / (Height * Width) / seconds + 1e-6;
        Point[] hot =
        [
            .. from y in Enumerable.Range(0, Height)
               from x in Enumerable.Range(0, Width)
               where inside.Count(e => (e.X, e.Y) == (x, y)) > rate * seconds
               select new Point(x, y),
        ];
        PolarityEvent[] expected = [.. inside.Where(e => !hot.Contains(new Point(e.X, e.Y)))];
        Assert.Equal(expected, Filter(events, EventFilter.HotPixelsAbove(rate)));
        Assert.Equal(hot, EventFilter.FindHotPixels(new(inside), rate).Pixels);
        Assert.Equal(expected, Filter(events, EventFilter.HotPixels(hot)));
        Assert.InRange(hot.Length, 1, Height * Width - 1);
    }

    [Fact]
    public void Crops_and_flips_move_pixels()
    {
        PolarityEvent[] events = Draw(1), inside = Inside(events);
        Assert.Equal(
            inside.Where(e => e.X is >= 2 and < 7 && e.Y is >= 3 and < 5)
                .Select(e => e with { X = (ushort)(e.X - 2), Y = (ushort)(e.Y - 3) }),
            Filter(events, EventFilter.Crop(left: 2, top: 3, width: 5, height: 2)));
        Assert.Equal(inside.Select(e => e with { X = (ushort)(Width - 1 - e.X) }), Filter(events, EventFilter.FlipHorizontal));
        Assert.Equal(inside.Select(e => e with { Y = (ushort)(Height - 1 - e.Y) }), Filter(events, EventFilter.FlipVertical));
        Assert.Equal(inside, Filter(events));
    }

    [Fact]
    public void Each_filter_works_on_what_those_before_it_left()
    {
        PolarityEvent[] events = [new(0, 0, 0, true), new(1, 5, 4, true), new(2, 4, 4, true)];
        EventFilter crop = EventFilter.Crop(4, 4, 2, 2);
        Assert.Equal([new(2, 1, 0, true)], Filter(events, crop, EventFilter.FlipHorizontal, EventFilter.HotPixels(new Point(0, 0))));
        Assert.Equal([new(1, 1, 0, true), new(2, 0, 0, true)], Filter(events, EventFilter.HotPixels(new Point(0, 0)), crop));
        // The neighbor that supports an event may be dropped itself, but not by a filter before.
        EventFilter noise = EventFilter.BackgroundActivity(Microseconds(10));
        Assert.Equal([new(2, 4, 4, true)], Filter(events, noise, EventFilter.HotPixels(new Point(5, 4))));
        Assert.Empty(Filter(events, EventFilter.HotPixels(new Point(5, 4)), noise));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Event_by_event_filters_leave_what_they_leave_of_the_whole_and_once_more_after_a_reset(int seed)
    {
        EventFilter[] filters =
        [
            EventFilter.HotPixels(new Point(2, 2), new Point(3, 6)), EventFilter.FlipVertical, EventFilter.RefractoryPeriod(Microseconds(40)),
            EventFilter.Crop(1, 1, Width - 2, Height - 1), EventFilter.BackgroundActivity(Microseconds(200)), EventFilter.FlipHorizontal,
        ];
        PolarityEvent[] events = Draw(seed), expected = Filter(events, filters);
        Assert.NotEmpty(expected);
        var chain = new FilterChain(filters, new(Height, Width));
        for (int pass = 0; pass < 2; pass++)
        {
            List<PolarityEvent> kept = [];
            foreach (PolarityEvent e in Inside(events))
            {
                PolarityEvent next = e;
                if (chain.Keep(ref next))
                    kept.Add(next);
            }
            Assert.Equal(expected, kept);
            chain.Reset();
        }
    }

    [Fact]
    public void Extreme_times_do_not_wrap_around()
    {
        PolarityEvent near = new(long.MinValue + 2, 2, 2, true);
        PolarityEvent[] events = [new(long.MinValue, 1, 1, true), near, new(long.MaxValue, 1, 1, true)];
        Assert.Equal([near], Filter(events, EventFilter.BackgroundActivity(TimeSpan.FromDays(10_000_000))));
        Assert.Equal(events, Filter(events, EventFilter.RefractoryPeriod(TimeSpan.FromDays(10_000_000))));
        Assert.Equal(events, Filter(events, EventFilter.HotPixelsAbove(1)));
    }

    [Fact]
    public void Filters_that_make_no_sense_cannot_be_made()
    {
        Assert.Throws<ArgumentOutOfRangeException>("window", () => EventFilter.BackgroundActivity(TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>("window", () => EventFilter.BackgroundActivity(TimeSpan.FromTicks(15)));
        Assert.Throws<ArgumentOutOfRangeException>("period", () => EventFilter.RefractoryPeriod(TimeSpan.FromTicks(-10)));
        Assert.Throws<ArgumentOutOfRangeException>("pixels", () => EventFilter.HotPixels(new Point(0, 65_536)));
        Assert.Throws<ArgumentOutOfRangeException>("pixels", () => EventFilter.HotPixels(new Point(-1, 0)));
        Assert.Throws<ArgumentOutOfRangeException>("maxEventsPerSecond", () => EventFilter.HotPixelsAbove(0));
        Assert.Throws<ArgumentOutOfRangeException>("maxEventsPerSecond", () => EventFilter.FindHotPixels(new(Draw(1)), double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>("left", () => EventFilter.Crop(-1, 0, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>("height", () => EventFilter.Crop(0, 0, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>("sensorHeight", () => EventFilter.Apply(new(Draw(1)), 0, 5));
        string message = Assert.Throws<ArgumentException>(() => Filter(Draw(1), EventFilter.Crop(5, 0, Width - 4, Height))).Message;
        Assert.Contains("Crop(5, 0, 5, 7)", message);
        Assert.Contains("7 x 9", message);
    }

    private static PolarityEvent[] Filter(PolarityEvent[] events, params EventFilter[] filters) =>
        EventFilter.Apply(new(events), Height, Width, filters).Events.ToArray();

    private static PolarityEvent[] Inside(PolarityEvent[] events) => [.. events.Where(e => e.X < Width && e.Y < Height)];

    /// <summary>Some outside the sensor, some at the same time, some a little before the event before.</summary>
    private static PolarityEvent[] Draw(int seed)
    {
        var random = new Random(seed);
        long time = 500;
        return [.. Enumerable.Range(0, 300).Select(_ => new PolarityEvent(
            time += random.Next(-4, 30), (ushort)random.Next(Width + 2), (ushort)random.Next(Height + 1), random.Next(2) == 1))];
    }

    private static TimeSpan Microseconds(long microseconds) => TimeSpan.FromMicroseconds(microseconds);
}

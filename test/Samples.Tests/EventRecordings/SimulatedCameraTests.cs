using EventCamera.Simulation;
using Microsoft.ML.Snn;
using SimulatedCamera;

namespace Samples.Tests.EventRecordings;

/// <summary>The simulated camera against closed forms.</summary>
public class SimulatedCameraTests
{
    private const double Threshold = 0.2;

    private readonly EventCameraSimulator _camera = new(height: 2, width: 3, Threshold);

    [Fact]
    public void Brightness_that_grows_exponentially_makes_ON_events_at_equal_intervals()
    {
        // ln(brightness) grows by 5 thresholds and a half in the whole time, at pixel (2, 1) only.
        const int Duration = 110_000;
        PolarityEvent[] events = _camera.Record(
            (x, y, time) => (x, y) == (2, 1) ? Math.Exp(5.5 * Threshold * time / Duration) : 1, Duration, step: 1_000);
        Assert.Equal(5, events.Length);
        Assert.All(events, (e, i) =>
        {
            Assert.Equal((2, 1, true), (e.X, e.Y, e.IsOn));
            Assert.InRange(e.TimeMicroseconds, 20_000 * (i + 1) - 1, 20_000 * (i + 1));
        });
    }

    [Fact]
    public void A_step_down_and_up_makes_as_many_OFF_as_ON_events()
    {
        PolarityEvent[] events = _camera.Record((_, _, time) => time is > 3000 and < 7000 ? 0.5 : 1, 10_000, step: 500);
        int each = (int)(Math.Log(2) / Threshold);
        Assert.Equal(6 * each, events.Count(e => !e.IsOn));
        Assert.Equal(6 * each, events.Count(e => e.IsOn));
        Assert.Equal(6 * each, events.TakeWhile(e => !e.IsOn).Count());
    }

    [Fact]
    public void A_scene_at_rest_is_silent() => Assert.Empty(_camera.Record((x, y, _) => 0.1 + x + y, 10_000, step: 500));

    [Fact]
    public void Moving_shapes_make_ordered_events_all_over_the_sensor_and_differ_in_their_outlines()
    {
        const int Size = ShapeRecordings.Sensor;
        var camera = new EventCameraSimulator(Size, Size, 0.25);
        foreach (Shape shape in Enum.GetValues<Shape>())
        {
            var moving = new MovingShape(shape, Size, new Random(3));
            PolarityEvent[] events = camera.Record((x, y, time) => moving.Brightness(x, y, time / 100_000), 100_000, step: 2_000);
            Assert.InRange(events.Length, 500, 50_000);
            Assert.True(events.Zip(events.Skip(1)).All(pair => pair.First.TimeMicroseconds <= pair.Second.TimeMicroseconds));
            Assert.InRange(events.Count(e => e.IsOn), events.Length / 4, events.Length * 3 / 4);
        }
        // Area of the shape in pixels, from its brightness; the radius is the same for all, drawn first from the same seed.
        double[] areas = [.. Enum.GetValues<Shape>().Select(shape => Area(new MovingShape(shape, Size, new Random(3)), Size))];
        double unit = areas[(int)Shape.Square] / (1.5 * 1.5);
        Assert.Equal(Math.PI * 0.9 * 0.9, areas[(int)Shape.Circle] / unit, 0.05);
        Assert.Equal(2 * (2 * 0.6) - 0.6 * 0.6, areas[(int)Shape.Cross] / unit, 0.05);
        Assert.Equal(3 * Math.Sqrt(3) / 4, areas[(int)Shape.Triangle] / unit, 0.05);
    }

    private static double Area(MovingShape shape, int size)
    {
        double[] values = [.. from y in Enumerable.Range(0, size) from x in Enumerable.Range(0, size) select shape.Brightness(x, y, 0)];
        double low = values.Min(), high = values.Max();
        return values.Sum(value => (value - low) / (high - low));
    }
}

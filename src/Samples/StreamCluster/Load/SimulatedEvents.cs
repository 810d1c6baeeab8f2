using Microsoft.ML.Snn;
using SimulatedCamera;

namespace StreamCluster.Load;

/// <summary>The endless stream of a simulated camera: a moving shape, recorded once and shown again and again. The same seed, the same stream.</summary>
internal sealed class SimulatedEvents
{
    // Microseconds.
    private const int Duration = 300_000, Step = 2_000;
    private const double Threshold = 0.25;

    private readonly PolarityEvent[] _recorded;

    /// <param name="height">Rows of the sensor.</param>
    /// <param name="width">Columns of the sensor.</param>
    /// <param name="seed">Decides all events.</param>
    public SimulatedEvents(int height, int width, int seed)
    {
        Shape[] shapes = Enum.GetValues<Shape>();
        int size = Math.Min(height, width);
        var moving = new MovingShape(shapes[seed % shapes.Length], size, new Random(seed));
        _recorded = new EventCameraSimulator(height, width, Threshold).Record(
            (x, y, time) => moving.Brightness(x - (width - size) / 2, y - (height - size) / 2, time / Duration), Duration, Step);
        if (_recorded.Length == 0)
            throw new InvalidOperationException($"Nothing is seen on {height} x {width} pixels: simulate a larger sensor.");
    }

    /// <summary>Writes some events of the stream.</summary>
    /// <param name="first">The number of the first.</param>
    /// <param name="destination">Takes them.</param>
    public void Read(long first, Span<PolarityEvent> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            (long round, long index) = Math.DivRem(first + i, _recorded.Length);
            PolarityEvent e = _recorded[index];
            destination[i] = e with { TimeMicroseconds = e.TimeMicroseconds + round * Duration };
        }
    }
}

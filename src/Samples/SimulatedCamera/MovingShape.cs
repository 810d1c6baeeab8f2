namespace SimulatedCamera;

/// <summary>
/// A bright shape that moves in a circle before a dark background, at a random place, size, angle and speed: no single pixel tells the
/// class, nor does the way it moves.
/// </summary>
public sealed class MovingShape
{
    private const double _background = 0.2, _minBrightness = 0.6;
    private const double _minRadius = 7, _maxRadius = 11;
    // Width, in pixels, of the border over which a pixel is partly covered.
    private const double _softness = 1;

    private readonly Shape _shape;
    private readonly double _centerX, _centerY, _radius, _cos, _sin, _orbit, _phase, _turns, _brightness;

    /// <param name="shape">What moves.</param>
    /// <param name="size">Height and width of the scene in pixels.</param>
    /// <param name="random">Draws everything else.</param>
    public MovingShape(Shape shape, int size, Random random)
    {
        _shape = shape;
        _radius = Between(_minRadius, _maxRadius);
        _orbit = Between(1.5, 3.5);
        double margin = size / 2.0 - _radius - _orbit;
        _centerX = size / 2.0 + Between(-margin, margin);
        _centerY = size / 2.0 + Between(-margin, margin);
        (_sin, _cos) = Math.SinCos(Between(0, 2 * Math.PI));
        _phase = Between(0, 2 * Math.PI);
        _turns = Between(0.8, 1.6) * (random.Next(2) == 0 ? 1 : -1);
        _brightness = Between(_minBrightness, 1);

        double Between(double low, double high) => low + (high - low) * random.NextDouble();
    }

    /// <summary>Brightness, 0 to 1, of a pixel.</summary>
    /// <param name="x">The pixel's column.</param>
    /// <param name="y">The pixel's row.</param>
    /// <param name="time">0 at the start, 1 at the end.</param>
    public double Brightness(int x, int y, double time)
    {
        (double sin, double cos) = Math.SinCos(_phase + 2 * Math.PI * _turns * time);
        double dx = x + 0.5 - _centerX - _orbit * cos, dy = y + 0.5 - _centerY - _orbit * sin;
        double distance = _radius * Outside((_cos * dx + _sin * dy) / _radius, (_cos * dy - _sin * dx) / _radius);
        double cover = Math.Clamp(0.5 - distance / _softness, 0, 1);
        return _background + (_brightness - _background) * cover;
    }

    /// <summary>How far a point lies outside the shape of radius 1, negative inside.</summary>
    private double Outside(double x, double y)
    {
        double ax = Math.Abs(x), ay = Math.Abs(y);
        return _shape switch
        {
            Shape.Circle => Math.Sqrt(x * x + y * y) - 0.9,
            Shape.Cross => Math.Min(Math.Max(ax - 1, ay - 0.3), Math.Max(ax - 0.3, ay - 1)),
            Shape.Square => Math.Max(ax, ay) - 0.75,
            // The largest of the distances from its three sides.
            Shape.Triangle => Math.Max(y, Math.Sqrt(0.75) * ax - 0.5 * y) - 0.5,
            _ => throw new InvalidOperationException($"The shape {_shape} has no outline."),
        };
    }
}

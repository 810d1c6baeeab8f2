using SkiaSharp;

namespace Shapes;

/// <summary>Each shape's outline, inside a circle of radius 1 around the origin. The caller disposes the path.</summary>
internal static class ShapeOutlines
{
    public static SKPath Create(Shape shape) => shape switch
    {
        Shape.Arrow => Polygon((0, -1), (0.75f, -0.15f), (0.3f, -0.15f), (0.3f, 0.95f), (-0.3f, 0.95f), (-0.3f, -0.15f), (-0.75f, -0.15f)),
        Shape.Circle => Circle(0, 0.95f),
        Shape.Crescent => Without(Circle(0, 1), Circle(0.5f, 0.8f)),
        Shape.Cross => Polygon(
            (-0.3f, -0.95f), (0.3f, -0.95f), (0.3f, -0.3f), (0.95f, -0.3f), (0.95f, 0.3f), (0.3f, 0.3f),
            (0.3f, 0.95f), (-0.3f, 0.95f), (-0.3f, 0.3f), (-0.95f, 0.3f), (-0.95f, -0.3f), (-0.3f, -0.3f)),
        Shape.Frame => Without(Rectangle(0.85f, 0.52f), Rectangle(0.58f, 0.25f)),
        Shape.Heart => Heart(),
        Shape.Ring => Without(Circle(0, 1), Circle(0, 0.55f)),
        Shape.Square => Rectangle(0.7f, 0.7f),
        Shape.Star => Star(points: 5, innerRadius: 0.42f),
        Shape.Triangle => Polygon((0, -1), (0.87f, 0.5f), (-0.87f, 0.5f)),
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "This shape has no outline."),
    };

    private static SKPath Without(SKPath whole, SKPath part)
    {
        using (whole)
        using (part)
            return whole.Op(part, SKPathOp.Difference);
    }

    private static SKPath Polygon(params ReadOnlySpan<(float X, float Y)> corners)
    {
        var path = new SKPath();
        path.MoveTo(corners[0].X, corners[0].Y);
        foreach ((float x, float y) in corners[1..])
            path.LineTo(x, y);
        path.Close();
        return path;
    }

    private static SKPath Circle(float x, float radius)
    {
        var path = new SKPath();
        path.AddCircle(x, 0, radius);
        return path;
    }

    private static SKPath Rectangle(float halfWidth, float halfHeight)
    {
        var path = new SKPath();
        path.AddRect(new SKRect(-halfWidth, -halfHeight, halfWidth, halfHeight));
        return path;
    }

    private static SKPath Star(int points, float innerRadius)
    {
        var corners = new (float X, float Y)[2 * points];
        for (int i = 0; i < corners.Length; i++)
        {
            (float sin, float cos) = MathF.SinCos(MathF.PI * i / points);
            float radius = i % 2 == 0 ? 1 : innerRadius;
            corners[i] = (radius * sin, -radius * cos);
        }
        return Polygon(corners);
    }

    private static SKPath Heart()
    {
        var path = new SKPath();
        path.MoveTo(0, 0.95f);
        path.CubicTo(-1.6f, -0.1f, -0.8f, -1.3f, 0, -0.45f);
        path.CubicTo(0.8f, -1.3f, 1.6f, -0.1f, 0, 0.95f);
        path.Close();
        return path;
    }
}

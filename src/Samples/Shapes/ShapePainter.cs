using System.Runtime.InteropServices;
using SkiaSharp;

namespace Shapes;

/// <summary>
/// Paints one shape, brighter than its background, at a random place, size, angle and color, under noise. Colors say nothing about the
/// class, and no pixel does by itself: a linear model finds little to go by.
/// </summary>
public sealed class ShapePainter(Random random)
{
    public const int ImageSize = 32;
    private const float _minRadius = 10, _maxRadius = 14;
    private const double _minNoise = 5, _maxNoise = 20;
    private const double _minContrast = 100;

    /// <summary>A new picture of <see cref="ImageSize"/> squared pixels, which the caller disposes.</summary>
    public SKBitmap Paint(Shape shape)
    {
        (SKColor background, SKColor foreground) = RandomColors();
        var bitmap = new SKBitmap(new SKImageInfo(ImageSize, ImageSize, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap))
        using (SKPath outline = ShapeOutlines.Create(shape))
        using (var paint = new SKPaint { Color = foreground, IsAntialias = true })
        {
            float radius = Between(_minRadius, _maxRadius);
            canvas.Clear(background);
            canvas.Translate(Between(radius, ImageSize - radius), Between(radius, ImageSize - radius));
            canvas.RotateDegrees(Between(0, 360));
            canvas.Scale(radius);
            canvas.DrawPath(outline, paint);
        }
        AddNoise(bitmap, _minNoise + (_maxNoise - _minNoise) * random.NextDouble());
        return bitmap;
    }

    private (SKColor Background, SKColor Foreground) RandomColors()
    {
        while (true)
        {
            SKColor background = RandomColor(), foreground = RandomColor();
            if (Luminance(foreground) - Luminance(background) >= _minContrast)
                return (background, foreground);
        }
    }

    private SKColor RandomColor() => new((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256));

    private static double Luminance(SKColor color) => 0.299 * color.Red + 0.587 * color.Green + 0.114 * color.Blue;

    private void AddNoise(SKBitmap bitmap, double deviation)
    {
        byte[] pixels = bitmap.Bytes;
        for (int i = 0; i < pixels.Length; i++)
        {
            bool isAlpha = i % 4 == 3;
            if (!isAlpha)
                pixels[i] = (byte)Math.Clamp(Math.Round(pixels[i] + deviation * NextGaussian()), 0, 255);
        }
        Marshal.Copy(pixels, 0, bitmap.GetPixels(), pixels.Length);
    }

    // Box and Muller's transform.
    private double NextGaussian() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private float Between(float low, float high) => low + (high - low) * random.NextSingle();
}

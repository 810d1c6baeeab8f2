using SkiaSharp;

namespace NativeScore;

/// <summary>What LoadImages and ExtractPixels do in the pipeline: a picture's red, green and blue planes, values 0 to 255.</summary>
internal static class PicturePixels
{
    /// <param name="path">A picture of the network's size.</param>
    /// <param name="shape">[3, H, W]</param>
    /// <param name="features">Takes the values.</param>
    /// <exception cref="InvalidDataException">The file is no picture of that size.</exception>
    public static void Read(string path, IReadOnlyList<int> shape, float[] features)
    {
        if (shape is not [3, int height, int width])
            throw new InvalidDataException($"The network takes [{string.Join(", ", shape)}], not pictures in colour.");
        using SKBitmap bitmap = (File.Exists(path) ? SKBitmap.Decode(path) : null)
            ?? throw new InvalidDataException($"'{path}' is missing or no picture.");
        if (bitmap.Width != width || bitmap.Height != height)
            throw new InvalidDataException($"'{path}' has {bitmap.Width} x {bitmap.Height} pixels: resize it to {width} x {height} first.");
        ReadOnlySpan<SKColor> pixels = bitmap.Pixels;
        int plane = width * height;
        for (int i = 0; i < plane; i++)
            (features[i], features[plane + i], features[2 * plane + i]) = (pixels[i].Red, pixels[i].Green, pixels[i].Blue);
    }
}

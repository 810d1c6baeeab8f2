using SkiaSharp;

namespace NativeScore;

/// <summary>What LoadImages and ExtractPixels do in the pipeline: a picture's red, green and blue planes, values 0 to 255.</summary>
internal static class PicturePixels
{
    /// <param name="path">A picture of the network's size.</param>
    /// <param name="shape">[3, H, W]</param>
    /// <param name="features">Takes the values.</param>
    /// <exception cref="InvalidDataException">The file is no whole picture of that size.</exception>
    public static void Read(string path, IReadOnlyList<int> shape, float[] features)
    {
        if (shape is not [3, int height, int width])
            throw new InvalidDataException($"The network takes [{string.Join(", ", shape)}], not pictures in colour.");
        using SKCodec codec = (File.Exists(path) ? SKCodec.Create(path) : null)
            ?? throw new InvalidDataException($"'{path}' is missing or no picture.");
        SKImageInfo size = codec.Info;
        if (size.Width != width || size.Height != height)
            throw new InvalidDataException($"'{path}' has {size.Width} x {size.Height} pixels: resize it to {width} x {height} first.");
        // As ML.NET: translucent colours multiplied by their opacity, no matter which form the file has.
        SKCodecResult result = codec.GetPixels(new SKImageInfo(width, height, SKColorType.Bgra8888, SKAlphaType.Premul), out byte[] pixels);
        if (result != SKCodecResult.Success)
            throw new InvalidDataException($"'{path}' is damaged ({result}).");
        int plane = width * height;
        for (int i = 0; i < plane; i++)
            (features[2 * plane + i], features[plane + i], features[i]) = (pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2]);
    }
}

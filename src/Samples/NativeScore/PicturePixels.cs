using System.Runtime.InteropServices;
using PictureScoring;
using SkiaSharp;

namespace NativeScore;

/// <summary>
/// What LoadImages and ExtractPixels do in the pipeline: a picture's red, green and blue planes, values 0 to 255. Unlike LoadImages, it
/// turns a picture as its EXIF orientation says.
/// </summary>
internal static class PicturePixels
{
    /// <param name="path">A picture of the network's size.</param>
    /// <param name="shape">[3, H, W]</param>
    /// <param name="features">Takes the values.</param>
    /// <exception cref="InvalidDataException">The file is no whole picture of that size.</exception>
    public static void Read(string path, IReadOnlyList<int> shape, float[] features)
    {
        if (shape is not [3, int height, int width])
            throw new InvalidDataException($"The network takes [{string.Join(", ", shape)}], not color pictures.");
        using SKCodec codec = (File.Exists(path) ? SKCodec.Create(path) : null)
            ?? throw new InvalidDataException($"'{path}' is missing or no picture.");
        (int Width, int Height) size = PictureOrientation.SizeOf(codec);
        if (size != (width, height))
            throw new InvalidDataException($"'{path}' has {size.Width} x {size.Height} pixels: resize it to {width} x {height} first.");
        // As ML.NET: translucent colors multiplied by their opacity, no matter which form the file has.
        var stored = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Bgra8888, SKAlphaType.Premul);
        SKCodecResult result = codec.GetPixels(stored, out byte[] bytes);
        if (result != SKCodecResult.Success)
            throw new InvalidDataException($"'{path}' is damaged ({result}).");
        uint[] upright = PictureOrientation.Turn(MemoryMarshal.Cast<byte, uint>(bytes), stored.Width, stored.Height, codec.EncodedOrigin);
        ReadOnlySpan<byte> pixels = MemoryMarshal.AsBytes(upright.AsSpan());
        int plane = width * height;
        for (int i = 0; i < plane; i++)
            (features[2 * plane + i], features[plane + i], features[i]) = (pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2]);
    }
}

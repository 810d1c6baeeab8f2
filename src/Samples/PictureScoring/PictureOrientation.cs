using SkiaSharp;

namespace PictureScoring;

/// <summary>
/// Turns pixels as they are stored into the picture as it is meant: a camera that is held upright stores the picture lying on its side, and
/// says so in its EXIF data. ML.NET's <c>LoadImages</c> takes no notice of that.
/// </summary>
internal static class PictureOrientation
{
    /// <summary>Width and height of the picture that is meant.</summary>
    public static (int Width, int Height) SizeOf(SKCodec codec) =>
        IsOnItsSide(codec.EncodedOrigin) ? (codec.Info.Height, codec.Info.Width) : (codec.Info.Width, codec.Info.Height);

    /// <summary>The pixels of the picture that is meant.</summary>
    /// <param name="pixels">Pixels as they are stored, row by row.</param>
    /// <param name="width">Of a stored row.</param>
    /// <param name="height">Stored rows.</param>
    /// <param name="origin">Where the first stored row and column are in the picture that is meant.</param>
    public static uint[] Turn(ReadOnlySpan<uint> pixels, int width, int height, SKEncodedOrigin origin)
    {
        int last = width * height - 1;
        // Where in the stored pixels the first pixel of the picture is, and how far apart its neighbors are.
        (int first, int right, int down) = origin switch
        {
            SKEncodedOrigin.TopRight => (width - 1, -1, width),
            SKEncodedOrigin.BottomRight => (last, -1, -width),
            SKEncodedOrigin.BottomLeft => (last - width + 1, 1, -width),
            SKEncodedOrigin.LeftTop => (0, width, 1),
            SKEncodedOrigin.RightTop => (last - width + 1, -width, 1),
            SKEncodedOrigin.RightBottom => (last, -width, -1),
            SKEncodedOrigin.LeftBottom => (width - 1, width, -1),
            _ => (0, 1, width),
        };
        (int columns, int rows) = IsOnItsSide(origin) ? (height, width) : (width, height);
        uint[] turned = new uint[pixels.Length];
        for (int y = 0, to = 0; y < rows; y++)
        {
            for (int x = 0, from = first + y * down; x < columns; x++, from += right)
                turned[to++] = pixels[from];
        }
        return turned;
    }

    private static bool IsOnItsSide(SKEncodedOrigin origin) => origin
        is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
}

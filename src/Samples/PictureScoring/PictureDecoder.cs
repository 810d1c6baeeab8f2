using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using SkiaSharp;

namespace PictureScoring;

/// <summary>
/// Decodes pictures of strangers. ML.NET's own loading fills the missing part of a damaged picture without a word, and allocates whatever
/// size a header claims. And it takes pictures as they are stored, where this turns them upright if their EXIF data say how.
/// </summary>
public static class PictureDecoder
{
    private static ReadOnlySpan<byte> Png => [0x89, (byte)'P', (byte)'N', (byte)'G'];

    private static ReadOnlySpan<byte> Jpeg => [0xff, 0xd8, 0xff];

    /// <summary>Whether a file begins as a PNG, JPEG, WebP, GIF or BMP does.</summary>
    public static bool LooksLikePicture(ReadOnlySpan<byte> encoded) =>
        encoded.StartsWith(Png)
        || encoded.StartsWith(Jpeg)
        || encoded.StartsWith("GIF8"u8)
        || encoded.StartsWith("RIFF"u8) && encoded.Length >= 12 && encoded[8..].StartsWith("WEBP"u8)
        // Two letters might begin any file; the four bytes after the file's size are reserved.
        || encoded.StartsWith("BM"u8) && encoded.Length >= 10 && encoded[6..].StartsWith("\0\0\0\0"u8);

    /// <summary>The number of pixels, width times height, that a picture's header states: what decoding it will cost.</summary>
    /// <inheritdoc cref="Decode"/>
    public static long CountPixels(ReadOnlySpan<byte> encoded, long maximumPixels)
    {
        using SKCodec codec = Open(encoded, maximumPixels);
        return (long)codec.Info.Width * codec.Info.Height;
    }

    /// <summary>
    /// Decodes a PNG, JPEG, WebP, GIF (its first frame) or BMP, and turns it as its EXIF orientation says. A picture without one gives the
    /// pixels that <c>LoadImages</c> would give.
    /// </summary>
    /// <param name="encoded">The whole file.</param>
    /// <param name="maximumPixels">The most pixels, width times height, that are decoded.</param>
    /// <exception cref="UnreadablePictureException">It is empty, not a picture, too large or damaged.</exception>
    public static MLImage Decode(ReadOnlySpan<byte> encoded, long maximumPixels)
    {
        using SKCodec codec = Open(encoded, maximumPixels);
        (int width, int height) = (codec.Info.Width, codec.Info.Height);
        using var pixels = new SKBitmap(new SKImageInfo(width, height, SKColorType.Bgra8888, SKAlphaType.Premul));
        SKCodecResult result = codec.GetPixels(pixels.Info, pixels.GetPixels());
        if (result != SKCodecResult.Success)
            throw new UnreadablePictureException($"the picture is damaged ({result})");
        if (codec.EncodedOrigin == SKEncodedOrigin.TopLeft)
            return MLImage.CreateFromPixels(width, height, MLPixelFormat.Bgra32, pixels.GetPixelSpan());
        uint[] upright = PictureOrientation.Turn(MemoryMarshal.Cast<byte, uint>(pixels.GetPixelSpan()), width, height, codec.EncodedOrigin);
        (width, height) = PictureOrientation.SizeOf(codec);
        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Bgra32, MemoryMarshal.AsBytes(upright.AsSpan()));
    }

    /// <summary>Reads the header alone, and so guards against decompression bombs.</summary>
    private static SKCodec Open(ReadOnlySpan<byte> encoded, long maximumPixels)
    {
        if (encoded.IsEmpty)
            throw new UnreadablePictureException("it is empty");
        using SKData data = SKData.CreateCopy(encoded);
        SKCodec codec = SKCodec.Create(data)
            ?? throw new UnreadablePictureException("it is not a picture that can be decoded");
        (int width, int height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height <= maximumPixels)
            return codec;
        codec.Dispose();
        throw new UnreadablePictureException($"it has {width} x {height} pixels; at most {maximumPixels} in all are taken");
    }
}

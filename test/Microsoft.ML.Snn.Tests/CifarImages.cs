using System.IO.Compression;
using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Tests;

/// <summary>Random CIFAR-10 images, as ExtractPixels would give them: [3, 32, 32], red, green, blue, 0 to 255.</summary>
internal static class CifarImages
{
    public const int Length = 3 * 32 * 32;

    /// <summary>Images, one after the other, and their classes; or skips the running test where there is no data.</summary>
    public static (float[] Pixels, long[] Labels) Read(string archive, int count, int seed)
    {
        using ZipArchive zip = ZipFile.OpenRead(RealData.Path(archive));
        ZipArchiveEntry[] entries = [.. zip.Entries.Where(entry => entry.Name.EndsWith(".png", StringComparison.Ordinal))];
        string[] classes = [.. entries.Select(Class).Distinct().Order(StringComparer.Ordinal)];
        new Random(seed).Shuffle(entries);
        var pixels = new float[count * Length];
        var labels = new long[count];
        for (int i = 0; i < count; i++)
        {
            Decode(entries[i], pixels.AsSpan(i * Length, Length));
            labels[i] = Array.IndexOf(classes, Class(entries[i]));
        }
        return (pixels, labels);

        static string Class(ZipArchiveEntry entry) => entry.FullName.Split('/')[^2];
    }

    private static void Decode(ZipArchiveEntry entry, Span<float> pixels)
    {
        var bytes = new MemoryStream();
        using (Stream stream = entry.Open())
            stream.CopyTo(bytes);
        bytes.Position = 0;
        using MLImage image = MLImage.CreateFromStream(bytes);
        ReadOnlySpan<byte> source = image.Pixels;
        int red = image.PixelFormat == MLPixelFormat.Bgra32 ? 2 : 0;
        for (int i = 0; i < 32 * 32; i++)
        {
            pixels[i] = source[4 * i + red];
            pixels[1024 + i] = source[4 * i + 1];
            pixels[2048 + i] = source[4 * i + 2 - red];
        }
    }
}

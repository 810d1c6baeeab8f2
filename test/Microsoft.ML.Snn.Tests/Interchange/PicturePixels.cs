using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>Files of pictures as an ML.NET pipeline reads them, and as bytes, as a decoder gives them.</summary>
internal sealed class PicturePixels
{
    private readonly MLContext _context = new(seed: 1);
    private readonly IDataView _resized;
    private readonly bool _isGray;

    /// <param name="files">Paths of pictures.</param>
    /// <param name="height">Height that they are resized to.</param>
    /// <param name="width">Width that they are resized to.</param>
    /// <param name="isGray">Whether one channel is taken of them, red, which gray pictures have as they have the others.</param>
    public PicturePixels(string[] files, int height, int width, bool isGray = false)
    {
        _isGray = isGray;
        IDataView rows = _context.Data.LoadFromEnumerable(files.Select(file => new Row { Path = file }));
        _resized = _context.Transforms.LoadImages("Image", imageFolder: null, nameof(Row.Path))
            .Append(_context.Transforms.ResizeImages("Image", width, height)).Fit(rows).Transform(rows);
        var bytes = new List<byte>();
        foreach (MLImage image in _resized.GetColumn<MLImage>("Image"))
        {
            Assert.Equal((height, width), (image.Height, image.Width));
            int red = image.PixelFormat == MLPixelFormat.Bgra32 ? 2 : 0;
            ReadOnlySpan<byte> pixels = image.Pixels;
            for (int i = 0; i < pixels.Length; i += 4)
                bytes.AddRange(isGray ? [pixels[i + red]] : [pixels[i + red], pixels[i + 1], pixels[i + 2 - red]]);
            image.Dispose();
        }
        Bytes = [.. bytes];
    }

    /// <summary>[N, H, W, C]: of each pixel red, green and blue.</summary>
    public byte[] Bytes { get; }

    /// <summary>ExtractPixels and the network: features [N, C * H * W] and scores [N, classes], row after row.</summary>
    public (float[] Features, float[] Scores) Score(
        SpikingNetwork network, ImagePixelExtractingEstimator.ColorsOrder order, float offset, float scale)
    {
        ImagePixelExtractingEstimator.ColorBits colors =
            _isGray ? ImagePixelExtractingEstimator.ColorBits.Red : ImagePixelExtractingEstimator.ColorBits.Rgb;
        IDataView scored = _context.Transforms.ExtractPixels(
                "Features", "Image", colors, order, offsetImage: offset, scaleImage: scale)
            .Append(_context.Transforms.ApplySpikingNetwork(network)).Fit(_resized).Transform(_resized);
        return ([.. Values("Features")], [.. Values("Score")]);

        IEnumerable<float> Values(string column) => scored.GetColumn<float[]>(column).SelectMany(row => row);
    }

    /// <summary>Writes PNGs of random pixels, of several sizes.</summary>
    public static string[] Draw(string folder, int count, int height, int width, bool isGray = false)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            int rows = height + i % 3, columns = width + i % 4;
            byte[] pixels = new byte[rows * columns * 4];
            random.NextBytes(pixels);
            for (int p = 0; p < pixels.Length; p += 4)
            {
                if (isGray)
                    pixels.AsSpan(p, 3).Fill(pixels[p]);
                pixels[p + 3] = byte.MaxValue;
            }
            string path = Path.Combine(folder, $"{i}.png");
            using MLImage image = MLImage.CreateFromPixels(columns, rows, MLPixelFormat.Bgra32, pixels);
            image.Save(path);
            return path;
        })];
    }

    /// <summary>Unpacks PNGs of CIFAR-10, or skips the running test where there is no data.</summary>
    public static string[] Unpack(string folder, int count)
    {
        using ZipArchive zip = ZipFile.OpenRead(RealData.Path("cifar10-test.zip"));
        ZipArchiveEntry[] entries = [.. zip.Entries.Where(entry => entry.Name.EndsWith(".png", StringComparison.Ordinal))];
        new Random(3).Shuffle(entries);
        return [.. entries.Take(count).Select((entry, i) =>
        {
            string path = Path.Combine(folder, $"{i}.png");
            entry.ExtractToFile(path);
            return path;
        })];
    }

    private sealed class Row
    {
        public string Path { get; set; } = "";
    }
}

using System.IO.Compression;
using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Benchmarks.Inference;

/// <summary>
/// 32x32 color images of ten classes: CIFAR-10's where the folder named by SNNML_DATA, or <c>shared/data</c> beside the repository, holds
/// it; otherwise drawn ones: stripes of ten directions and random colors over noise.
/// </summary>
internal sealed class Pictures
{
    public const int Channels = 3, Size = 32, Length = Channels * Size * Size, Classes = 10;

    /// <summary>The classes, in the order of the labels.</summary>
    public static readonly string[] Names =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    public sealed class Row
    {
        [VectorType(Channels, Size, Size)]
        public float[] Features { get; set; } = [];

        // ML.NET reads keys in a class from 0.
        [KeyType(Classes)]
        public uint Label { get; set; }
    }

    private Pictures(string name, Row[] training, Row[] test)
    {
        Name = name;
        Training = training;
        Test = test;
    }

    public string Name { get; }

    public Row[] Training { get; }

    public Row[] Test { get; }

    public static Pictures Load(int training, int test)
    {
        var random = new Random(1);
        return FindData("cifar10-train.zip") is { } trainingPath && FindData("cifar10-test.zip") is { } testPath
            ? new("CIFAR-10", Read(trainingPath, training, random), Read(testPath, test, random))
            : new("drawn", Draw(training, random), Draw(test, random));
    }

    /// <summary>The path of a file of the data folder; null where there is none.</summary>
    public static string? FindData(string file)
    {
        string? folder = Environment.GetEnvironmentVariable("SNNML_DATA");
        for (DirectoryInfo? d = new(AppContext.BaseDirectory); string.IsNullOrEmpty(folder) && d is not null; d = d.Parent)
        {
            string candidate = Path.Combine(d.FullName, "shared", "data");
            if (Directory.Exists(candidate))
                folder = candidate;
        }
        return folder is not null && File.Exists(Path.Combine(folder, file)) ? Path.Combine(folder, file) : null;
    }

    private static Row[] Read(string path, int count, Random random)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        ZipArchiveEntry[] entries = [.. zip.Entries.Where(entry => entry.Length > 0)];
        random.Shuffle(entries);
        return [.. entries.Take(count).Select(entry =>
        {
            using Stream stream = entry.Open();
            var memory = new MemoryStream();
            stream.CopyTo(memory);
            memory.Position = 0;
            using MLImage image = MLImage.CreateFromStream(memory);
            return new Row
            {
                Features = Planes(image),
                Label = (uint)Array.IndexOf(Names, entry.FullName.Split('/')[^2]),
            };
        })];
    }

    private static float[] Planes(MLImage image)
    {
        ReadOnlySpan<byte> pixels = image.Pixels;
        bool redFirst = image.PixelFormat == MLPixelFormat.Rgba32;
        float[] planes = new float[Length];
        for (int i = 0; i < Size * Size; i++)
        {
            for (int c = 0; c < Channels; c++)
                planes[c * Size * Size + i] = pixels[4 * i + (redFirst ? c : 2 - c)];
        }
        return planes;
    }

    private static Row[] Draw(int count, Random random)
    {
        var rows = new Row[count];
        for (int i = 0; i < count; i++)
        {
            int label = random.Next(Classes);
            (double sin, double cos) = Math.SinCos(Math.PI * label / Classes);
            double period = 4 + 6 * random.NextDouble(), phase = 6 * random.NextDouble();
            float[] features = new float[Length];
            for (int c = 0; c < Channels; c++)
            {
                double strength = 120 * random.NextDouble();
                for (int p = 0; p < Size * Size; p++)
                {
                    double wave = Math.Sin((p / Size * sin + p % Size * cos) * 2 * Math.PI / period + phase);
                    features[c * Size * Size + p] = (float)(120 + strength * wave + 10 * random.NextDouble());
                }
            }
            rows[i] = new() { Features = features, Label = (uint)label };
        }
        return rows;
    }
}

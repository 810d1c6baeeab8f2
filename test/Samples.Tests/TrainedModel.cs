using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Snn;
using SkiaSharp;

namespace Samples.Tests;

/// <summary>
/// A small model, trained within seconds on drawn pictures of three colors and saved as TrainAndScore saves its own. Shared by all tests.
/// </summary>
public sealed class TrainedModel : IDisposable
{
    public const int Size = 16;

    public static readonly string[] Classes = ["blue", "green", "red"];

    public TrainedModel()
    {
        Folder = Directory.CreateTempSubdirectory("snnml-samples-").FullName;
        Path = System.IO.Path.Combine(Folder, "model.zip");
        Train(Path, seed: 1);
    }

    /// <summary>A folder for the tests' files, deleted at the end.</summary>
    public string Folder { get; }

    public string Path { get; }

    /// <summary>Trains a model and saves it.</summary>
    public void Train(string path, int seed)
    {
        var context = new MLContext(seed);
        var random = new Random(seed);
        Row[] rows = [.. Enumerable.Range(0, 60).Select(i => new Row
        {
            ImagePath = System.IO.Path.Combine(Folder, $"train-{seed}-{i}.png"), Label = Classes[i % Classes.Length],
        })];
        foreach (Row row in rows)
            File.WriteAllBytes(row.ImagePath, Draw(row.Label, random));
        IDataView data = context.Data.LoadFromEnumerable(rows);
        TransformerChain<ITransformer> model = new EstimatorChain<ITransformer>()
            .Append(
                context.Transforms.Conversion.MapValueToKey(
                    "Label", keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue),
                TransformerScope.TrainTest)
            .Append(context.Transforms.LoadImages("Image", imageFolder: null, nameof(Row.ImagePath)))
            .Append(context.Transforms.ResizeImages("Image", Size, Size))
            .Append(context.Transforms.ExtractPixels("Features", "Image"))
            .Append<ITransformer>(context.MulticlassClassification.Trainers.SpikingResNet(new SpikingResNetTrainer.Options
            {
                Architecture = new() { Name = "Tiny", Stem = new(8), Stages = [new(1, 8), new(1, 16, 2)] },
                TimeSteps = 4,
                Epochs = 8,
                BatchSize = 12,
                LearningRate = 0.05,
                Seed = seed,
            }))
            .Append<ITransformer>(context.Transforms.Conversion.MapKeyToValue("PredictedClass", "PredictedLabel"))
            .Fit(data);
        context.Model.Save(model.GetModelFor(TransformerScope.Scoring), context.Data.LoadFromEnumerable<Picture>([]).Schema, path);
    }

    /// <summary>A PNG of a square in a class's color on a noisy ground.</summary>
    public static byte[] Draw(string color, Random random, SKEncodedImageFormat format = SKEncodedImageFormat.Png, int size = Size)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(size, size, SKColorType.Bgra8888, SKAlphaType.Opaque));
        int left = random.Next(size / 2), top = random.Next(size / 2);
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                bool inside = x >= left && x < left + size / 2 && y >= top && y < top + size / 2;
                byte bright = (byte)(inside ? 220 : 60), noise = (byte)random.Next(60);
                bitmap.SetPixel(x, y, new SKColor(
                    color == "red" ? bright : noise, color == "green" ? bright : noise, color == "blue" ? bright : noise));
            }
        }
        using SKData data = bitmap.Encode(format, 95);
        return data.ToArray();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class Picture
    {
        public string ImagePath { get; set; } = "";
    }
}

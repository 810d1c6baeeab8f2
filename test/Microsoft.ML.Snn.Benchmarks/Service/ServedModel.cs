using Microsoft.ML.Data;
using Microsoft.ML.Snn.Benchmarks.Inference;
using Microsoft.ML.Snn.Engine.Graph;
using SkiaSharp;

namespace Microsoft.ML.Snn.Benchmarks.Service;

/// <summary>What the services are given: the benchmark inference's network behind the steps from a picture file to its features.</summary>
internal static class ServedModel
{
    private sealed class File
    {
        public string Path { get; set; } = "";

        [KeyType(Pictures.Classes)]
        public uint Label { get; set; }
    }

    public static void Save(SpikingNetwork network, string path)
    {
        network = new(network.ToGraph() with { Labels = LabelValues.FromText(Pictures.Names) });
        var context = new MLContext();
        IDataView files = context.Data.LoadFromEnumerable<File>([]);
        ITransformer steps = context.Transforms.LoadImages("Image", imageFolder: null, nameof(File.Path))
            .Append(context.Transforms.ResizeImages("Image", Pictures.Size, Pictures.Size))
            .Append(context.Transforms.ExtractPixels("Features", "Image"))
            .Fit(files);
        var scoring = new MulticlassPredictionTransformer<SpikingResNetModelParameters>(
            context, new(context, network, "Score"), steps.GetOutputSchema(files.Schema), "Features", nameof(File.Label));
        context.Model.Save(new TransformerChain<ITransformer>([.. (IEnumerable<ITransformer>)steps, scoring]), files.Schema, path);
    }

    /// <summary>Test images as the files that clients send.</summary>
    public static byte[][] TestFiles(int count) => [.. Pictures.Load(0, count).Test.Select(row => Encode(row.Features))];

    private static byte[] Encode(float[] planes)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(Pictures.Size, Pictures.Size, SKColorType.Bgra8888, SKAlphaType.Opaque));
        for (int i = 0; i < Pictures.Size * Pictures.Size; i++)
            bitmap.SetPixel(i % Pictures.Size, i / Pictures.Size, new SKColor(Value(0, i), Value(1, i), Value(2, i)));
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return data.ToArray();

        byte Value(int channel, int pixel) => (byte)Math.Clamp(planes[channel * Pictures.Size * Pictures.Size + pixel], 0, 255);
    }
}

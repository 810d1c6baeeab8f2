using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Rows that hold images: ML.NET disposes them while it reads them, and a training reads more than once.</summary>
public class ImagesInMemory
{
    private readonly MLContext _context = new(seed: 1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Images_that_ML_NET_has_disposed_are_explained(bool resizes)
    {
        IDataView data = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 6).Select(i => new Kept { Image = Draw(i), Name = $"{i % 2}" }).ToArray());
        string message = Assert.Throws<InvalidOperationException>(() => Pipeline(resizes).Fit(data)).Message;
        Assert.Contains("make a new MLImage each time", message);
        Assert.Contains("LoadImages", message);
    }

    [Fact]
    public void Images_that_are_made_anew_each_time_can_be_read_any_number_of_times()
    {
        IDataView data = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 6).Select(i => new Made { Seed = i, Name = $"{i % 2}" }).ToArray());
        ITransformer model = Pipeline(resizes: true).Fit(data);
        float[][] scores = [.. model.Transform(data).GetColumn<float[]>("Score")];
        Assert.Equal(scores, model.Transform(data).GetColumn<float[]>("Score"));
    }

    /// <summary>Without a cache, so that each epoch reads the rows again.</summary>
    private IEstimator<ITransformer> Pipeline(bool resizes)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 2);
        options.CacheMebibytes = 0;
        IEstimator<ITransformer> pipeline = _context.Transforms.Conversion.MapValueToKey("Label", "Name");
        if (resizes)
            pipeline = pipeline.Append(_context.Transforms.ResizeImages("Image", TinyImages.Size, TinyImages.Size));
        return pipeline.Append(_context.Transforms.ExtractPixels("Features", "Image"))
            .Append(_context.MulticlassClassification.Trainers.SpikingResNet(options));
    }

    private static MLImage Draw(int seed)
    {
        var pixels = new byte[TinyImages.Size * TinyImages.Size * 4];
        new Random(seed).NextBytes(pixels);
        return MLImage.CreateFromPixels(TinyImages.Size, TinyImages.Size, MLPixelFormat.Bgra32, pixels);
    }

    private sealed class Kept
    {
        [ImageType(TinyImages.Size, TinyImages.Size)]
        public MLImage? Image { get; set; }

        public string Name { get; set; } = "";
    }

    private sealed class Made
    {
        public int Seed { get; set; }

        [ImageType(TinyImages.Size, TinyImages.Size)]
        public MLImage Image => Draw(Seed);

        public string Name { get; set; } = "";
    }
}

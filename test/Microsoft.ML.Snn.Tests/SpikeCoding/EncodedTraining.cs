using Microsoft.ML.Data;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Snn.Tests.Training;

namespace Microsoft.ML.Snn.Tests.SpikeCoding;

/// <summary>The trainer accepts encoded images, and the encoder is saved with the model.</summary>
public class EncodedTraining
{
    [Slow]
    [Theory]
    [InlineData(SpikeCodeKind.Rate)]
    [InlineData(SpikeCodeKind.Population)]
    public void A_network_learns_from_encoded_images_and_the_zip_carries_the_encoder(SpikeCodeKind code)
    {
        var context = new MLContext(seed: 1);
        IDataView train = TinyImages.View(context, perClass: 20);
        var losses = new List<double>();
        SpikingResNetTrainer.Options trainer = TinyImages.Options(epochs: 4);
        trainer.TimeSteps = null;
        trainer.MetricsCallback = metrics => losses.Add(metrics.Loss);
        IEstimator<ITransformer> pipeline = context.Transforms.EncodeSpikes(new SpikeEncodingEstimator.Options
        {
            OutputColumnName = "Features",
            Code = code == SpikeCodeKind.Rate ? SpikeCode.Rate(3, maximum: 255) : SpikeCode.Population(3, maximum: 255),
        }).Append(TinyImages.Pipeline(context, trainer));

        ITransformer model = pipeline.Fit(train);

        Assert.True(losses[^1] < losses[0], $"Losses: {string.Join(", ", losses)}");
        using var zip = new MemoryStream();
        context.Model.Save(model, train.Schema, zip);
        zip.Position = 0;
        ITransformer loaded = context.Model.Load(zip, out _);
        Assert.Equal(Scores(model, train), Scores(loaded, train));
    }

    private static float[][] Scores(ITransformer model, IDataView data) => [.. model.Transform(data).GetColumn<float[]>("Score")];
}

using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Snn;
using Microsoft.ML.Transforms.Image;

namespace PictureScoring;

/// <summary>Scores pictures one by one. For one thread at a time; made by <see cref="PictureModel.CreateScorer"/>.</summary>
public sealed class PictureScorer : IDisposable
{
    private readonly FoldedNetwork _network;
    private readonly PredictionEngine<ImageRow, FeatureRow> _engine;

    internal PictureScorer(MLContext context, ITransformer model, string imageColumn, string featureColumn, FoldedNetwork network)
    {
        _network = network;
        SchemaDefinition input = SchemaDefinition.Create(typeof(ImageRow)), output = SchemaDefinition.Create(typeof(FeatureRow));
        input[nameof(ImageRow.Image)].ColumnName = imageColumn;
        output[nameof(FeatureRow.Features)].ColumnName = featureColumn;
        _engine = context.Model.CreatePredictionEngine<ImageRow, FeatureRow>(model, new PredictionEngineOptions
        {
            InputSchemaDefinition = input, OutputSchemaDefinition = output, OwnsTransformer = false,
        });
    }

    /// <summary>The probability of each class.</summary>
    /// <param name="image">The picture; disposed when this returns.</param>
    public float[] Score(MLImage image)
    {
        float[] scores = new float[_network.ClassCount];
        _network.Score(Features(image), rows: 1, scores);
        return scores;
    }

    /// <summary>What the network takes: the picture's pixels, prepared as in training.</summary>
    /// <param name="image">The picture; disposed when this returns.</param>
    public float[] Features(MLImage image)
    {
        using (image)
            return _engine.Predict(new ImageRow { Image = image }).Features;
    }

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    private sealed class ImageRow
    {
        // The attribute wants a size, to which no picture is held: ResizeImages comes next.
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }

    private sealed class FeatureRow
    {
        public float[] Features { get; set; } = [];
    }
}

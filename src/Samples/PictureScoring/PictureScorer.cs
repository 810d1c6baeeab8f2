using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace PictureScoring;

/// <summary>Scores pictures one by one. For one thread at a time; made by <see cref="PictureModel.CreateScorer"/>.</summary>
public sealed class PictureScorer : IDisposable
{
    private readonly PredictionEngine<ImageRow, ScoreRow> _engine;

    internal PictureScorer(MLContext context, ITransformer model, string imageColumn)
    {
        SchemaDefinition input = SchemaDefinition.Create(typeof(ImageRow));
        input[nameof(ImageRow.Image)].ColumnName = imageColumn;
        _engine = context.Model.CreatePredictionEngine<ImageRow, ScoreRow>(
            model, new PredictionEngineOptions { InputSchemaDefinition = input, OwnsTransformer = false });
    }

    /// <summary>The probability of each class.</summary>
    /// <param name="image">The picture; disposed when this returns.</param>
    public float[] Score(MLImage image)
    {
        using (image)
            return _engine.Predict(new ImageRow { Image = image }).Score;
    }

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    private sealed class ImageRow
    {
        // The attribute wants a size, to which no picture is held: ResizeImages comes next.
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }

    private sealed class ScoreRow
    {
        public float[] Score { get; set; } = [];
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using TrainAndScore.Images;

namespace TrainAndScore.Training;

/// <summary>A linear model on the same pixels: what the pictures give away without a deep network.</summary>
internal static class LinearBaseline
{
    /// <summary>Trains on one set and returns the metrics on the other.</summary>
    public static MulticlassClassificationMetrics Evaluate(MLContext mlContext, IDataView train, IDataView test, int imageSize)
    {
        var pipeline = PicturePipeline.LoadPictures(mlContext, imageSize)
            .Append(mlContext.Transforms.NormalizeMeanVariance("Features", fixZero: false))
            .AppendCacheCheckpoint(mlContext)
            .Append(mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy(nameof(LabeledPicture.Label)));
        return mlContext.MulticlassClassification.Evaluate(pipeline.Fit(train).Transform(test, TransformerScope.Testing));
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;
using TrainAndScore.Images;

namespace TrainAndScore.Training;

/// <summary>The estimators before and after the trainer: from an image file's path to pixels, from a key to the class's name.</summary>
internal static class PicturePipeline
{
    /// <summary>Puts the pixels into <c>Features</c>, <c>[3, size, size]</c>, values 0 to 255, and makes the label a key.</summary>
    public static EstimatorChain<ImagePixelExtractingTransformer> LoadPictures(MLContext mlContext, int size) =>
        new EstimatorChain<ITransformer>()
            // Only training and evaluation have labels: the scope keeps this step out of the saved model.
            .Append(
                mlContext.Transforms.Conversion.MapValueToKey(
                    nameof(LabeledPicture.Label), keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue),
                TransformerScope.TrainTest)
            .Append(mlContext.Transforms.LoadImages("Image", imageFolder: null, nameof(Picture.ImagePath)))
            .Append(mlContext.Transforms.ResizeImages("Image", size, size))
            .Append(mlContext.Transforms.ExtractPixels("Features", "Image"));

    /// <summary>Adds the name of the predicted class beside its key, which <c>Evaluate</c> needs.</summary>
    public static KeyToValueMappingEstimator NamePredictedClass(MLContext mlContext) =>
        mlContext.Transforms.Conversion.MapKeyToValue(nameof(PicturePrediction.PredictedClass), "PredictedLabel");
}

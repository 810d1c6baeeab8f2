using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn;

namespace Microsoft.ML;

/// <summary>The components of Microsoft.ML.Snn: deep spiking neural networks.</summary>
public static partial class SnnCatalog
{
    /// <summary>
    /// Create a <see cref="SpikingResNetTrainer"/>, which trains a deep spiking residual network to classify images, spike trains or
    /// event frames.
    /// </summary>
    /// <param name="catalog">The multiclass classification trainer catalog.</param>
    /// <param name="labelColumnName">The label column: a key.</param>
    /// <param name="featureColumnName">
    /// The feature column: a known-sized vector of <see cref="float"/> with the dimensions [C, H, W] or [T, C, H, W].
    /// </param>
    /// <param name="scoreColumnName">The output column of the class probabilities.</param>
    /// <param name="predictedLabelColumnName">The output column of the predicted class.</param>
    /// <param name="architecture">The network; null for <see cref="SpikingResNetArchitecture.ResNet19"/>.</param>
    /// <param name="timeSteps">
    /// Number of time steps, at least 1; null (default) for 4 with static images, and for the samples' own T with [T, C, H, W].
    /// </param>
    /// <param name="epochs">Passes over the training set, at least 1. Default 100.</param>
    /// <param name="validationSet">Samples to validate on after every epoch; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is outside its range.</exception>
    /// <exception cref="ArgumentException">The architecture is not a valid one.</exception>
    /// <exception cref="InvalidOperationException">Another version of Microsoft.ML is loaded than this library works with.</exception>
    /// <example>
    /// <code>
    /// // Pixels [C, H, W] of 32 x 32, as LoadImages, ResizeImages and ExtractPixels give them, in the column Features.
    /// var pipeline = ml.Transforms.Conversion.MapValueToKey("Label")
    ///     .Append(ml.MulticlassClassification.Trainers.SpikingResNet(
    ///         architecture: SpikingResNetArchitecture.ResNet19.WithWidth(0.25), timeSteps: 2, epochs: 20))
    ///     .Append(ml.Transforms.Conversion.MapKeyToValue("Guess", "PredictedLabel"));
    /// ITransformer model = pipeline.Fit(data);
    /// ml.Model.Save(model, data.Schema, "model.zip");
    /// </code>
    /// </example>
    public static SpikingResNetTrainer SpikingResNet(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = DefaultColumnNames.Label,
        string featureColumnName = DefaultColumnNames.Features,
        string scoreColumnName = DefaultColumnNames.Score,
        string predictedLabelColumnName = DefaultColumnNames.PredictedLabel,
        SpikingResNetArchitecture? architecture = null,
        int? timeSteps = null,
        int epochs = 100,
        IDataView? validationSet = null) =>
        catalog.SpikingResNet(new SpikingResNetTrainer.Options
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            ScoreColumnName = scoreColumnName,
            PredictedLabelColumnName = predictedLabelColumnName,
            Architecture = architecture ?? SpikingResNetArchitecture.ResNet19,
            TimeSteps = timeSteps,
            Epochs = epochs,
            ValidationSet = validationSet,
        });

    /// <summary>
    /// Create a <see cref="SpikingResNetTrainer"/> with advanced options, which trains a deep spiking residual network to classify
    /// images, spike trains or event frames.
    /// </summary>
    /// <param name="catalog">The multiclass classification trainer catalog.</param>
    /// <param name="options">The trainer's options; they are copied.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    /// <example>
    /// <code>
    /// var trainer = ml.MulticlassClassification.Trainers.SpikingResNet(new SpikingResNetTrainer.Options
    /// {
    ///     Architecture = SpikingResNetArchitecture.ResNet19.WithWidth(0.25),
    ///     TimeSteps = 4, Epochs = 20, EarlyPhases = [new(14, timeSteps: 1)],
    ///     Augmentation = ImageAugmentation.Standard, LabelSmoothing = 0.1,
    ///     ValidationFraction = 0.1, CheckpointFolder = "checkpoints",
    ///     MetricsCallback = metrics => Console.WriteLine($"epoch {metrics.Epoch}: {metrics.ValidationAccuracy:P1}"),
    /// });
    /// ITransformer model = trainer.Fit(data);
    /// </code>
    /// </example>
    public static SpikingResNetTrainer SpikingResNet(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, SpikingResNetTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new SpikingResNetTrainer(CatalogUtils.GetEnvironment(catalog), options);
    }
}

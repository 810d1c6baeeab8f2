using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Snn;
using TrainAndScore.CommandLine;
using TrainAndScore.Images;
using TrainAndScore.Progress;

namespace TrainAndScore.Training;

/// <summary>The heart of the sample: a spiking ResNet as one estimator of an ML.NET pipeline.</summary>
internal static class SpikingTraining
{
    // Of the training pictures: they show after each epoch how the network does on pictures that it does not learn from.
    private const double _validationFraction = 0.1;

    public static TransformerChain<ITransformer> Fit(
        MLContext mlContext, IDataView pictures, int imageSize, TrainingSettings settings, ITrainingDisplay display,
        CancellationToken cancellation)
    {
        IEstimator<ITransformer> trainer = mlContext.MulticlassClassification.Trainers.SpikingResNet(new SpikingResNetTrainer.Options
        {
            LabelColumnName = nameof(LabelledPicture.Label),
            FeatureColumnName = "Features",
            Architecture = settings.Architecture,
            TimeSteps = settings.TimeSteps,
            Epochs = settings.Epochs,
            BatchSize = settings.BatchSize,
            LearningRate = settings.LearningRate,
            // Every time step learns to answer: at few steps and epochs, better than the loss of their mean.
            Loss = SpikingLoss.Temporal,
            Augmentation = settings.Augmentation,
            ValidationFraction = _validationFraction,
            MetricsCallback = display.ShowEpoch,
            ProgressCallback = display.ShowProgress,
            CancellationToken = cancellation,
        });
        IEstimator<TransformerChain<ITransformer>> pipeline = PicturePipeline.LoadPictures(mlContext, imageSize)
            .Append(trainer)
            .Append<ITransformer>(PicturePipeline.NamePredictedClass(mlContext));
        return display.During(() => pipeline.Fit(pictures));
    }
}

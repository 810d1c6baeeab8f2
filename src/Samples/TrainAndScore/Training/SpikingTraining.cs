using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Snn;
using TrainAndScore.Images;
using TrainAndScore.Progress;

namespace TrainAndScore.Training;

/// <summary>The heart of the sample: a spiking ResNet as one estimator of an ML.NET pipeline.</summary>
internal static class SpikingTraining
{
    public static TransformerChain<ITransformer> Fit(
        MLContext mlContext, IDataView pictures, int imageSize, SpikingResNetTrainer.Options options, ITrainingDisplay display,
        CancellationToken cancellation)
    {
        options.LabelColumnName = nameof(LabeledPicture.Label);
        options.FeatureColumnName = "Features";
        options.MetricsCallback = display.ShowEpoch;
        options.Progress = display;
        options.CancellationToken = cancellation;
        IEstimator<ITransformer> trainer = mlContext.MulticlassClassification.Trainers.SpikingResNet(options);
        IEstimator<TransformerChain<ITransformer>> pipeline = PicturePipeline.LoadPictures(mlContext, imageSize)
            .Append(trainer)
            .Append<ITransformer>(PicturePipeline.NamePredictedClass(mlContext));
        return display.During(() => pipeline.Fit(pictures));
    }
}

using EventCamera.CommandLine;
using EventCamera.Recordings;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Snn;
using Microsoft.ML.Transforms;

namespace EventCamera.Training;

/// <summary>The heart of the sample: from the path of a recording to the name of its class.</summary>
internal static class EventPipeline
{
    public const string Events = "Events", Frames = "Frames";

    // Some hundred recordings of a small sensor need no deeper network than this.
    private static readonly SpikingResNetArchitecture _architecture = new()
    {
        Name = "EventResNet", Stem = new(16, 3, 2), Stages = [new(1, 16), new(1, 32, 2), new(1, 64, 2)], HiddenUnits = 128,
    };

    public static IEstimator<TransformerChain<ITransformer>> Create(
        MLContext mlContext, Settings settings, Action<TrainingMetrics> epochDone, CancellationToken cancellation)
    {
        IEstimator<ITransformer> trainer = mlContext.MulticlassClassification.Trainers.SpikingResNet(new SpikingResNetTrainer.Options
        {
            LabelColumnName = nameof(LabelledRecording.Label),
            FeatureColumnName = Frames,
            Architecture = _architecture.WithWidth(settings.Width),
            Epochs = settings.Epochs,
            BatchSize = 20,
            LearningRate = 0.1,
            // Recordings of a class differ in where and how dense they are; none is mirrored, since digits are not.
            Augmentation = new ImageAugmentation { CropPadding = 3, EventDrop = 0.3 },
            MetricsCallback = epochDone,
            CancellationToken = cancellation,
        });
        return new EstimatorChain<ITransformer>()
            // Only training and evaluation have labels: the scope keeps this step out of the saved model.
            .Append(
                mlContext.Transforms.Conversion.MapValueToKey(
                    nameof(LabelledRecording.Label), keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue),
                TransformerScope.TrainTest)
            .Append(mlContext.Transforms.LoadEvents(new EventLoadingEstimator.Options
            {
                OutputColumnName = Events, InputColumnName = nameof(Recording.Path), Reading = settings.Reading,
            }))
            .Append(mlContext.Transforms.AccumulateEvents(
                Frames, Events, settings.SensorHeight, settings.SensorWidth, settings.TimeSteps, EventSlicing.EqualCount))
            .Append(trainer)
            .Append<ITransformer>(mlContext.Transforms.Conversion.MapKeyToValue("PredictedClass", "PredictedLabel"));
    }
}

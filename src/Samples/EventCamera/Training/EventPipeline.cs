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

    public static IEstimator<TransformerChain<ITransformer>> Create(
        MLContext mlContext, Settings settings, Action<TrainingMetrics> epochDone, CancellationToken cancellation)
    {
        IEstimator<ITransformer> trainer = mlContext.MulticlassClassification.Trainers.SpikingResNet(new SpikingResNetTrainer.Options
        {
            LabelColumnName = nameof(LabeledRecording.Label),
            FeatureColumnName = Frames,
            Architecture = settings.Recipe.Architecture.WithWidth(settings.Width),
            Epochs = settings.Recipe.Epochs,
            BatchSize = 20,
            Optimizer = settings.Recipe.Optimizer,
            LearningRate = settings.Recipe.LearningRate,
            LabelSmoothing = settings.Recipe.LabelSmoothing,
            WeightAverageDecay = settings.Recipe.WeightAverageDecay,
            Augmentation = settings.Recipe.Augmentation,
            MetricsCallback = epochDone,
            CancellationToken = cancellation,
        });
        EventFramingOptions framing = Framing(settings);
        return new EstimatorChain<ITransformer>()
            // Only training and evaluation have labels: the scope keeps this step out of the saved model.
            .Append(
                mlContext.Transforms.Conversion.MapValueToKey(
                    nameof(LabeledRecording.Label), keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue),
                TransformerScope.TrainTest)
            .Append(mlContext.Transforms.LoadEvents(new EventLoadingEstimator.Options
            {
                OutputColumnName = Events, InputColumnName = nameof(Recording.Path), Reading = settings.Reading,
            }))
            // A part of the file in place of the whole, for recordings of several gestures. The saved model takes whole files.
            .Append(
                mlContext.Transforms.LoadEvents(new EventLoadingEstimator.Options
                {
                    OutputColumnName = Events,
                    InputColumnName = nameof(Recording.Path),
                    StartTimeColumnName = nameof(LabeledRecording.StartMicroseconds),
                    EndTimeColumnName = nameof(LabeledRecording.EndMicroseconds),
                    Reading = settings.Reading,
                }),
                TransformerScope.TrainTest)
            .Append(mlContext.Transforms.AccumulateEvents(new EventFramingEstimator.Options
            {
                OutputColumnName = Frames,
                InputColumnName = Events,
                Height = framing.Height,
                Width = framing.Width,
                SensorHeight = framing.SensorHeight,
                SensorWidth = framing.SensorWidth,
                TimeSteps = framing.TimeSteps,
                Slicing = framing.Slicing,
            }))
            .Append(trainer)
            .Append<ITransformer>(mlContext.Transforms.Conversion.MapKeyToValue("PredictedClass", "PredictedLabel"));
    }

    /// <summary>How a recording becomes the frames that the network takes.</summary>
    public static EventFramingOptions Framing(Settings settings) => new()
    {
        Height = settings.FrameHeight,
        Width = settings.FrameWidth,
        SensorHeight = settings.Recipe.SensorHeight,
        SensorWidth = settings.Recipe.SensorWidth,
        TimeSteps = settings.Recipe.TimeSteps,
        Slicing = settings.Recipe.Slicing,
    };
}

using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Tests.Events;

/// <summary>
/// A network trained for a moment on drawn recordings; its weights say little, but each recording has scores of its own. Trained once for
/// all tests that share it.
/// </summary>
public sealed class EventModel
{
    public const int TimeSteps = 4, Sensor = 128, Size = 16;

    private readonly ITransformer _network;

    public EventModel()
    {
        Rows = [.. Enumerable.Range(0, 12).Select(i => new Row { Events = new(EventFiles.Make(60 + 40 * i, i)), Label = i % 3 })];
        IDataView data = Context.Data.LoadFromEnumerable(Rows);
        _network = Context.Transforms.Conversion.MapValueToKey("Label")
            .Append(Framing(EventSlicingKind.EqualCount))
            .Append(Context.MulticlassClassification.Trainers.SpikingResNet(new SpikingResNetTrainer.Options
            {
                FeatureColumnName = "Frames",
                Architecture = new() { Name = "Tiny", Stem = new(8), Stages = [new(1, 8), new(1, 16, 2)] },
                Epochs = 2,
                BatchSize = 6,
                LearningRate = 0.05,
                Seed = 3,
            }))
            .Fit(data).LastTransformer;
    }

    public MLContext Context { get; } = new(seed: 1);

    public Row[] Rows { get; }

    /// <summary>From recordings to scores, cut in one way or another.</summary>
    public ITransformer Cut(EventSlicingKind slicing, Action<EventFramingEstimator.Options>? change = null)
    {
        EventFramingEstimator.Options options = Options(Slicing(slicing));
        change?.Invoke(options);
        ITransformer framing = Context.Transforms.AccumulateEvents(options).Fit(Context.Data.LoadFromEnumerable(Rows));
        return new TransformerChain<ITransformer>(framing, _network);
    }

    /// <summary>The trained network alone.</summary>
    public ITransformer Network => _network;

    public EventFramingEstimator Framing(EventSlicingKind slicing) => Context.Transforms.AccumulateEvents(Options(Slicing(slicing)));

    /// <summary>Slices that most recordings have more of than the network has time steps, and some fewer.</summary>
    public static EventSlicing Slicing(EventSlicingKind kind) => kind switch
    {
        EventSlicingKind.EqualCount => EventSlicing.EqualCount,
        EventSlicingKind.EqualDuration => EventSlicing.EqualDuration,
        EventSlicingKind.FixedCount => EventSlicing.FixedCount(40),
        EventSlicingKind.FixedDuration => EventSlicing.FixedDuration(TimeSpan.FromMicroseconds(300)),
        _ => EventSlicing.AtTimes([.. ((int[])[50, 300, 310, 900, 1500]).Select(time => TimeSpan.FromMicroseconds(time))]),
    };

    /// <summary>How <see cref="Options"/> frame, without ML.NET.</summary>
    public static EventFramingOptions FramingOptions(EventSlicing slicing) => new()
    {
        Height = Size, Width = Size, SensorHeight = Sensor, SensorWidth = Sensor - 8, TimeSteps = TimeSteps, Slicing = slicing,
    };

    public static EventFramingEstimator.Options Options(EventSlicing slicing) => new()
    {
        OutputColumnName = "Frames",
        InputColumnName = "Events",
        Height = Size,
        Width = Size,
        // Smaller than the recordings' 128 columns: some events lie outside.
        SensorHeight = Sensor,
        SensorWidth = Sensor - 8,
        TimeSteps = TimeSteps,
        Slicing = slicing,
    };

    public sealed class Row
    {
        [EventRecordingType]
        public EventRecording? Events { get; set; }

        public float Label { get; set; }
    }
}

using EventCamera.Recordings;
using EventCamera.Simulation;
using Microsoft.ML.Snn;

namespace EventCamera.Training;

/// <summary>Settings for a set of recordings: sensor, frames, network and training.</summary>
internal sealed record EventRecipe
{
    /// <summary>How the set lies in its folder.</summary>
    public RecordingLayout Layout { get; init; }

    public required int SensorHeight { get; init; }

    public required int SensorWidth { get; init; }

    /// <summary>Height and width of the frames; null for those of the sensor.</summary>
    public (int Height, int Width)? Frame { get; init; }

    public required int TimeSteps { get; init; }

    public EventSlicing Slicing { get; init; } = EventSlicing.EqualCount;

    public required SpikingResNetArchitecture Architecture { get; init; }

    public required int Epochs { get; init; }

    public required ImageAugmentation Augmentation { get; init; }

    public TrainingOptimizer Optimizer { get; init; } = TrainingOptimizer.StochasticGradientDescent();

    public double LearningRate { get; init; } = 0.1;

    public double LabelSmoothing { get; init; }

    public double WeightAverageDecay { get; init; }

    /// <summary>The share of each class that is held out where the set does not say which recordings are.</summary>
    public double HeldOutFraction { get; init; } = 0.2;

    /// <summary>All recipes. That of N-MNIST, small recordings of a small sensor, is the one for recordings without a recipe.</summary>
    public static IReadOnlyDictionary<string, EventRecipe> All { get; } = new Dictionary<string, EventRecipe>(
        StringComparer.OrdinalIgnoreCase)
    {
        ["nmnist"] = new()
        {
            SensorHeight = ShapeRecordings.Sensor,
            SensorWidth = ShapeRecordings.Sensor,
            TimeSteps = 5,
            Epochs = 20,
            // Some hundred recordings of a small sensor need no deeper network than this.
            Architecture = new()
            {
                Name = "EventResNet", Stem = new(16, 3, 2), Stages = [new(1, 16), new(1, 32, 2), new(1, 64, 2)], HiddenUnits = 128,
            },
            // Recordings of a class differ in where and how dense they are; none is mirrored, since digits are not. This and the training
            // were chosen on folds of N-MNIST's first 900 training recordings: docs/events.md.
            Augmentation = new() { CropPadding = 3, EventDrop = 0.3, TimeDrop = 0.3 },
            Optimizer = TrainingOptimizer.Muon(),
            LearningRate = 0.02,
            LabelSmoothing = 0.1,
            WeightAverageDecay = 0.99,
        },
        // The right hand's gestures are the left hand's, mirrored: no flips.
        ["dvs-gesture"] = OfLargerSensor(128, 128, frame: (64, 64), epochs: 60) with
        {
            Layout = RecordingLayout.DvsGesture, Augmentation = new() { CropPadding = 4, EventDrop = 0.3 },
        },
        ["dvs-cifar10"] = OfLargerSensor(128, 128, frame: (48, 48), epochs: 60) with { HeldOutFraction = 0.1 },
        // An ATIS sensor, of which the pictures took 240 x 180 pixels.
        ["n-caltech101"] = OfLargerSensor(180, 240, frame: (45, 60), epochs: 60) with { HeldOutFraction = 0.1 },
    };

    private static EventRecipe OfLargerSensor(int height, int width, (int Height, int Width) frame, int epochs) => new()
    {
        SensorHeight = height,
        SensorWidth = width,
        Frame = frame,
        TimeSteps = 10,
        Epochs = epochs,
        Architecture = new()
        {
            Name = "EventResNet", Stem = new(32, 3, 2), Stages = [new(1, 32), new(1, 64, 2), new(1, 128, 2)], HiddenUnits = 256,
        },
        Augmentation = new() { CropPadding = 4, HorizontalFlip = true, EventDrop = 0.3 },
    };
}

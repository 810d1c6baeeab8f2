using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Benchmarks.Inference;

namespace Microsoft.ML.Snn.Benchmarks.Accuracy;

/// <summary>Whether deep networks train: residual networks of 34 and 50 layers beside plain ones of as many, in the same few epochs.</summary>
internal static class DepthBenchmark
{
    private const int TrainingPictures = 10_000, TestPictures = 2000, Epochs = 5;
    private const double Width = 0.125;

    // Of the presets for ImageNet, at the size of the pictures here: a 3x3 stem, and a first stage without a stride.
    private static readonly (string Name, SpikingResNetArchitecture Architecture)[] _networks =
    [
        ("ResNet-34", Small(SpikingResNetArchitecture.ResNet34)),
        ("plain, 34 layers", Small(SpikingResNetArchitecture.ResNet34) with { Block = SpikingBlockKind.Plain }),
        ("ResNet-50", Small(SpikingResNetArchitecture.ResNet50)),
        // As many layers in blocks of two instead of three.
        ("plain, 50 layers", Stages(Small(SpikingResNetArchitecture.ResNet50), 5, 6, 9, 4) with { Block = SpikingBlockKind.Plain }),
    ];

    public static int Run(string[] arguments)
    {
        if (arguments is not ([] or ["--quick"]))
        {
            Console.Error.WriteLine("Usage: depth [--quick]");
            return 2;
        }
        (int pictures, int epochs) = arguments.Length > 0 ? (1000, 1) : (TrainingPictures, Epochs);
        // Held out of the training pictures: nothing here looks at those for the test.
        Pictures all = Pictures.Load(pictures + TestPictures, 0);
        Console.WriteLine(
            $"Networks x {Width} on {all.Name}, {pictures} pictures of 32x32, {TestPictures} of the training pictures held out; "
            + $"T = 2, {epochs} epochs, seed 1");
        Console.WriteLine(
            $"{"",-18} {"parameters",10} {"loss: first",12} {"last epoch",11} {"held out",9} {"lowest rate",12} {"minutes",8}");
        foreach ((string name, SpikingResNetArchitecture architecture) in _networks)
            Train(name, architecture, all.Training[..pictures], all.Training[pictures..], epochs);
        return 0;
    }

    private static void Train(
        string name, SpikingResNetArchitecture architecture, Pictures.Row[] training, Pictures.Row[] test, int epochs)
    {
        var context = new MLContext(seed: 1);
        var metrics = new List<TrainingMetrics>();
        var clock = Stopwatch.StartNew();
        ITransformer model = context.MulticlassClassification.Trainers.SpikingResNet(new SpikingResNetTrainer.Options
        {
            Architecture = architecture,
            TimeSteps = 2,
            Epochs = epochs,
            BatchSize = 50,
            LearningRate = 0.1,
            Augmentation = ImageAugmentation.Standard,
            Seed = 1,
            MetricsCallback = metrics.Add,
        }).Fit(context.Data.LoadFromEnumerable(training));
        double minutes = clock.Elapsed.TotalMinutes;
        MulticlassClassificationMetrics result = context.MulticlassClassification.Evaluate(
            model.Transform(context.Data.LoadFromEnumerable(test)));
        LayerFiringRate lowest = metrics[^1].LayerFiringRates.MinBy(layer => layer.Rate)!;
        long parameters = architecture.CountParameters(Pictures.Channels, Pictures.Classes);
        Console.WriteLine(
            $"{name,-18} {parameters,10:N0} {metrics[0].Loss,12:F3} {metrics[^1].Loss,11:F3} {result.MicroAccuracy,9:P1} "
            + $"{lowest.Rate,12:P2} {minutes,8:F1}   (lowest: {lowest.Name})");
    }

    private static SpikingResNetArchitecture Small(SpikingResNetArchitecture preset)
    {
        SpikingResNetArchitecture narrow = preset.WithWidth(Width);
        return narrow with
        {
            Stem = new(narrow.Stem.Width, 3, 2), Stages = [narrow.Stages[0] with { Stride = 1 }, .. narrow.Stages[1..]],
        };
    }

    private static SpikingResNetArchitecture Stages(SpikingResNetArchitecture network, params int[] blocks) =>
        network with { Stages = [.. network.Stages.Zip(blocks, (stage, count) => stage with { Blocks = count })] };
}

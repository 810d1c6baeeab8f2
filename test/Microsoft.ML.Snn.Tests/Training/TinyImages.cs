using Microsoft.ML.Data;
using Microsoft.ML.Snn.Torch;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Running;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>
/// Images of 3x8x8 pixels that a small network learns within seconds: a bright row, a bright column or a bright square at a random place,
/// over noise.
/// </summary>
internal static class TinyImages
{
    public const int Channels = 3, Size = 8, Length = Channels * Size * Size;

    public static readonly string[] Classes = ["column", "row", "square"];

    public sealed class Row
    {
        [VectorType(Channels, Size, Size)]
        public float[] Features { get; set; } = [];

        public string Name { get; set; } = "";

        public float Number { get; set; }

        public float Weight { get; set; } = 1;
    }

    /// <summary>Rows in the order of their classes, the worst order there is.</summary>
    public static Row[] Rows(int perClass, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Classes.Length * perClass).Select(i => Draw(i / perClass, random))];
    }

    public static IDataView View(MLContext context, int perClass, int seed = 1) => context.Data.LoadFromEnumerable(Rows(perClass, seed));

    /// <summary>Options for a network that trains in about a second.</summary>
    public static SpikingResNetTrainer.Options Options(int epochs = 6) => new()
    {
        Architecture = new() { Name = "Tiny", Stem = new(8), Stages = [new(1, 8), new(1, 16, 2)] },
        TimeSteps = 2,
        Epochs = epochs,
        BatchSize = 16,
        LearningRate = 0.05,
        Seed = 7,
    };

    /// <summary>Stochastic gradient descent or Muon, with their defaults.</summary>
    public static TrainingOptimizer Optimizer(bool muon) => muon ? TrainingOptimizer.Muon() : TrainingOptimizer.StochasticGradientDescent();

    /// <summary>What the columns of <see cref="View"/> tell.</summary>
    public static ExampleColumns Columns { get; } = new(new SampleShape(null, Channels, Size, Size), Classes.Length, Labels: null);

    /// <summary>What a run over these images with the given options is to do.</summary>
    public static TrainingPlan Plan(SpikingResNetTrainer.Options options)
    {
        TorchNatives.EnsureLoaded();
        IReadOnlyList<PhasePlan> phases = options.Phases(Columns);
        return options.Plan(Columns, phases, options.Fit(Columns, phases), new SeedSequence(1), TorchSharp.torch.CPU);
    }

    /// <summary>MapValueToKey on the names, then the trainer.</summary>
    public static EstimatorChain<MulticlassPredictionTransformer<SpikingResNetModelParameters>> Pipeline(
        MLContext context, SpikingResNetTrainer.Options? options = null) =>
        context.Transforms.Conversion.MapValueToKey("Label", nameof(Row.Name), keyOrdinality: Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(context.MulticlassClassification.Trainers.SpikingResNet(options ?? Options()));

    private static Row Draw(int label, Random random)
    {
        var pixels = new float[Length];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = random.Next(60);
        int at = random.Next(1, Size - 3);
        int color = random.Next(Channels);
        for (int i = 0; i < Size; i++)
        {
            (int y, int x) = label switch
            {
                0 => (i, at),
                1 => (at, i),
                _ => (at + i / 3 % 3, at + i % 3),
            };
            pixels[(color * Size + y) * Size + x] = 255;
        }
        return new Row { Features = pixels, Name = Classes[label], Number = 10 * label, Weight = 1 };
    }
}

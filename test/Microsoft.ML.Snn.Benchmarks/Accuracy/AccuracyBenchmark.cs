using System.Diagnostics;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Benchmarks.Inference;
using Microsoft.ML.Snn.Torch;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Running;
using TorchSharp;

namespace Microsoft.ML.Snn.Benchmarks.Accuracy;

/// <summary>
/// What the method's parts are worth: variants of one network, each trained for the same processor time and scored on the same held-out
/// pictures. Processor time, not time on the wall, so that a busy machine changes nothing.
/// </summary>
internal static class AccuracyBenchmark
{
    private const int BatchSize = 64, TrainingPictures = 20_000, TestPictures = 5_000;
    private const double LearningRate = 0.1, MuonLearningRate = 0.05, Scale = 0.5;

    private static readonly Variant[] _variants =
    [
        new("tdBN, temporal loss, T = 2", SpikingLoss.Temporal, 2),
        new("plain batch normalization, temporal loss, T = 2", SpikingLoss.Temporal, 2, IsPlain: true),
        new("tdBN, mean cross-entropy, T = 2", SpikingLoss.MeanCrossEntropy, 2),
        new("tdBN, temporal loss, T = 1", SpikingLoss.Temporal, 1),
        new("tdBN, temporal loss, T = 4", SpikingLoss.Temporal, 4),
        new("tdBN, mean cross-entropy, T = 4", SpikingLoss.MeanCrossEntropy, 4),
        new("tdBN, mean cross-entropy, T = 2, Muon", SpikingLoss.MeanCrossEntropy, 2, UsesMuon: true),
    ];

    public static int Run(string[] arguments)
    {
        if (arguments is not ([] or ["--quick"]))
        {
            Console.Error.WriteLine("Usage: accuracy [--quick]");
            return 2;
        }
        double seconds = arguments.Length > 0 ? 40 : 150;
        Pictures pictures = Pictures.Load(TrainingPictures, TestPictures);
        Console.WriteLine(
            $"ResNet-19 x 0.125 on {pictures.Name}, {TrainingPictures} pictures of 16x16 to train on, {TestPictures} held out; "
            + $"{seconds} seconds of processor time each, seed 1");
        Console.WriteLine($"{"",-50} {"held-out",9} {"epochs",7} {"firing rate",12}");
        TorchNatives.EnsureLoaded();
        var results = new List<double>();
        foreach (Variant variant in _variants)
        {
            (double accuracy, double epochs, double rate) = Train(variant, pictures, seconds);
            results.Add(accuracy);
            Console.WriteLine($"{variant.Name,-50} {accuracy,9:P1} {epochs,7:F1} {rate,12:F3}");
        }
        Console.WriteLine(
            $"RESULT tdbn={results[0]:F4} plain={results[1]:F4} mean={results[2]:F4} t1={results[3]:F4} t4={results[4]:F4} mean_t4={results[5]:F4} "
            + $"muon={results[6]:F4}");
        return 0;
    }

    private static (double Accuracy, double Epochs, double FiringRate) Train(Variant variant, Pictures pictures, double seconds)
    {
        var options = new SpikingResNetTrainer.Options
        {
            Architecture = SpikingResNetArchitecture.ResNet19.WithWidth(0.125),
            Loss = variant.Loss,
            Optimizer = variant.UsesMuon ? TrainingOptimizer.Muon() : TrainingOptimizer.StochasticGradientDescent(),
            TimeSteps = variant.TimeSteps,
            Augmentation = ImageAugmentation.Standard,
            // The first phase's plan is the one that is used.
            EarlyPhases = [new(1, variant.TimeSteps, Scale)],
        };
        var shape = new SampleShape(null, Pictures.Channels, Pictures.Size, Pictures.Size);
        var columns = new ExampleColumns(shape, Pictures.Classes, Labels: null);
        TrainingPlan plan = options.Plan(columns, options.Phases(columns), new SeedSequence(1), torch.CPU);
        PhasePlan phase = plan.Phases[0];
        using DisposeScope scope = torch.NewDisposeScope();
        using var trainer = new PhaseTrainer(plan, phase);
        if (variant.IsPlain)
            trainer.Network.Import(PlainStart(trainer.Network.Export(), phase.Network, options.Neuron.Threshold));

        var preparation = new SamplePreparation(shape, ([125.3f, 123, 113.9f], [63, 62.1f, 66.7f]), options.Augmentation);
        var random = new Random(1);
        int[] order = [.. Enumerable.Range(0, pictures.Training.Length)];
        double start = ProcessorSeconds(), used = 0;
        long step = 0;
        double highest = variant.UsesMuon ? MuonLearningRate : LearningRate;
        while (used < seconds)
        {
            int first = (int)(step * BatchSize % (order.Length / BatchSize * BatchSize));
            if (first == 0)
                random.Shuffle(order);
            Batch batch = Batches.Make(order.AsSpan(first, BatchSize), pictures.Training, preparation, random);
            trainer.Step(batch, 1, step++, highest * 0.5 * (1 + Math.Cos(Math.PI * used / seconds)));
            used = ProcessorSeconds() - start;
        }
        double rate = trainer.Network.FiringRates.Average(layer => layer.Rate);
        int correct = 0;
        foreach (int[] rows in Enumerable.Range(0, pictures.Test.Length).Chunk(100))
            correct += trainer.Evaluate(Batches.Make(rows, pictures.Test, preparation, random: null), 1).Correct;
        return ((double)correct / pictures.Test.Length, (double)step * BatchSize / order.Length, rate);
    }

    /// <summary>
    /// The tensors with which plain batch normalization starts: lambda * alpha * Vth, which it has for a weight, is 1. But for this start,
    /// tdBN (Eq. 5-6) is the same function.
    /// </summary>
    private static Dictionary<string, float[]> PlainStart(IReadOnlyDictionary<string, float[]> tensors, NetworkPlan plan, double threshold)
    {
        Dictionary<string, double> alphas = plan.Convolutions.Select(c => (c.Name, c.Alpha))
            .Concat(plan.Blocks.Where(block => block.Shortcut is { Convolution: null }).Select(block => (block.Shortcut!.Name, block.Shortcut.Alpha)))
            .Append((plan.Hidden!.Name, 1))
            .ToDictionary(pair => $"{pair.Item1}.norm.weight", pair => pair.Item2);
        return tensors.ToDictionary(pair => pair.Key, pair => alphas.TryGetValue(pair.Key, out double alpha)
            ? Array.ConvertAll(pair.Value, _ => (float)(1 / (alpha * threshold)))
            : pair.Value);
    }

    private static double ProcessorSeconds()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime.TotalSeconds;
    }

    private sealed record Variant(string Name, SpikingLoss Loss, int TimeSteps, bool IsPlain = false, bool UsesMuon = false);
}

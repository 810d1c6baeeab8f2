using System.Globalization;
using Microsoft.ML.Snn.Benchmarks.Accuracy;
using Microsoft.ML.Snn.Benchmarks.Allocations;
using Microsoft.ML.Snn.Benchmarks.Augmentation;
using Microsoft.ML.Snn.Benchmarks.Bounds;
using Microsoft.ML.Snn.Benchmarks.Density;
using Microsoft.ML.Snn.Benchmarks.Events;
using Microsoft.ML.Snn.Benchmarks.Inference;
using Microsoft.ML.Snn.Benchmarks.Ranks;
using Microsoft.ML.Snn.Benchmarks.Service;
using Microsoft.ML.Snn.Benchmarks.Training;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["training", .. string[] rest]:
        return TrainingBenchmark.Run(rest);
    case ["long-input", .. string[] rest]:
        return LongInputBenchmark.Run(rest);
    case [StepServer.Command, .. string[] rest]:
        return StepServer.Run(rest);
    case ["inference", .. string[] rest]:
        return InferenceBenchmark.Run(rest);
    case ["start", .. string[] rest]:
        return ScoringApp.RunBenchmark(rest);
    case [ScoringApp.Command, .. string[] rest]:
        return ScoringApp.Run(rest);
    case ["bounds", .. string[] rest]:
        return BoundsBenchmark.Run(rest);
    case ["density", .. string[] rest]:
        return DensityBenchmark.Run(rest);
    case ["events", .. string[] rest]:
        return EventsBenchmark.Run(rest);
    case ["accuracy", .. string[] rest]:
        return AccuracyBenchmark.Run(rest);
    case ["options", .. string[] rest]:
        return OptionsBenchmark.Run(rest);
    case ["event-options", .. string[] rest]:
        return EventOptionsBenchmark.Run(rest);
    case ["depth", .. string[] rest]:
        return DepthBenchmark.Run(rest);
    case ["augmentation", .. string[] rest]:
        return AugmentationBenchmark.Run(rest);
    case ["allocations", .. string[] rest]:
        return AllocationsBenchmark.Run(rest);
    case ["ranks", .. string[] rest]:
        return RanksBenchmark.Run(rest);
    case [RankWorker.Command, .. string[] rest]:
        return RankWorker.Run(rest);
    case ["service", .. string[] rest]:
        return await ServiceBenchmark.RunAsync(rest);
    case [TorchService.Command, .. string[] rest]:
        return await TorchService.RunAsync(rest);
    default:
        Console.Error.WriteLine(
            "Say which benchmark to run: training, long-input, accuracy, options, event-options, depth, inference, start, bounds, density, events, augmentation, "
            + "ranks, service or allocations, each with [--quick]");
        return 2;
}

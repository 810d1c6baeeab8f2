using Microsoft.ML.Snn;

namespace TrainAndScore.Training;

/// <summary>Settings for well-known sets of pictures; README says which were run, and what they reached.</summary>
internal static class Recipes
{
    public static IReadOnlyDictionary<string, Func<SpikingResNetTrainer.Options>> All { get; } =
        new Dictionary<string, Func<SpikingResNetTrainer.Options>>(StringComparer.OrdinalIgnoreCase)
        {
            ["cifar10-cpu"] = Cifar10OnCpu,
            ["cifar10-paper"] = Cifar10OfPaper,
            ["fashion-mnist"] = FashionMnist,
        };

    /// <summary>Sets the number of epochs, and shortens or lengthens the early phases alike.</summary>
    public static void SetEpochs(SpikingResNetTrainer.Options options, int epochs)
    {
        // Rounded down: the last epochs, at full size and all time steps, are never cut away.
        options.EarlyPhases = options.EarlyPhases?
            .Select(phase => phase with { Epochs = Math.Max(1, phase.Epochs * epochs / options.Epochs) }).ToList();
        options.Epochs = epochs;
        if (options.EarlyPhases?.Sum(phase => phase.Epochs) >= epochs)
            throw new UserException($"--epochs {epochs} is too few for the recipe's phases.");
    }

    // An hour on two cores that compute in bfloat16 (--precision): the first epochs on small pictures, all but the last ones with a single time
    // step. Muon learns more in the same time (benchmark accuracy); in one comparison of three epochs a first layer of 96 channels was a point
    // above one of 64. Over many epochs Muon's rates of 0.1 and 0.03 stood still at 46 and 62 % with ever fewer spikes.
    private static SpikingResNetTrainer.Options Cifar10OnCpu() => new()
    {
        Architecture = new() { Name = "ResNet-6", Stem = new(96), Stages = [new(1, 160, 2), new(1, 320, 2)] },
        TimeSteps = 2,
        Epochs = 30,
        EarlyPhases = [new(14, TimeSteps: 1, Scale: 0.5), new(10, TimeSteps: 1, Scale: 0.75), new(2, TimeSteps: 1)],
        BatchSize = 128,
        Optimizer = TrainingOptimizer.Muon,
        LearningRate = 0.01,
        WarmupEpochs = 1,
        LabelSmoothing = 0.1,
        WeightAverageDecay = 0.998,
        Augmentation = ImageAugmentation.Standard,
        ValidationFraction = 0.02,
    };

    // The paper has T = 2, 4 and 6 on CIFAR-10: --time-steps chooses. For a GPU.
    private static SpikingResNetTrainer.Options Cifar10OfPaper() => new()
    {
        Architecture = SpikingResNetArchitecture.ResNet19,
        TimeSteps = 4,
        Epochs = 150,
        BatchSize = 100,
        Schedule = LearningRateSchedule.Step,
        StepEpochs = 35,
        Augmentation = ImageAugmentation.Standard,
        ValidationFraction = 0.02,
    };

    private static SpikingResNetTrainer.Options FashionMnist() => new()
    {
        Architecture = SpikingResNetArchitecture.ResNet17.WithWidth(0.5),
        TimeSteps = 2,
        Epochs = 12,
        EarlyPhases = [new(8, TimeSteps: 1)],
        BatchSize = 64,
        WarmupEpochs = 1,
        LabelSmoothing = 0.1,
        Loss = SpikingLoss.Temporal,
        Augmentation = new() { CropPadding = 2, HorizontalFlip = true },
        ValidationFraction = 0.02,
    };
}

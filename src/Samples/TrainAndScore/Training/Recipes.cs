using Microsoft.ML.Snn;

namespace TrainAndScore.Training;

/// <summary>Settings for well-known sets of pictures; docs/benchmarks.md says which were run, and what they reached.</summary>
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

    // For two cores that compute in bfloat16 (--precision): most epochs with a single time step. Found on 5,000 of the training pictures,
    // in a model of it in PyTorch, trained for 10 to 20 epochs, one run each: a second block in the last stage was 3.6 points above wider
    // layers at the same cost; a surrogate gradient of width 0.6 with Muon's rate of 0.02, 1.5 points above width 1 with 0.01; small
    // pictures at first gained nothing.
    private static SpikingResNetTrainer.Options Cifar10OnCpu() => new()
    {
        Architecture = new() { Name = "ResNet-8", Stem = new(64), Stages = [new(1, 128, 2), new(2, 256, 2)] },
        Neuron = new() { SurrogateWidth = 0.6 },
        TimeSteps = 4,
        Epochs = 33,
        EarlyPhases = [new(22, timeSteps: 1), new(9, timeSteps: 2)],
        BatchSize = 128,
        Optimizer = TrainingOptimizer.Muon(),
        LearningRate = 0.02,
        Schedule = LearningRateSchedule.Cosine(warmupEpochs: 1),
        LabelSmoothing = 0.1,
        WeightAverageDecay = 0.998,
        Augmentation = new() { CropPadding = 2, HorizontalFlip = true },
        ValidationFraction = 0.02,
    };

    // The paper's network, neuron, tdBN and loss with our schedule, batch size, weight decay and validation set. The paper has T = 2, 4 and
    // 6: --time-steps chooses. The head is ResNet19's; --head-pooling 2 --no-hidden-normalization is that of copies of the paper's table.
    // For a GPU; not yet run to its end.
    private static SpikingResNetTrainer.Options Cifar10OfPaper() => new()
    {
        Architecture = SpikingResNetArchitecture.ResNet19,
        TimeSteps = 4,
        Epochs = 150,
        BatchSize = 100,
        Schedule = LearningRateSchedule.Step(epochs: 35),
        Augmentation = ImageAugmentation.Standard,
        ValidationFraction = 0.02,
    };

    // For two cores: the network, neuron and optimizer of cifar10-cpu at half its width.
    private static SpikingResNetTrainer.Options FashionMnist() => new()
    {
        Architecture = new() { Name = "ResNet-8", Stem = new(32), Stages = [new(1, 64, 2), new(2, 128, 2)] },
        Neuron = new() { SurrogateWidth = 0.6 },
        TimeSteps = 2,
        Epochs = 18,
        EarlyPhases = [new(14, timeSteps: 1)],
        BatchSize = 128,
        Optimizer = TrainingOptimizer.Muon(),
        LearningRate = 0.02,
        Schedule = LearningRateSchedule.Cosine(warmupEpochs: 1),
        LabelSmoothing = 0.1,
        WeightAverageDecay = 0.998,
        Augmentation = new() { CropPadding = 2, HorizontalFlip = true },
        ValidationFraction = 0.02,
    };
}

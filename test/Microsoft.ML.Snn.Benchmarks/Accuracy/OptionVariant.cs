namespace Microsoft.ML.Snn.Benchmarks.Accuracy;

/// <summary>The recipe with one thing changed.</summary>
/// <param name="Key">What it is called on the command line and in files.</param>
/// <param name="Name">What it is called in the table.</param>
/// <param name="Change">Changes the recipe's options.</param>
/// <param name="UsesTeacher">Whether it learns from a wider network's scores.</param>
/// <param name="IsDense">Whether it is the same network with ReLU in place of neurons.</param>
internal sealed record OptionVariant(
    string Key, string Name, Action<SpikingResNetTrainer.Options> Change, bool UsesTeacher = false, bool IsDense = false)
{
    public static IReadOnlyList<OptionVariant> All { get; } =
    [
        new("recipe", "up to 4 spikes, T = 1 (the recipe)", _ => { }),
        new("relu", "ReLU instead of neurons", _ => { }, IsDense: true),
        new("binary", "binary, T = 1", Binary(1)),
        new("max2", "up to 2 spikes", o => o.Neuron = new() { MaxSpikes = 2 }),
        new("binary-t2", "binary, T = 2", Binary(2)),
        new("paper", "the paper's method: binary, T = 2, SGD, steps of 0.1, nothing else", Paper),
        new("sgd", "recipe, but SGD at 0.1", o => (o.Optimizer, o.LearningRate) = (TrainingOptimizer.StochasticGradientDescent(), 0.1)),
        new("labels", "recipe without label smoothing", o => o.LabelSmoothing = 0),
        new("average", "recipe without the average of weights", o => o.WeightAverageDecay = 0),
        new("plain", "recipe without augmentation", o => o.Augmentation = null),
        new("penalty-0.1", "operation penalty 0.1", o => o.SynapticOperationPenalty = 0.1),
        new("penalty-0.3", "operation penalty 0.3", o => o.SynapticOperationPenalty = 0.3),
        new("penalty-1", "operation penalty 1", o => o.SynapticOperationPenalty = 1),
        new("teacher", "a teacher of twice the width", _ => { }, UsesTeacher: true),
        new("triangle", "triangle of width 1.5", o => o.Neuron = Four(SurrogateShape.Triangle, 1.5)),
        new("arctangent", "arctangent of width 1", o => o.Neuron = Four(SurrogateShape.ArcTangent, 1)),
        new("threshold", "learned thresholds, per channel", o => o.Neuron = o.Neuron with { LearnThreshold = NeuronLearning.PerChannel }),
        new("self", "binary, T = 2, self-distillation 0.5", Binary(2, o => o.SelfDistillation = new(0.5))),
        new("tet", "binary, T = 2, TET", Binary(2, o => o.Loss = SpikingLoss.TemporalEfficientTraining())),
        new("temporal", "binary, T = 2, temporal loss", Binary(2, o => o.Loss = SpikingLoss.Temporal)),
        new("decay", "binary, T = 2, learned decays, per channel",
            Binary(2, o => o.Neuron = o.Neuron with { LearnDecay = NeuronLearning.PerChannel })),
        new("triangle-t2", "binary, T = 2, triangle of width 0.8",
            Binary(2, o => o.Neuron = new() { Surrogate = SurrogateShape.Triangle, SurrogateWidth = 0.8 })),
        new("arctangent-t2", "binary, T = 2, arctangent of width 0.5",
            Binary(2, o => o.Neuron = new() { Surrogate = SurrogateShape.ArcTangent, SurrogateWidth = 0.5 })),
        new("rand-augment", "RandAugment", o => o.Augmentation = o.Augmentation! with { RandAugment = new() }),
        new("mixup", "mixup 0.2", o => o.Augmentation = o.Augmentation! with { MixupAlpha = 0.2 }),
        new("cutmix", "CutMix 1", o => o.Augmentation = o.Augmentation! with { CutMixAlpha = 1 }),
        new("max4-t2", "up to 4 spikes, T = 2", o => o.TimeSteps = 2),
        new("binary-t4", "binary, T = 4", Binary(4)),
    ];

    /// <summary>A short form of the recipe: its neuron, optimizer and augmentation in a small network.</summary>
    public static SpikingResNetTrainer.Options Recipe(double width = 1) => new()
    {
        Architecture = new SpikingResNetArchitecture
        {
            Name = "ResNet-10",
            Stem = new(32, 3, 2),
            Stages = [new(1, 32), new(1, 64, 2), new(2, 128, 2)],
        }.WithWidth(width),
        Neuron = new() { MaxSpikes = 4 },
        TimeSteps = 1,
        BatchSize = 128,
        Optimizer = TrainingOptimizer.Muon(),
        LearningRate = 0.02,
        Schedule = LearningRateSchedule.Cosine(warmupEpochs: 1),
        LabelSmoothing = 0.1,
        WeightAverageDecay = 0.998,
        Augmentation = new() { CropPadding = 2, HorizontalFlip = true },
    };

    public SpikingResNetTrainer.Options Options(int epochs, int seed)
    {
        SpikingResNetTrainer.Options options = Recipe();
        (options.Epochs, options.Seed) = (epochs, seed);
        Change(options);
        return options;
    }

    // The width of the recipe cifar10-cpu: narrower than the paper's, for Muon's small steps.
    private static Action<SpikingResNetTrainer.Options> Binary(
        int timeSteps, Action<SpikingResNetTrainer.Options>? change = null) => options =>
        {
            options.Neuron = new() { SurrogateWidth = 0.6 };
            options.TimeSteps = timeSteps;
            change?.Invoke(options);
        };

    private static LifNeuronOptions Four(SurrogateShape shape, double width) =>
        new() { MaxSpikes = 4, Surrogate = shape, SurrogateWidth = width };

    private static void Paper(SpikingResNetTrainer.Options options)
    {
        options.Neuron = new();
        options.TimeSteps = 2;
        options.Optimizer = TrainingOptimizer.StochasticGradientDescent();
        options.LearningRate = 0.1;
        options.Schedule = LearningRateSchedule.Step(epochs: Math.Max(1, options.Epochs * 7 / 10));
        options.LabelSmoothing = options.WeightAverageDecay = 0;
    }
}

namespace Microsoft.ML.Snn.Benchmarks.Accuracy;

/// <summary>A training on N-MNIST, and the same with some things changed.</summary>
/// <param name="Key">What it is called on the command line and in files.</param>
/// <param name="Name">What it is called in the table.</param>
/// <param name="Change">Changes the options of the first.</param>
internal sealed record EventVariant(string Key, string Name, Action<SpikingResNetTrainer.Options> Change)
{
    private static readonly ImageAugmentation _shifts = new() { CropPadding = 3 };
    private static readonly ImageAugmentation _base = _shifts with { EventDrop = 0.3 };

    public static IReadOnlyList<EventVariant> All { get; } =
    [
        new("base", "shifts, dropped events", _ => { }),
        new("none", "no random changes", o => o.Augmentation = null),
        new("shifts", "shifts alone", o => o.Augmentation = _shifts),
        new("polarity", "base and polarity flips", o => o.Augmentation = _base with { PolarityFlip = true }),
        new("time-drop", "base and drop by time, 0.3", o => o.Augmentation = _base with { TimeDrop = 0.3 }),
        new("area-drop", "base and drop by area, 0.2", o => o.Augmentation = _base with { AreaDrop = 0.2 }),
        new("noise", "base and noise, 0.02", o => o.Augmentation = _base with { EventNoise = 0.02 }),
        new("space-jitter", "base and jitter in place, 0.5", o => o.Augmentation = _base with { SpatialJitter = 0.5 }),
        new("time-jitter", "base and jitter in time, 0.3", o => o.Augmentation = _base with { TimeJitter = 0.3 }),
        new("mixup", "base and mixup, 0.2", o => o.Augmentation = _base with { MixupAlpha = 0.2 }),
        new("cutmix", "base and CutMix, 1", o => o.Augmentation = _base with { CutMixAlpha = 1 }),
        new("muon", "Muon, label smoothing, averaged weights", Muon()),
        new("max4", "the same with up to 4 spikes", Muon(maxSpikes: 4)),
        new("muon-drop", "Muon and so on, drop by time (the recipe of EventCamera)", Muon(timeDrop: 0.3)),
        new("max4-drop", "the same with up to 4 spikes", Muon(maxSpikes: 4, timeDrop: 0.3)),
        new("muon-drop-40", "Muon and so on, drop by time, 40 epochs", Muon(timeDrop: 0.3, epochs: 2)),
        new("max4-drop-40", "the same with up to 4 spikes", Muon(maxSpikes: 4, timeDrop: 0.3, epochs: 2)),
    ];

    /// <summary>Network, frames and batches of the sample EventCamera; stochastic gradient descent unless changed.</summary>
    public SpikingResNetTrainer.Options Options(int epochs, int seed)
    {
        var options = new SpikingResNetTrainer.Options
        {
            Architecture = new()
            {
                Name = "EventResNet", Stem = new(16, 3, 2), Stages = [new(1, 16), new(1, 32, 2), new(1, 64, 2)], HiddenUnits = 128,
            },
            Epochs = epochs,
            Seed = seed,
            BatchSize = 20,
            Augmentation = _base,
        };
        Change(options);
        return options;
    }

    /// <param name="maxSpikes">The most spikes of a neuron in a step.</param>
    /// <param name="timeDrop">See <see cref="ImageAugmentation.TimeDrop"/>.</param>
    /// <param name="epochs">How many times as many.</param>
    private static Action<SpikingResNetTrainer.Options> Muon(int maxSpikes = 1, double timeDrop = 0, int epochs = 1) => options =>
    {
        options.Optimizer = TrainingOptimizer.Muon();
        options.LearningRate = 0.02;
        options.LabelSmoothing = 0.1;
        options.WeightAverageDecay = 0.99;
        options.Neuron = new() { MaxSpikes = maxSpikes };
        options.Augmentation = options.Augmentation! with { TimeDrop = timeDrop };
        options.Epochs *= epochs;
    };
}

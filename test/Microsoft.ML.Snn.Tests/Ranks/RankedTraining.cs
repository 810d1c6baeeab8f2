using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Snn.Tests.Training;

namespace Microsoft.ML.Snn.Tests.Ranks;

/// <summary>Whole trainings by several ranks.</summary>
public sealed class RankedTraining : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Slow]
    [Fact]
    public void Several_ranks_learn_what_one_learns_and_the_same_again_to_the_bit()
    {
        static void Set(SpikingResNetTrainer.Options options, int rank) => (options.Epochs, options.LearningRate) = (8, 0.02);
        RankedRun alone = RankedRun.Train(1, Set)[0];
        Assert.Equal(24, alone.Losses.Count);
        foreach (int size in (int[])[2, 4])
        {
            RankedRun[] ranks = RankedRun.Train(size, Set), again = RankedRun.Train(size, Set);
            Assert.All(ranks.Concat(again), run => Assert.Equal(ranks[0].Weights, run.Weights));
            Assert.Equal(ranks[0].Losses, again[0].Losses);
            Assert.Equal(alone.Losses[0], ranks[0].Losses[0], 1e-5);
            // Later a spike may fall on another side of the threshold, and lead elsewhere.
            Assert.Equal(0, alone.Losses.Zip(ranks[0].Losses, (a, b) => Math.Abs(a - b)).Average(), 0.05);
            Assert.Equal(alone.Epochs[0].Accuracy, ranks[0].Epochs[0].Accuracy, 0.1);
        }
    }

    public static TheoryData<string> Variants() =>
    [
        "muon", "recompute", "bfloat16", "average", "penalty", "distillation", "weights", "mixup", "augmentation", "phases", "validation",
        "stopping", "ownStatistics", "shortGradients", "learned", "streamed", "diagnostics", "initial",
    ];

    /// <summary>Every option works with several ranks: all get one model, and begin where a rank by itself begins.</summary>
    [Slow]
    [Theory, MemberData(nameof(Variants))]
    public void Each_option_trains_one_model_on_all_ranks(string variant)
    {
        var network = new Lazy<InitialNetwork>(() =>
        {
            var context = new MLContext(seed: 1);
            SpikingResNetTrainer trainer = context.MulticlassClassification.Trainers.SpikingResNet(TinyImages.Options(epochs: 1));
            return InitialNetwork.FromNetwork(trainer.Fit(RankedRun.Keyed(context, TinyImages.Rows(12))).Model.Network);
        });
        if (variant == "initial")
            _ = network.Value;
        RankedRun[] ranks = RankedRun.Train(2, Set);
        Assert.Equal(ranks[0].Weights, ranks[1].Weights);
        RankedRun alone = RankedRun.Train(1, Set)[0];
        // Without joint statistics a rank normalizes by half of the batch; bfloat16 rounds sums of another order elsewhere.
        double tolerance = variant switch { "ownStatistics" => 0.5, "bfloat16" => 0.02, _ => 1e-4 };
        Assert.Equal(alone.Losses[0], ranks[0].Losses[0], tolerance);
        Assert.Equal(alone.Epochs.Count, ranks[0].Epochs.Count);
        Assert.Empty(ranks[1].Epochs);
        Assert.Empty(ranks[1].Losses);
        Assert.Equal(alone.Epochs[0].Diagnostics is null, ranks[0].Epochs[0].Diagnostics is null);
        Assert.Equal(alone.Epochs[0].ValidationLoss is null, ranks[0].Epochs[0].ValidationLoss is null);
        // Nobody but rank 0 has anything to say.
        Assert.NotEmpty(ranks[0].Log);
        Assert.Empty(ranks[1].Log);

        void Set(SpikingResNetTrainer.Options options, int rank)
        {
            options.Epochs = 2;
            switch (variant)
            {
                case "muon":
                    options.Optimizer = TrainingOptimizer.Muon();
                    break;
                case "recompute":
                    options.Memory = TrainingMemory.Recompute;
                    break;
                case "bfloat16":
                    (options.Precision, options.AllowEmulatedBFloat16) = (TrainingPrecision.BFloat16, true);
                    break;
                case "average":
                    options.WeightAverageDecay = 0.9;
                    break;
                case "penalty":
                    options.SynapticOperationPenalty = 1;
                    break;
                case "distillation":
                    options.SelfDistillation = new();
                    options.Loss = SpikingLoss.TemporalEfficientTraining();
                    break;
                case "weights":
                    options.ExampleWeightColumnName = nameof(TinyImages.Row.Weight);
                    options.LabelSmoothing = 0.1;
                    break;
                case "mixup":
                    options.Augmentation = new() { MixupAlpha = 1, CutMixAlpha = 1 };
                    break;
                case "augmentation":
                    options.Augmentation = ImageAugmentation.Standard;
                    break;
                case "phases":
                    options.EarlyPhases = [new(1, timeSteps: 1, scale: 0.5)];
                    break;
                case "validation":
                    options.ValidationFraction = 0.3;
                    break;
                case "stopping":
                    (options.ValidationFraction, options.EarlyStopping) = (0.3, new(patience: 1));
                    options.WeightAverageDecay = 0.5;
                    break;
                case "ownStatistics":
                    options.NormalizeOverRanks = false;
                    break;
                case "shortGradients":
                    options.ExchangePrecision = TrainingPrecision.BFloat16;
                    break;
                case "learned":
                    options.Neuron = new() { LearnDecay = NeuronLearning.PerChannel };
                    break;
                case "streamed":
                    options.CacheMebibytes = 0;
                    break;
                case "diagnostics":
                    options.Diagnostics = new() { IsometryVectors = 2 };
                    break;
                case "initial":
                    options.InitialNetwork = network.Value;
                    break;
                default:
                    throw new NotSupportedException(variant);
            }
        }
    }

    [Slow]
    [Theory]
    [InlineData(2, 4)]
    [InlineData(4, 1)]
    [InlineData(1, 2)]
    public void A_run_goes_on_with_another_number_of_ranks(int before, int after)
    {
        Exception?[] failures = RankedRun.Fail(before, out string? abort, (options, rank) =>
        {
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = epoch => throw new InvalidTimeZoneException("stop");
        });
        // What the user's own callback throws on rank 0 reaches the caller there; the others hear of it, and no process has to be ended.
        Assert.IsType<InvalidTimeZoneException>(failures[0]);
        Assert.All(failures.Skip(1), failure => Assert.Contains("Rank 0 of", Assert.IsType<InvalidOperationException>(failure).Message));
        Assert.Null(abort);
        RankedRun[] ranks = RankedRun.Train(after, (options, rank) => options.CheckpointFolder = _folder.Path);
        Assert.Equal([2, 3], ranks[0].Epochs.Select(epoch => epoch.Epoch));
        Assert.All(ranks, rank => Assert.Equal(ranks[0].Weights, rank.Weights));
        Assert.Contains(ranks[0].Log, line => line.Contains("Going on from the checkpoint after epoch 1", StringComparison.Ordinal));
        Assert.Contains(ranks[0].Log, line => line.Contains("not be equal to the last bit", StringComparison.Ordinal));
        Assert.Single(Directory.EnumerateFiles(_folder.Path, "*.checkpoint"));
    }

    [Fact]
    public void With_as_many_ranks_it_goes_on_to_the_same_bits()
    {
        RankedRun[] whole = RankedRun.Train(2, (options, rank) => options.WeightAverageDecay = 0.5);
        RankedRun.Fail(2, out _, (options, rank) =>
        {
            (options.CheckpointFolder, options.WeightAverageDecay) = (_folder.Path, 0.5);
            options.MetricsCallback = epoch => throw new InvalidTimeZoneException("stop");
        });
        RankedRun[] resumed = RankedRun.Train(2, (options, rank) => (options.CheckpointFolder, options.WeightAverageDecay) = (_folder.Path, 0.5));
        Assert.All(resumed, rank => Assert.Equal(whole[0].Weights, rank.Weights));
    }

    [Fact]
    public void A_drawn_seed_is_that_of_rank_0()
    {
        (float[][] Weights, string? Log)[] ranks = ThreadRanks.Run(2, communicator =>
        {
            var context = new MLContext();
            SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
            (options.Seed, options.Communicator) = (null, communicator);
            SpikingNetwork network = context.MulticlassClassification.Trainers.SpikingResNet(options)
                .Fit(RankedRun.Keyed(context, TinyImages.Rows(6))).Model.Network;
            float[] scores = new float[3];
            network.Score(TinyImages.Rows(1)[0].Features, scores);
            return (new[] { scores }, (string?)null);
        });
        Assert.Equal(ranks[0].Weights, ranks[1].Weights);
    }
}

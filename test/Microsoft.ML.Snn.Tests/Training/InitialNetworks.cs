using Microsoft.ML.Data;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Trainings that go on from a trained network.</summary>
[Slow]
public sealed class InitialNetworks : IDisposable
{
    // So small that no weight changes: what changes are running statistics alone.
    private const double NoRate = 1e-30;

    private readonly MLContext _context = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private SpikingNetwork? _old;

    public void Dispose() => _folder.Dispose();

    /// <summary>The 36 images in one batch, which is what the calibration has seen.</summary>
    [Theory]
    [InlineData(TrainingPrecision.Float32, TrainingMemory.Store)]
    [InlineData(TrainingPrecision.Float32, TrainingMemory.Recompute)]
    [InlineData(TrainingPrecision.BFloat16, TrainingMemory.Store)]
    public void Before_the_first_step_it_answers_as_it_did_in_training_too(TrainingPrecision precision, TrainingMemory memory)
    {
        TrainingMetrics? metrics = null;
        SpikingNetwork network = Train(options =>
        {
            Still(options);
            (options.Precision, options.Memory, options.AllowEmulatedBFloat16) = (precision, memory, true);
            options.InitialNetwork = InitialNetwork.FromNetwork(Old);
            options.MetricsCallback = epoch => metrics = epoch;
        });
        float[][] expected = Scores(Old), actual = Scores(network);
        double loss = expected.Select((row, i) => -Math.Log(row[i / 12])).Average();
        double tolerance = precision == TrainingPrecision.Float32 ? 0.01 : 0.05;
        Assert.Equal(loss, metrics!.Loss, tolerance);
        double accuracy = expected.Select((row, i) => row.IndexOf(row.Max()) == i / 12 ? 1.0 : 0).Average();
        Assert.Equal(accuracy, metrics.Accuracy, 1.01 / 36);
        Assert.True(expected.Zip(actual).Average(pair => pair.First.Zip(pair.Second, (a, b) => Math.Abs(a - b)).Max()) < tolerance);
        // From random weights the loss is that of guessing.
        TrainingMetrics? random = null;
        Train(options =>
        {
            Still(options);
            options.MetricsCallback = epoch => random = epoch;
        });
        Assert.True(random!.Loss > loss + 0.5);
    }

    [Theory]
    [InlineData(TrainingPrecision.Float32, TrainingMemory.Store, false)]
    [InlineData(TrainingPrecision.Float32, TrainingMemory.Recompute, true)]
    [InlineData(TrainingPrecision.BFloat16, TrainingMemory.Recompute, false)]
    public void Frozen_stages_stay_and_the_others_learn(TrainingPrecision precision, TrainingMemory memory, bool muon)
    {
        SpikingNetwork network = Train(options =>
        {
            (options.Precision, options.Memory, options.AllowEmulatedBFloat16) = (precision, memory, true);
            options.Optimizer = TinyImages.Optimizer(muon);
            options.WeightAverageDecay = 0.9;
            options.InitialNetwork = InitialNetwork.FromNetwork(Old) with { FrozenStages = 1 };
            options.LearningRate = 0.02;
        });
        foreach ((string name, float[] before, float[] after) in Weights(Old, network))
        {
            if (name.StartsWith("stem", StringComparison.Ordinal) || name.StartsWith("stages.0", StringComparison.Ordinal))
                Assert.Equal(before, after, (a, b) => Math.Abs(a - b) <= 2e-6 * (1 + Math.Abs(a)));
            else if (!name.Contains("normalization"))
                Assert.Contains(before.Zip(after), pair => Math.Abs(pair.First - pair.Second) > 1e-4);
        }
    }

    [Fact]
    public void With_all_stages_frozen_it_scores_as_it_did()
    {
        SpikingNetwork network = Train(options =>
        {
            Still(options);
            options.InitialNetwork = InitialNetwork.FromNetwork(Old) with { FrozenStages = 2 };
        });
        foreach ((float[] expected, float[] actual) in Scores(Old).Zip(Scores(network)))
            Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void The_factor_is_on_the_rate_of_what_is_taken_over()
    {
        SpikingNetwork factor = With(0.5, 0.04, null), rate = With(1, 0.02, null);
        Assert.All(Weights(factor, rate), layer => Assert.Equal(layer.Before, layer.After));
        // A new output layer has the whole rate.
        SpikingNetwork head = With(0.5, 0.04, true), slowHead = With(1, 0.02, true);
        Assert.Contains(Weights(head, slowHead), layer => layer.Name == "head.output" && !layer.Before.SequenceEqual(layer.After));

        SpikingNetwork With(double factor, double rate, bool? newHead) => Train(options =>
        {
            options.LearningRate = rate;
            options.InitialNetwork = InitialNetwork.FromNetwork(Old) with { LearningRateFactor = factor, NewHead = newHead };
        });
    }

    [Fact]
    public void Other_classes_time_steps_and_sizes_get_a_new_head_and_the_old_layers()
    {
        TinyImages.Row[] rows = TinyImages.Rows(12);
        for (int i = 0; i < rows.Length; i += 6)
            rows[i].Name = "other";
        SpikingNetwork network = Train(
            options =>
            {
                Still(options);
                options.TimeSteps = 3;
                options.InitialNetwork = InitialNetwork.FromNetwork(Old) with { FrozenStages = 2 };
            },
            rows);
        Assert.Equal((4, 3), (network.ClassCount, network.TimeSteps));
        // The same number of classes by other names are other classes.
        foreach (TinyImages.Row row in rows)
            row.Name = row.Name == "row" ? "other" : row.Name;
        SpikingNetwork renamed = Train(
            options =>
            {
                Still(options);
                options.InitialNetwork = InitialNetwork.FromNetwork(Old) with { FrozenStages = 2 };
            },
            rows);
        Assert.Equal(3, renamed.ClassCount);
        foreach (SpikingNetwork other in (SpikingNetwork[])[network, renamed])
        {
            foreach ((string name, float[] before, float[] after) in Weights(Old, other))
            {
                bool isSame = before.Length == after.Length && before.Zip(after).All(pair => Math.Abs(pair.First - pair.Second) < 1e-4);
                Assert.Equal(name != "head.output", isSame);
            }
        }

        float[] large = new float[36 * 3 * 144];
        TinyImages.Row[] tiny = TinyImages.Rows(12);
        for (int i = 0; i < large.Length; i++)
            large[i] = tiny[i / 432].Features[(i % 432 / 144 * 8 + i % 144 / 12 * 8 / 12) * 8 + i % 12 * 8 / 12];
        var view = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 36).Select(i => new Large
        {
            Features = large[(432 * i)..(432 * (i + 1))], Name = tiny[i].Name,
        }).ToList());
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        Still(options);
        options.InitialNetwork = InitialNetwork.FromNetwork(Old) with { FrozenStages = 2 };
        SpikingNetwork larger = _context.MulticlassClassification.Trainers.SpikingResNet(options).Fit(Keyed(view)).Model.Network;
        // The average goes over nine pixels where it went over four: the weights say so.
        LinearNode<float> old = Old.ToGraph().Nodes.OfType<LinearNode<float>>().Single();
        LinearNode<float> now = larger.ToGraph().Nodes.OfType<LinearNode<float>>().Single();
        Assert.Equal(old.Weights.Select(weight => weight * 16 / 36), now.Weights, (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void The_input_normalization_stays_unless_told_otherwise()
    {
        TinyImages.Row[] dark = TinyImages.Rows(12);
        foreach (TinyImages.Row row in dark)
            row.Features = [.. row.Features.Select(value => value / 4)];
        InputAffineNode<float> old = Input(Old), kept = Input(On(null)), own = Input(On(true));
        Assert.Equal(old.Scale, kept.Scale, (a, b) => Math.Abs(a - b) <= 1e-6 * Math.Abs(a));
        Assert.Equal(old.Offset, kept.Offset, (a, b) => Math.Abs(a - b) <= 1e-6 * Math.Abs(a));
        Assert.Equal(old.Scale.Select(scale => 4 * scale), own.Scale, (a, b) => Math.Abs(a - b) <= 1e-3 * Math.Abs(a));
        Assert.DoesNotContain(On(false).ToGraph().Nodes, node => node is InputAffineNode<float>);

        SpikingNetwork On(bool? normalizes) => Train(
            options =>
            {
                Still(options);
                options.NormalizeInput = normalizes;
                options.InitialNetwork = InitialNetwork.FromNetwork(Old);
            },
            dark);

        static InputAffineNode<float> Input(SpikingNetwork network) =>
            network.ToGraph().Nodes.OfType<InputAffineNode<float>>().Single();
    }

    [Fact]
    public void A_checkpoint_and_a_zip_are_taken_over_too()
    {
        SpikingNetwork trained = Train(options => options.CheckpointFolder = _folder.Path);
        string checkpoint = Assert.Single(Directory.EnumerateFiles(_folder.Path, "*.checkpoint")), zip = Path.Combine(_folder.Path, "m.zip");
        trained.Save(zip);
        foreach (InitialNetwork initial in (InitialNetwork[])[InitialNetwork.FromCheckpoint(checkpoint), InitialNetwork.FromModel(zip)])
        {
            SpikingNetwork network = Train(options =>
            {
                Still(options);
                options.InitialNetwork = initial with { FrozenStages = 2 };
            });
            foreach ((float[] expected, float[] actual) in Scores(trained).Zip(Scores(network)))
                Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) < 1e-4);
        }
    }

    [Fact]
    public void A_stopped_run_goes_on_and_one_from_another_network_is_another_run()
    {
        SpikingNetwork other = Train(_ => { });
        SpikingNetwork expected = From(Old, null, _ => { });
        Assert.Throws<OperationCanceledException>(() => From(Old, _folder.Path, epoch => throw new OperationCanceledException()));
        var epochs = new List<int>();
        SpikingNetwork resumed = From(Old, _folder.Path, epochs.Add);
        Assert.Equal([2], epochs);
        Assert.All(Weights(expected, resumed), layer => Assert.Equal(layer.Before, layer.After));
        From(other, _folder.Path, epochs.Add);
        Assert.Equal([2, 1, 2], epochs);

        SpikingNetwork From(SpikingNetwork network, string? folder, Action<int> told) => Train(options =>
        {
            options.Epochs = 2;
            options.CheckpointFolder = folder;
            options.InitialNetwork = InitialNetwork.FromNetwork(network) with { FrozenStages = 0, LearningRateFactor = 0.5 };
            options.MetricsCallback = metrics => told(metrics.Epoch);
        });
    }

    [Fact]
    public void What_differs_is_named()
    {
        Refused("stem", options => options.Architecture = options.Architecture.WithWidth(2));
        Refused("stages.1.1.1", options => options.Architecture = options.Architecture with { Stages = [new(1, 8), new(2, 16, 2)] });
        Refused("stages.1.0", options => options.Architecture = options.Architecture with { Stages = [new(1, 8)] });
        Refused("head.hidden", options => options.Architecture = options.Architecture with { HiddenUnits = 4 });
        Refused("stride", options => options.Architecture = options.Architecture with { Stages = [new(1, 8), new(1, 16, 4)] });
        Refused("Neuron.MaxSpikes", options => options.Neuron = new() { MaxSpikes = 2 });
        Refused("Neuron.Threshold", options => options.Neuron = new() { Threshold = 0.75 });
        Refused("Neuron.Decay", options => options.Neuron = new() { Decay = 0.5 });
        Refused("3 stages", options => options.InitialNetwork = options.InitialNetwork! with { FrozenStages = 3 });
        NetworkGraph<float> old = Old.ToGraph();
        var soft = new SpikingNetwork(old with
        {
            Nodes = [.. old.Nodes.Select(node => node is NeuronNode<float> neurons ? neurons with { Reset = ResetKind.Soft } : node)],
        });
        Refused("soft reset", options => options.InitialNetwork = InitialNetwork.FromNetwork(soft));
        Assert.Throws<ArgumentOutOfRangeException>(() => InitialNetwork.FromNetwork(Old) with { FrozenStages = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => InitialNetwork.FromNetwork(Old) with { LearningRateFactor = 0 });

        void Refused(string named, Action<SpikingResNetTrainer.Options> set)
        {
            var e = Assert.Throws<ArgumentOutOfRangeException>(() => Train(options =>
            {
                options.InitialNetwork = InitialNetwork.FromNetwork(Old);
                set(options);
            }));
            Assert.Contains(named, e.Message);
            Assert.Contains("InitialNetwork", e.Message);
        }
    }

    [Fact]
    public void Neurons_may_begin_to_learn() => Assert.NotNull(Train(options =>
    {
        options.Neuron = new() { LearnDecay = NeuronLearning.PerChannel, LearnThreshold = NeuronLearning.PerLayer };
        options.InitialNetwork = InitialNetwork.FromNetwork(Old);
    }));

    private SpikingNetwork Old => _old ??= Train(options => options.Epochs = 30);

    private static void Still(SpikingResNetTrainer.Options options) =>
        (options.LearningRate, options.BatchSize, options.Schedule) = (NoRate, 36, LearningRateSchedule.Constant());

    private SpikingNetwork Train(Action<SpikingResNetTrainer.Options> set, TinyImages.Row[]? rows = null)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        set(options);
        IDataView data = Keyed(_context.Data.LoadFromEnumerable(rows ?? TinyImages.Rows(12)));
        return _context.MulticlassClassification.Trainers.SpikingResNet(options).Fit(data).Model.Network;
    }

    private IDataView Keyed(IDataView data) => _context.Transforms.Conversion.MapValueToKey(
        "Label", nameof(TinyImages.Row.Name), keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Fit(data).Transform(data);

    private static float[][] Scores(SpikingNetwork network)
    {
        float[] scores = new float[36 * network.ClassCount];
        network.Score([.. TinyImages.Rows(12).SelectMany(row => row.Features)], scores);
        return [.. scores.Chunk(network.ClassCount)];
    }

    private static IEnumerable<(string Name, float[] Before, float[] After)> Weights(SpikingNetwork before, SpikingNetwork after) =>
        before.ToGraph().Nodes.Zip(after.ToGraph().Nodes, (a, b) => (a.Name, Values(a), Values(b)))
            .Where(layer => layer.Item2.Length > 0);

    private static float[] Values(NetworkNode<float> node) => node switch
    {
        WeightedNode<float> weighted => [.. weighted.Weights, .. weighted.Bias],
        ChannelScaleNode<float> scaled => [.. scaled.Scale, .. scaled.Offset],
        _ => [],
    };

    private sealed class Large
    {
        [VectorType(3, 12, 12)]
        public float[] Features { get; set; } = [];

        public string Name { get; set; } = "";
    }
}

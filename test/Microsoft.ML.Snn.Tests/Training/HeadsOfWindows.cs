using Microsoft.ML.Data;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Trainings whose head takes 2x2 windows of the last map, and has a hidden layer without tdBN: the copied table's.</summary>
[Slow]
public sealed class HeadsOfWindows : IDisposable
{
    private readonly MLContext _context = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private SpikingNetwork? _old;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TrainingPrecision.Float32, TrainingMemory.Store, false, 1)]
    [InlineData(TrainingPrecision.Float32, TrainingMemory.Recompute, true, 2)]
    [InlineData(TrainingPrecision.BFloat16, TrainingMemory.Recompute, false, 1)]
    public void A_trained_network_tells_unseen_images_apart(TrainingPrecision precision, TrainingMemory memory, bool muon, int maxSpikes)
    {
        SpikingResNetTrainer.Options options = Options(epochs: 10);
        (options.Precision, options.Memory, options.AllowEmulatedBFloat16) = (precision, memory, true);
        (options.Optimizer, options.Neuron) = (TinyImages.Optimizer(muon), options.Neuron with { MaxSpikes = maxSpikes });
        options.SynapticOperationPenalty = 0.01;
        options.Diagnostics = new();
        var rates = new List<LayerFiringRate>();
        options.MetricsCallback = metrics => rates.Add(metrics.LayerFiringRates[^1]);
        ITransformer model = TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, 60));
        Assert.All(rates, layer => Assert.Equal("head.hidden", layer.Name));
        // From the first epoch on: without tdBN such layers tend to be silent.
        Assert.All(rates, layer => Assert.InRange(layer.Rate, 0.02, 0.6 * maxSpikes));

        IDataView unseen = TinyImages.View(_context, 20, seed: 2);
        Assert.True(_context.MulticlassClassification.Evaluate(model.Transform(unseen)).MicroAccuracy > 0.85);
        string zip = Path.Combine(_folder.Path, "model.zip");
        _context.Model.Save(model, unseen.Schema, zip);
        float[][] scores = [.. model.Transform(unseen).GetColumn<float[]>("Score")];
        Assert.Equal(scores, _context.Model.Load(zip, out _).Transform(unseen).GetColumn<float[]>("Score"));

        SpikingNetwork network = SpikingNetwork.Load(zip);
        QuantizationMetrics quantized = _context.MulticlassClassification.EvaluateQuantization(network, model.Transform(unseen));
        Assert.InRange(quantized.Agreement, 0.9, 1);
        ActivityMetrics activity = _context.MulticlassClassification.EvaluateActivity(network, unseen);
        Assert.Equal("head.hidden.neuron", activity.Layers[^1].Shape.Name);
        Assert.InRange(activity.Layers[^1].FiringRate, 0.02, 0.6 * maxSpikes);
    }

    [Fact]
    public void A_run_that_was_stopped_ends_with_the_same_weights()
    {
        SpikingNetwork expected = Train(options => options.Epochs = 4);
        Assert.Throws<OperationCanceledException>(() => Train(options =>
        {
            (options.Epochs, options.CheckpointFolder) = (4, _folder.Path);
            options.MetricsCallback = metrics => Stop(metrics.Epoch == 2);
        }));
        var resumed = new List<int>();
        SpikingNetwork network = Train(options =>
        {
            (options.Epochs, options.CheckpointFolder) = (4, _folder.Path);
            options.MetricsCallback = metrics => resumed.Add(metrics.Epoch);
        });
        Assert.Equal([3, 4], resumed);
        Assert.Equal(FoldedWeights.Of(expected), FoldedWeights.Of(network));

        static void Stop(bool now)
        {
            if (now)
                throw new OperationCanceledException();
        }
    }

    [Fact]
    public void An_early_phase_of_fewer_steps_suits_them()
    {
        var epochs = new List<int>();
        SpikingNetwork network = Train(options =>
        {
            (options.Epochs, options.EarlyPhases) = (3, [new(2, timeSteps: 1)]);
            options.MetricsCallback = metrics => epochs.Add(metrics.Epoch);
        });
        Assert.Equal([1, 2, 3], epochs);
        Assert.Equal(2, network.TimeSteps);
        SpikingResNetTrainer.Options smaller = Options(epochs: 3);
        smaller.EarlyPhases = [new(1), new(1, scale: 0.5)];
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => _context.MulticlassClassification.Trainers.SpikingResNet(smaller));
        Assert.Contains("HeadPooling", e.Message);
    }

    /// <summary>At a rate that changes nothing, a network scores as it did before.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_network_a_model_and_a_checkpoint_are_gone_on_from(bool hasHidden)
    {
        string zip = Path.Combine(_folder.Path, "model.zip"), plain = Path.Combine(_folder.Path, "plain.zip");
        SpikingResNetTrainer.Options options = Options(epochs: 3);
        Set(options);
        (options.CheckpointFolder, options.KeepTrainingState) = (_folder.Path, true);
        var trained = TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, 12));
        _context.Model.Save(trained, TinyImages.View(_context, 12).Schema, zip);
        SpikingNetwork network = SpikingNetwork.Load(zip);
        network.Save(plain);
        InitialNetwork[] starts =
        [
            InitialNetwork.FromNetwork(network), InitialNetwork.FromModel(zip), InitialNetwork.FromModel(plain),
            InitialNetwork.FromCheckpoint(Directory.EnumerateFiles(_folder.Path, "*.checkpoint").Single()),
        ];
        foreach (InitialNetwork start in starts)
        {
            SpikingNetwork on = Train(next =>
            {
                Set(next);
                (next.InitialNetwork, next.LearningRate, next.BatchSize) = (start with { FrozenStages = 2 }, 1e-30, 36);
            });
            foreach ((float[] expected, float[] actual) in Scores(network).Zip(Scores(on)))
                Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) < 1e-4);
        }

        void Set(SpikingResNetTrainer.Options options) =>
            options.Architecture = options.Architecture with { HiddenUnits = hasHidden ? options.Architecture.HiddenUnits : 0 };
    }

    [Fact]
    public void A_hidden_layer_may_get_or_lose_its_tdBN()
    {
        SpikingNetwork normalized = Train(options =>
        {
            options.Architecture = options.Architecture with { HiddenNormalization = true };
            options.InitialNetwork = InitialNetwork.FromNetwork(Old);
            (options.LearningRate, options.BatchSize) = (1e-30, 36);
        });
        SpikingNetwork again = Train(options =>
        {
            options.InitialNetwork = InitialNetwork.FromNetwork(normalized);
            (options.LearningRate, options.BatchSize) = (1e-30, 36);
        });
        Assert.True(Scores(Old).Zip(Scores(again)).Average(pair => pair.First.Zip(pair.Second, (a, b) => Math.Abs(a - b)).Max()) < 0.02);
    }

    [Fact]
    public void Images_of_another_size_other_windows_and_other_heads_are_refused_by_name()
    {
        Refused(InitialNetwork.FromNetwork(Old), Larger(), ["8x8", "16x16", "HeadPooling"]);
        Refused(InitialNetwork.FromNetwork(Old), null, ["HeadPooling", "last feature map"], head => head with { HeadPooling = 0 });
        SpikingNetwork global = Train(options => options.Architecture = options.Architecture with { HeadPooling = 0 });
        Refused(InitialNetwork.FromNetwork(global), null, ["HeadPooling", "2x2"]);
        // Windows inside windows compute the same; larger ones do not.
        SpikingNetwork fine = Train(options => options.Architecture = options.Architecture with { HeadPooling = 1 });
        Refused(InitialNetwork.FromNetwork(fine), null, ["HeadPooling", "head.hidden", "2x2"]);

        Train(options => options.CheckpointFolder = _folder.Path);
        InitialNetwork checkpoint = InitialNetwork.FromCheckpoint(Directory.EnumerateFiles(_folder.Path, "*.checkpoint").Single());
        Refused(checkpoint, Larger(), ["head.hidden.weight", "HeadPooling"]);

        // A map that windows do not cover.
        Refused(null, null, ["HeadPooling", "3x3", "4x4"], head => head with { HeadPooling = 3 });

        void Refused(
            InitialNetwork? initial, IDataView? data, string[] named,
            Func<SpikingResNetArchitecture, SpikingResNetArchitecture>? change = null)
        {
            var e = Assert.Throws<ArgumentOutOfRangeException>(() => Train(
                options =>
                {
                    options.InitialNetwork = initial;
                    options.Architecture = change?.Invoke(options.Architecture) ?? options.Architecture;
                },
                data));
            Assert.All(named, word => Assert.Contains(word, e.Message));
        }
    }

    [Fact]
    public void Without_a_hidden_layer_a_new_output_layer_is_for_any_size()
    {
        SpikingNetwork old = Train(options => options.Architecture = options.Architecture with { HiddenUnits = 0 });
        SpikingNetwork larger = Train(
            options =>
            {
                options.Architecture = options.Architecture with { HiddenUnits = 0 };
                options.InitialNetwork = InitialNetwork.FromNetwork(old) with { NewHead = true, FrozenStages = 2 };
            },
            Larger());
        Assert.Equal([3, 16, 16], larger.InputShape);
        var before = (ConvolutionNode<float>)old.ToGraph().Nodes.Single(node => node.Name == "stages.1.0.2");
        var after = (ConvolutionNode<float>)larger.ToGraph().Nodes.Single(node => node.Name == "stages.1.0.2");
        Assert.Equal(before.Weights, after.Weights, (a, b) => Math.Abs(a - b) < 1e-5 * (1 + Math.Abs(a)));
    }

    private SpikingNetwork Old => _old ??= Train(options => options.Epochs = 3);

    private static SpikingResNetTrainer.Options Options(int epochs)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs);
        // The last map has 4x4 pixels.
        options.Architecture = options.Architecture with { HeadPooling = 2, HiddenUnits = 24, HiddenNormalization = false };
        return options;
    }

    private SpikingNetwork Train(Action<SpikingResNetTrainer.Options> set, IDataView? data = null)
    {
        SpikingResNetTrainer.Options options = Options(epochs: 1);
        set(options);
        return TinyImages.Pipeline(_context, options).Fit(data ?? TinyImages.View(_context, 12)).LastTransformer.Model.Network;
    }

    /// <summary>The images with each pixel four times.</summary>
    private IDataView Larger() => _context.Data.LoadFromEnumerable(TinyImages.Rows(12).Select(row => new Large
    {
        Features = [.. Enumerable.Range(0, 3 * 16 * 16).Select(i => row.Features[i / 256 * 64 + i % 256 / 32 * 8 + i % 16 / 2])],
        Name = row.Name,
    }));

    private static float[][] Scores(SpikingNetwork network)
    {
        float[] scores = new float[36 * network.ClassCount];
        network.Score([.. TinyImages.Rows(12).SelectMany(row => row.Features)], scores);
        return [.. scores.Chunk(network.ClassCount)];
    }

    private sealed class Large
    {
        [VectorType(3, 16, 16)]
        public float[] Features { get; set; } = [];

        public string Name { get; set; } = "";
    }
}

using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Training.Checkpoints;
using Microsoft.ML.Snn.Training.Running;
using TorchSharp;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Numbers that break end the training where they do, or are warned of.</summary>
public sealed class DivergenceTests : IDisposable
{
    private readonly MLContext _context = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];

    public DivergenceTests() => _context.Log += (_, e) =>
    {
        if (e.Kind == ChannelMessageKind.Warning)
            _warnings.Add(e.RawMessage);
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1e3, false)]
    [InlineData(1e6, false)]
    [InlineData(1e30, false)]
    [InlineData(1e38, false)]
    [InlineData(1e4, true)]
    [InlineData(1e6, true)]
    [InlineData(1e38, true)]
    public void Too_high_a_learning_rate_ends_the_training_at_the_batch(double rate, bool muon)
    {
        string message = Diverged(options => (options.LearningRate, options.Optimizer) = (rate, TinyImages.Optimizer(muon)));
        Assert.Matches("^Training diverged: .* in epoch [1-6], batch [1-3]\\. Lower LearningRate", message);
    }

    [Theory]
    [InlineData(1e300)]
    [InlineData(1e-60)]
    public void A_learning_rate_that_float32_does_not_hold_is_refused_at_once(double rate)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.LearningRate = rate;
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => TinyImages.Pipeline(_context, options));
        Assert.Equal(nameof(options.LearningRate), e.ParamName);
    }

    [Fact]
    public void What_memory_does_not_hold_is_told_with_what_to_lower()
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.TimeSteps = 1 << 30;
        string message = Assert.Throws<InsufficientMemoryException>(() => Fit(options, value => value)).Message;
        Assert.Contains("BatchSize", message);
    }

    [Fact]
    public void The_checkpoint_of_the_last_good_epoch_stays()
    {
        int epochs = 0;
        string message = Diverged(options =>
        {
            (options.Epochs, options.LearningRate, options.Schedule) = (12, 1000, LearningRateSchedule.Cosine(warmupEpochs: 11));
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = _ => epochs++;
        });
        Assert.True(epochs > 0, message);
        Assert.Contains($"in epoch {epochs + 1}, batch", message);
        Checkpoint checkpoint = Checkpoint.Read(Assert.Single(Directory.EnumerateFiles(_folder.Path)));
        Assert.Equal(epochs, checkpoint.Epoch);
        Assert.All(checkpoint.State.Tensors.Values, values => Assert.All(values, value => Assert.True(float.IsFinite(value))));
    }

    [Theory]
    [InlineData(1e-41f, "small")]
    [InlineData(2.6e36f, "large")]
    public void Features_that_float32_cannot_normalize_are_told_by_their_column(float factor, string what)
    {
        string message = Assert.Throws<InvalidOperationException>(() => Fit(TinyImages.Options(), value => (value - 127) * factor)).Message;
        Assert.Contains($"The values of feature column 'Features' are too {what}", message);
        Assert.Contains("Scale them", message);
    }

    [Theory]
    [InlineData(false, 8)]
    [InlineData(true, 5)]
    public void Raw_features_of_any_size_train_or_are_told(bool muon, int width)
    {
        foreach (float factor in (float[])[1e-44f, 1e-30f, 1e10f, 1.3e36f])
        {
            SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
            options.Architecture = new() { Stem = new(width), Stages = [new(1, 2 * width, 2)] };
            (options.NormalizeInput, options.Optimizer) = (false, TinyImages.Optimizer(muon));
            try
            {
                Fit(options, value => value * factor);
            }
            catch (InvalidOperationException e)
            {
                Assert.StartsWith("Training diverged", e.Message);
            }
        }
    }

    [Theory]
    [InlineData(3e38f)]
    [InlineData(7)]
    public void A_network_that_stays_silent_and_features_that_never_change_are_warned_of(float value)
    {
        Fit(TinyImages.Options(), _ => value);
        Assert.Contains(_warnings, warning => warning.Contains("All values of feature column 'Features' are equal in each channel"));
        Assert.Single(_warnings, warning => warning.Contains("hardly a neuron fires in every layer: stem (firing rate 0.0000), "));
    }

    [Fact]
    public void A_layer_is_told_when_it_falls_silent_or_always_fires_and_again_only_after_it_has_changed()
    {
        using (IChannel channel = ((IChannelProvider)_context).Start("Test"))
        {
            var watch = new TrainingWatch(channel, new());
            Look(1, 0.2, 0, 0.99);
            Look(2, 0.2, 0, 1);
            Look(3, 0.2, 0.1, 0);
            Look(4, 0.2, 0.0009, 0);
            Look(5, 0, 0, 0);

            void Look(int epoch, double stem, double a, double b) =>
                watch.Look(epoch, [new("stem", stem), new("a", a), new("b", b)], diagnostics: null);
        }
        Assert.Collection(_warnings,
            warning => Assert.StartsWith("After epoch 1, hardly a neuron fires in a (firing rate 0.0000). Nothing is learned", warning),
            warning => Assert.StartsWith("After epoch 2, neurons fire at almost every time step in b (firing rate 1.0000).", warning),
            warning => Assert.StartsWith("After epoch 3, hardly a neuron fires in b (firing rate 0.0000).", warning),
            warning => Assert.StartsWith("After epoch 4, hardly a neuron fires in a (firing rate 0.0009).", warning),
            warning => Assert.StartsWith("After epoch 5, hardly a neuron fires in stem (firing rate 0.0000).", warning));
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32)]
    [InlineData(torch.ScalarType.Float64)]
    public void Each_tensor_of_a_network_is_looked_at(torch.ScalarType dtype)
    {
        NetworkPlan plan = NetworkPlan.Create(new() { Stem = new(5), Stages = [new(1, 8, 2)], HiddenUnits = 3 }, 3, 8, 8, 3);
        using var network = new TrainableNetwork(plan, new(), 1, dtype: dtype);
        Assert.Null(network.FindNonFinite());
        IReadOnlyDictionary<string, float[]> good = network.Export();
        foreach ((string name, float[] values) in good)
        {
            foreach (float broken in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
            {
                float[] changed = [.. values];
                changed[^1] = broken;
                network.Import(new Dictionary<string, float[]>(good) { [name] = changed });
                Assert.Equal(name, network.FindNonFinite());
            }
        }
    }

    private string Diverged(Action<SpikingResNetTrainer.Options> set)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        set(options);
        return Assert.Throws<InvalidOperationException>(() => Fit(options, value => value)).Message;
    }

    private void Fit(SpikingResNetTrainer.Options options, Func<float, float> change)
    {
        TinyImages.Row[] rows = TinyImages.Rows(12);
        foreach (TinyImages.Row row in rows)
            row.Features = [.. row.Features.Select(change)];
        TinyImages.Pipeline(_context, options).Fit(_context.Data.LoadFromEnumerable(rows));
    }
}

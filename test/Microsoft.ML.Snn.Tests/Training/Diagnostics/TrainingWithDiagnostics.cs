using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn.Tests.Training.Diagnostics;

/// <summary>What a user of the trainer sees of its diagnostics.</summary>
public sealed class TrainingWithDiagnostics : IDisposable
{
    private readonly MLContext _context = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [], _log = [];
    private readonly List<TrainingMetrics> _metrics = [];

    public TrainingWithDiagnostics() => _context.Log += (_, e) =>
    {
        _log.Add(e.RawMessage);
        if (e.Kind == ChannelMessageKind.Warning)
            _warnings.Add(e.RawMessage);
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TrainingPrecision.Float32, false)]
    [InlineData(TrainingPrecision.Float32, true)]
    [InlineData(TrainingPrecision.BFloat16, false)]
    public void The_trained_network_is_the_same_to_the_last_bit(TrainingPrecision precision, bool phases)
    {
        SpikingResNetTrainer.Options Options() => new()
        {
            Architecture = TinyImages.Options().Architecture,
            TimeSteps = 2,
            Epochs = 3,
            BatchSize = 16,
            Seed = 7,
            Precision = precision,
            AllowEmulatedBFloat16 = true,
            EarlyPhases = phases ? [new(1, 1, 0.5)] : null,
            Augmentation = new() { CropPadding = 1 },
            WeightAverageDecay = 0.5,
        };
        SpikingResNetTrainer.Options observed = Options();
        observed.Diagnostics = new() { IsometryVectors = 2 };
        Assert.Equal(Bytes(Fit(Options())), Bytes(Fit(observed)));
        Assert.All(_metrics.Skip(3), metrics => Assert.NotNull(metrics.Diagnostics));
    }

    [Fact]
    public void Each_measured_epoch_has_all_layers_in_metrics_and_log()
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 5);
        options.Diagnostics = new() { EpochInterval = 3, Samples = 20, IsometryVectors = 3 };
        Fit(options);
        Assert.Equal([true, false, true, false, true], _metrics.Select(metrics => metrics.Diagnostics is not null));
        foreach (TrainingMetrics metrics in _metrics)
        {
            Assert.Equal(["stem", "stages.0.0.1", "stages.0.0", "stages.1.0.1", "stages.1.0"], metrics.LayerFiringRates.Select(l => l.Name));
            Assert.Equal(metrics.FiringRate, metrics.LayerFiringRates.Average(layer => layer.Rate), 1e-12);
            Assert.True(metrics.ForwardTime > TimeSpan.Zero && metrics.BackwardTime > TimeSpan.Zero && metrics.UpdateTime > TimeSpan.Zero);
            if (metrics.Diagnostics is not { } diagnostics)
                continue;
            Assert.Equal(20, diagnostics.Samples);
            Assert.Equal(metrics.LayerFiringRates.Select(layer => layer.Name), diagnostics.Layers.Select(layer => layer.Name));
            Assert.All(diagnostics.Layers, layer => Assert.InRange(layer.FiringRate, 0.01, 0.99));
            Assert.All(diagnostics.Layers, layer => Assert.True(layer.InputGradientNorm > 0 && layer.WeightGradientNorm > 0));
            Assert.Equal(
                ["stages.0.0.1", "stages.0.0.2", "stages.1.0.1", "stages.1.0.2", "stages.1.0.shortcut"],
                diagnostics.Blocks.Select(block => block.Name));
            Assert.Contains(_log, line => line.Contains($"After epoch {metrics.Epoch}, 20 samples of the probe") && line.Contains("stages.1.0"));
        }
        // Both are of about the same samples, in training mode.
        Assert.Equal(_metrics[^1].Loss, _metrics[^1].Diagnostics!.Loss, 0.3);
    }

    [Fact]
    public void Without_the_option_nothing_is_measured()
    {
        Fit(TinyImages.Options(epochs: 1));
        Assert.Null(Assert.Single(_metrics).Diagnostics);
    }

    [Fact]
    public void A_surrogate_far_too_narrow_is_warned_of()
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 2);
        options.Neuron = new() { SurrogateWidth = 1e-5 };
        options.Diagnostics = new();
        Fit(options);
        string warning = Assert.Single(_warnings, warning => warning.Contains("hardly a membrane potential is near the threshold"));
        Assert.StartsWith("After epoch 1, ", warning);
        Assert.Contains("stages.0.0 (share in the surrogate's window 0.00", warning);
        Assert.Contains("SurrogateWidth", warning);
    }

    [Theory]
    [InlineData(0.001, 0.5, 1, "0.048 %")]
    [InlineData(0.01, 0.5, 1, null)]
    [InlineData(0.001, 0.5, 4, "0.048 %")]
    public void So_it_is_before_the_first_epoch_and_without_diagnostics(double width, double threshold, int maxSpikes, string? share)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        options.Neuron = new() { SurrogateWidth = width, Threshold = threshold, MaxSpikes = maxSpikes };
        Fit(options);
        string[] warnings = [.. _warnings.Where(warning => warning.Contains("hardly anything will be learned"))];
        if (share is null)
            Assert.Empty(warnings);
        else
            Assert.Contains($"about {share} of the membrane potentials", Assert.Single(warnings));
    }

    [Fact]
    public void Isometry_is_measured_on_the_untrained_network_and_on_a_checkpoint()
    {
        IDataView data = TinyImages.View(_context, 12);
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 4);
        options.CheckpointFolder = _folder.Path;
        IDataView labeled = _context.Transforms.Conversion.MapValueToKey("Label", nameof(TinyImages.Row.Name)).Fit(data).Transform(data);
        SpikingResNetTrainer trainer = _context.MulticlassClassification.Trainers.SpikingResNet(options);
        var missing = Assert.Throws<FileNotFoundException>(() => trainer.MeasureBlockIsometry(labeled, new() { FromCheckpoint = true }));
        Assert.Contains("CheckpointFolder", missing.Message);
        double[] fresh = Phis(new());
        Assert.Equal(fresh, Phis(new()));
        Assert.All(fresh, phi => Assert.InRange(phi, 0.2, 2));
        trainer.Fit(labeled);
        Assert.Equal(fresh, Phis(new()));
        Assert.NotEqual(fresh, Phis(new() { FromCheckpoint = true }));

        double[] Phis(BlockIsometryOptions how) => [.. trainer.MeasureBlockIsometry(labeled, how).Select(block => block.Phi)];
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        Assert.Equal("EpochInterval", Refused(() => new TrainingDiagnosticsOptions { EpochInterval = 0 }));
        Assert.Equal("Samples", Refused(() => new TrainingDiagnosticsOptions { Samples = 1 }));
        Assert.Equal("IsometryVectors", Refused(() => new TrainingDiagnosticsOptions { IsometryVectors = 1 }));
        Assert.Equal("Samples", Refused(() => new BlockIsometryOptions { Samples = 1 }));
        Assert.Equal("Vectors", Refused(() => new BlockIsometryOptions { Vectors = 1 }));

        static string? Refused(Func<object> make) => Assert.Throws<ArgumentOutOfRangeException>(make).ParamName;
    }

    private ITransformer Fit(SpikingResNetTrainer.Options options)
    {
        options.MetricsCallback = _metrics.Add;
        return TinyImages.Pipeline(_context, options).Fit(TinyImages.View(_context, 12));
    }

    private static byte[] Bytes(ITransformer model)
    {
        using var stream = new MemoryStream();
        ((TransformerChain<MulticlassPredictionTransformer<SpikingResNetModelParameters>>)model).LastTransformer.Model.Network.Save(stream);
        using var zip = new ZipArchive(stream);
        using var content = new MemoryStream();
        Assert.Single(zip.Entries).Open().CopyTo(content);
        return content.ToArray();
    }
}

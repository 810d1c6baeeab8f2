using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Network;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Snn.Training.Checkpoints;
using Microsoft.ML.Snn.Training.Running;

namespace Microsoft.ML.Snn.Tests.Training;

[Collection(nameof(LiveTensors))] // The number of threads is the process's.
public sealed class CheckpointTests : IDisposable
{
    private readonly MLContext _context = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Slow]
    [Theory]
    [InlineData(1)]     // at the very end of an epoch
    [InlineData(0)]     // within one
    public void A_run_that_was_stopped_ends_with_the_weights_of_one_that_was_not(int afterEpoch)
    {
        float[][] expected = FoldedWeights.Of(Train(_ => { }));

        int epochs = 0, batches = 0;
        Assert.Throws<StoppedException>(() => Train(options =>
        {
            options.CheckpointFolder = _folder.Path;
            if (afterEpoch == 1)
                options.MetricsCallback = _ => Stop(++epochs == 2);
            else
                options.Progress = new ProgressOnThread(progress => Stop(progress.Epoch == 3 && ++batches == 2));
        }));
        var resumed = new List<int>();
        SpikingNetwork network = Train(options =>
        {
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = epoch => resumed.Add(epoch.Epoch);
        });
        Assert.Equal([3, 4], resumed);
        Assert.Equal(expected, FoldedWeights.Of(network));
    }

    [Slow]
    [Theory]
    [InlineData(1, false)] // within the early phase
    [InlineData(2, false)] // at its end
    [InlineData(3, false)] // behind it
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    public void So_does_a_run_with_phases_and_averaged_weights(int epochsDone, bool muon)
    {
        void Set(SpikingResNetTrainer.Options options)
        {
            options.Optimizer = TinyImages.Optimizer(muon);
            options.EarlyPhases = [new(2, timeSteps: 1, scale: 0.5)];
            options.WeightAverageDecay = 0.9;
            options.LabelSmoothing = 0.1;
        }
        float[][] expected = FoldedWeights.Of(Train(Set));
        Assert.NotEqual(expected, FoldedWeights.Of(Train(options =>
        {
            Set(options);
            options.Optimizer = TinyImages.Optimizer(!muon);
        })));

        Assert.Throws<StoppedException>(() => Train(options =>
        {
            Set(options);
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = metrics => Stop(metrics.Epoch == epochsDone);
        }));
        int resumed = 0;
        SpikingNetwork network = Train(options =>
        {
            Set(options);
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = _ => resumed++;
        });
        Assert.Equal(4 - epochsDone, resumed);
        Assert.Equal(expected, FoldedWeights.Of(network));
    }

    [Fact]
    public void A_finished_run_is_not_trained_again()
    {
        float[][] first = FoldedWeights.Of(Train(options => options.CheckpointFolder = _folder.Path));
        SpikingNetwork again = Train(options =>
        {
            options.CheckpointFolder = _folder.Path;
            options.Progress = new ProgressOnThread(_ => Assert.Fail("nothing is left to do"));
        });
        Assert.Equal(first, FoldedWeights.Of(again));
    }

    [Slow]
    [Fact]
    public void A_run_with_other_options_or_data_does_not_go_on_from_it()
    {
        Train(options => options.CheckpointFolder = _folder.Path);
        int epochs = 0;
        void Count(SpikingResNetTrainer.Options options)
        {
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = _ => epochs++;
        }
        Train(options =>
        {
            Count(options);
            options.LearningRate = 0.04;
        });
        Assert.Equal(4, epochs);
        Train(options =>
        {
            Count(options);
            options.Optimizer = TrainingOptimizer.Muon();
        });
        Assert.Equal(8, epochs);
        Train(Count, perClass: 9);
        Assert.Equal(12, epochs);
    }

    [Slow]
    [Fact]
    public void A_run_with_the_same_samples_but_other_labels_or_another_order_does_not_go_on_from_it()
    {
        int epochs = 0;
        void Count(SpikingResNetTrainer.Options options)
        {
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = _ => epochs++;
        }
        Train(Count);
        TinyImages.Row[] relabeled = TinyImages.Rows(12);
        foreach (TinyImages.Row row in relabeled)
            row.Name = row.Name == "row" ? "column" : row.Name == "column" ? "row" : row.Name;
        Train(Count, rows: relabeled);
        Train(Count, rows: [.. TinyImages.Rows(12).Reverse()]);
        Assert.Equal(12, epochs);
        Train(Count);
        Assert.Equal(12, epochs);
    }

    [Fact]
    public void With_early_stopping_the_validation_set_counts_too()
    {
        int epochs = 0;
        foreach (int seed in (int[])[8, 9, 8])
        {
            Train(options =>
            {
                options.CheckpointFolder = _folder.Path;
                options.ValidationSet = Keyed(TinyImages.View(_context, 4, seed));
                options.EarlyStopping = new EarlyStopping(patience: 10);
                options.MetricsCallback = _ => epochs++;
            });
        }
        Assert.Equal(8, epochs);
    }

    [Fact]
    public void A_run_goes_on_under_another_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("de-DE");
            Train(options => options.CheckpointFolder = _folder.Path);
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            Train(options =>
            {
                options.CheckpointFolder = _folder.Path;
                options.Progress = new ProgressOnThread(_ => Assert.Fail("nothing is left to do"));
            });
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Slow]
    [Fact]
    public void Runs_at_the_same_time_may_share_a_folder()
    {
        float[][] expected = FoldedWeights.Of(Train(_ => { }));
        Parallel.For(0, 3, _ => Assert.Equal(expected, FoldedWeights.Of(Train(options => options.CheckpointFolder = _folder.Path))));
        Assert.Single(Directory.EnumerateFiles(_folder.Path));
    }

    [Fact]
    public void Without_any_seed_the_folder_keeps_the_one_that_was_drawn()
    {
        Assert.Throws<StoppedException>(() => Train(Unseeded, context: new MLContext()));
        var resumed = new List<int>();
        Train(
            options =>
            {
                options.Seed = null;
                options.CheckpointFolder = _folder.Path;
                options.MetricsCallback = epoch => resumed.Add(epoch.Epoch);
            },
            context: new MLContext());
        Assert.Equal([2, 3, 4], resumed);

        void Unseeded(SpikingResNetTrainer.Options options)
        {
            options.Seed = null;
            options.CheckpointFolder = _folder.Path;
            options.MetricsCallback = _ => Stop(true);
        }
    }

    [Fact]
    public void More_classes_over_the_same_rows_make_another_run()
    {
        Train(options => options.CheckpointFolder = _folder.Path);
        IDataView names = _context.Data.LoadFromEnumerable([.. TinyImages.Classes.Append("zigzag").Select(name => new TinyImages.Row { Name = name })]);
        IDataView rows = _context.Data.LoadFromEnumerable(TinyImages.Rows(12));
        IDataView data = Keys().Fit(names).Transform(rows);
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 4);
        options.Augmentation = ImageAugmentation.Standard;
        options.CheckpointFolder = _folder.Path;
        int epochs = 0;
        options.MetricsCallback = _ => epochs++;
        Assert.Equal(4, _context.MulticlassClassification.Trainers.SpikingResNet(options).Fit(data).Model.Network.ClassCount);
        Assert.Equal(4, epochs);
    }

    [Fact]
    public void A_run_that_goes_on_with_another_number_of_threads_says_that_it_is_not_the_same_to_the_bit()
    {
        var warnings = new List<string>();
        var context = new MLContext(seed: 1);
        context.Log += (_, e) =>
        {
            if (e.Kind == Runtime.ChannelMessageKind.Warning)
                warnings.Add(e.RawMessage);
        };
        int threads = TorchSharp.torch.get_num_threads();
        try
        {
            StopAfterAnEpoch();
            TorchSharp.torch.set_num_threads(threads + 1);
            StopAfterAnEpoch();
            string warning = Assert.Single(warnings);
            Assert.Contains($"{threads} thread", warning);
            Assert.Contains($"{threads + 1} threads", warning);
            // The second epoch's checkpoint is this machine's own.
            StopAfterAnEpoch();
            Assert.Single(warnings);
        }
        finally
        {
            TorchSharp.torch.set_num_threads(threads);
        }

        void StopAfterAnEpoch() => Assert.Throws<StoppedException>(() => Train(
            options =>
            {
                options.CheckpointFolder = _folder.Path;
                options.MetricsCallback = _ => Stop(true);
            },
            context: context));
    }

    [Fact]
    public void What_a_killed_run_left_unfinished_is_cleared_but_not_what_may_be_another_runs()
    {
        string old = Path.Combine(_folder.Path, "0.checkpoint.1.unfinished"), fresh = Path.Combine(_folder.Path, "0.checkpoint.2.unfinished");
        File.WriteAllText(old, "");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-1));
        File.WriteAllText(fresh, "");
        Train(options => options.CheckpointFolder = _folder.Path);
        Assert.False(File.Exists(old));
        Assert.True(File.Exists(fresh));
    }

    [Fact]
    public void A_damaged_checkpoint_is_named()
    {
        Train(options => options.CheckpointFolder = _folder.Path);
        string file = Assert.Single(Directory.EnumerateFiles(_folder.Path, "*.checkpoint"));
        byte[] whole = File.ReadAllBytes(file);
        whole[whole.Length / 2] ^= 1;
        foreach (byte[] damaged in (byte[][])[whole, whole[..100], []])
        {
            File.WriteAllBytes(file, damaged);
            var e = Assert.Throws<InvalidDataException>(() => Train(options => options.CheckpointFolder = _folder.Path));
            Assert.Contains(Path.GetFileName(file), e.Message);
        }
    }

    [Fact]
    public void Early_stopping_gives_the_best_epochs_network()
    {
        var accuracies = new List<double>();
        IDataView validation = Keyed(TinyImages.View(_context, 12, seed: 8));
        SpikingNetwork network = Train(options =>
        {
            options.Epochs = 40;
            options.ValidationSet = validation;
            options.EarlyStopping = new EarlyStopping(patience: 2);
            options.MetricsCallback = epoch => accuracies.Add(epoch.ValidationAccuracy!.Value);
        });
        int best = accuracies.IndexOf(accuracies.Max());
        Assert.InRange(accuracies.Count, 3, 39);
        Assert.Equal(best + 3, accuracies.Count);

        float[] scores = new float[36 * 3];
        network.Score([.. TinyImages.Rows(12, seed: 8).SelectMany(row => row.Features)], scores);
        int right = scores.Chunk(3).Where((row, i) => row.IndexOf(row.Max()) == i / 12).Count();
        Assert.Equal(accuracies[best], right / 36.0, 0.03);
    }

    [Fact]
    public void Early_stopping_without_validation_is_refused() =>
        Assert.Contains(
            "EarlyStopping", Assert.Throws<ArgumentException>(() => Train(options => options.EarlyStopping = new EarlyStopping())).Message);

    private static void Stop(bool now)
    {
        if (now)
            throw new StoppedException();
    }

    private SpikingNetwork Train(
        Action<SpikingResNetTrainer.Options> set, int perClass = 12, MLContext? context = null, TinyImages.Row[]? rows = null)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 4);
        options.Augmentation = ImageAugmentation.Standard;
        set(options);
        IDataView data = Keyed(_context.Data.LoadFromEnumerable(rows ?? TinyImages.Rows(perClass)));
        return (context ?? _context).MulticlassClassification.Trainers.SpikingResNet(options).Fit(data).Model.Network;
    }

    private IDataView Keyed(IDataView data) => Keys().Fit(data).Transform(data);

    private Transforms.ValueToKeyMappingEstimator Keys() => _context.Transforms.Conversion.MapValueToKey(
        "Label", nameof(TinyImages.Row.Name), keyOrdinality: Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue);

    private sealed class StoppedException : Exception;
}

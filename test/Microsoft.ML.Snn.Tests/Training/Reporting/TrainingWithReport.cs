using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn.Tests.Training.Reporting;

/// <summary>The report of a training, as its user finds it.</summary>
public sealed class TrainingWithReport : IDisposable
{
    private readonly MLContext _context = new(seed: 1);
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];
    private readonly List<TrainingMetrics> _metrics = [];

    public TrainingWithReport() => _context.Log += (_, e) =>
    {
        if (e.Kind == ChannelMessageKind.Warning)
            _warnings.Add(e.RawMessage);
    };

    private string Report => Path.Combine(_folder.Path, "made", "report.html");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_is_written_after_every_epoch_and_has_the_metrics()
    {
        SpikingResNetTrainer.Options options = Options(epochs: 3);
        options.Diagnostics = new() { IsometryVectors = 2 };
        options.MetricsCallback = metrics =>
        {
            _metrics.Add(metrics);
            ReportDocument now = Load();
            Assert.StartsWith($"Running: {metrics.Epoch} of 3 epochs are done", now.Status);
            Assert.Equal(metrics.Epoch, now.Table("Epochs").Length);
        };
        Fit(options);
        ReportDocument page = Load();
        Assert.Equal("Finished after 3 of 3 epochs.", page.Status);
        Assert.False(page.Refreshes);
        Assert.Empty(page.Warnings);
        Assert.Equal(3, _metrics.Count);
        Assert.All(_metrics.Zip(page.Table("Epochs")), pair =>
        {
            (TrainingMetrics metrics, string[] row) = pair;
            Assert.Equal(
                [$"{metrics.Epoch}", Number(metrics.Loss), Percent(metrics.Accuracy), Number(metrics.ValidationLoss!.Value),
                    Percent(metrics.ValidationAccuracy!.Value)], row[..5]);
        });
        // 24 validation samples, 8 of each class.
        Assert.Equal(["8", "8", "8"], page.Table("Validation by class").Select(row => row[1]));
        double right = page.Table("Validation by class").Sum(row => int.Parse(row[2], CultureInfo.InvariantCulture));
        Assert.Equal(_metrics[^1].ValidationAccuracy!.Value, right / 24, 1e-9);
        Assert.Equal(
            [["column", "12", "8"], ["row", "12", "8"], ["square", "12", "8"], ["all", "36", "24"]], page.Table("Samples by class"));
        Assert.Equal("7", page.Fact("Run", "seed"));
        Assert.Contains("thread", page.Fact("Machine", "processor"));
        Assert.Contains(page.Table("Options"), row => row is ["LearningRate", "0.05", "0.1"]);
        Assert.Equal(_metrics[^1].Diagnostics!.Layers.Select(layer => layer.Name), page.Table("Layers").Select(row => row[0]));
        Assert.Equal(5, page.Table("Block isometry").Length);
        Assert.Single(Directory.EnumerateFiles(Path.GetDirectoryName(Report)!));

        static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

        static string Percent(double value) => value.ToString("P1", CultureInfo.InvariantCulture);
    }

    [Fact]
    public void What_is_not_asked_for_is_not_shown()
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        options.ReportPath = Report;
        Fit(options);
        ReportDocument page = Load();
        Assert.All((string[])["confusion", "diagnostics", "isometry", "weight-gradients", "warnings"], id => Assert.Null(page.Find(id)));
        Assert.DoesNotContain("diagnostics", page.Text("time"));
        Assert.DoesNotContain("validation", page.Text("time"));
        Assert.Equal("none", page.Fact("Run", "validation samples"));
        Assert.Equal(["all", "36"], page.Table("Samples by class")[^1]);
    }

    [Fact]
    public void A_run_that_goes_on_from_a_checkpoint_shows_the_epochs_before()
    {
        SpikingResNetTrainer.Options options = Options(epochs: 4);
        options.CheckpointFolder = _folder.File("checkpoints");
        options.MetricsCallback = metrics =>
        {
            _metrics.Add(metrics);
            if (metrics.Epoch == 2)
                throw new OperationCanceledException();
        };
        Assert.Throws<OperationCanceledException>(() => Fit(options));
        Assert.Equal("Stopped in epoch 2 of 4: the training was canceled.", Load().Status);
        // Whatever has become of it.
        File.Delete(Report);
        options.MetricsCallback = _metrics.Add;
        options.Progress = new ProgressOnThread(progress => Assert.Equal(progress.Epoch - 1, Load().Table("Epochs").Length));
        Fit(options);
        ReportDocument page = Load();
        Assert.Equal([1, 2, 3, 4], _metrics.Select(metrics => metrics.Epoch));
        Assert.Equal(
            _metrics.Select(metrics => metrics.Loss.ToString("G4", CultureInfo.InvariantCulture)),
            page.Table("Epochs").Select(row => row[1]));
        Assert.Equal("Finished after 4 of 4 epochs.", page.Status);
        // A finished run has no epoch to train, but all to show.
        File.Delete(Report);
        Fit(options);
        Assert.Equal(page.Table("Epochs"), Load().Table("Epochs"));
        Assert.Equal(page.Text("confusion"), Load().Text("confusion"));
        Assert.Equal(4, _metrics.Count);
    }

    [Fact]
    public void With_early_stopping_the_confusions_are_the_models()
    {
        SpikingResNetTrainer.Options options = Options(epochs: 40);
        options.EarlyStopping = new(patience: 2);
        options.MetricsCallback = _metrics.Add;
        Fit(options);
        TrainingMetrics best = _metrics.MaxBy(metrics => metrics.ValidationAccuracy)!;
        ReportDocument page = Load();
        Assert.EndsWith($"epochs, as validation no longer improved. The model is that of epoch {best.Epoch}.", page.Status);
        Assert.Contains(
            $"After epoch {best.Epoch}, whose network is the model: {24 * best.ValidationAccuracy:0} of 24 samples",
            page.Text("confusion"));
    }

    [Fact]
    public void Broken_trainings_show_their_warnings()
    {
        SpikingResNetTrainer.Options options = Options(epochs: 1);
        options.Neuron = new() { SurrogateWidth = 1e-5 };
        options.Diagnostics = new();
        TinyImages.Row[] rows = TinyImages.Rows(12);
        foreach (TinyImages.Row row in rows)
            Array.Fill(row.Features, 100);
        Fit(options, rows);
        ReportDocument page = Load();
        Assert.Contains(page.Warnings, warning => warning.Contains("there is nothing to learn from"));
        Assert.Contains(page.Warnings, warning => warning.Contains("hardly a membrane potential is near the threshold"));
        Assert.Equal(_warnings.Distinct(), page.Warnings);
    }

    [Fact]
    public void A_training_that_diverges_is_told_of()
    {
        SpikingResNetTrainer.Options options = Options(epochs: 3);
        options.LearningRate = 1e6;
        var e = Assert.Throws<InvalidOperationException>(() => Fit(options));
        Assert.Equal($"Stopped in epoch 1 of 3: {e.Message}", Load().Status);
        Assert.Contains("Training diverged", e.Message);
        Assert.False(Load().Refreshes);
    }

    [Fact]
    public void A_canceled_training_is_told_of()
    {
        using var source = new CancellationTokenSource();
        SpikingResNetTrainer.Options options = Options(epochs: 3);
        options.CancellationToken = source.Token;
        options.Progress = new ProgressOnThread(progress =>
        {
            if (progress.Epoch == 2)
                source.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => Fit(options));
        Assert.Equal("Stopped in epoch 2 of 3: the training was canceled.", Load().Status);
        Assert.Single(Load().Table("Epochs"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_that_can_no_longer_be_written_is_warned_of_once_and_loses_nothing(bool tensorBoard)
    {
        SpikingResNetTrainer.Options options = Options(epochs: 4);
        string place = tensorBoard ? _folder.File("board") : Path.GetDirectoryName(Report)!;
        if (tensorBoard)
            (options.ReportPath, options.TensorBoardFolder) = (null, place);
        options.Progress = new ProgressOnThread(progress =>
        {
            // A file in the place of the folder keeps everything out, root too.
            if (progress is { Epoch: 1, Batch: 1 })
            {
                Directory.Delete(place, recursive: true);
                File.WriteAllText(place, "");
            }
            else if (progress is { Epoch: 4, Batch: 1 })
            {
                File.Delete(place);
                Directory.CreateDirectory(place);
            }
        });
        Fit(options);
        string warning = Assert.Single(_warnings);
        Assert.Contains("the training goes on", warning);
        if (tensorBoard)
        {
            foreach (string run in (string[])["training", "validation"])
            {
                string file = Assert.Single(Directory.EnumerateFiles(Path.Combine(place, run)));
                Assert.Equal([0, 1, 2, 3, 4], TensorBoard.EventReader.Read(file).Select(e => (int)e.Step));
            }
        }
        else
        {
            Assert.Equal(4, Load().Table("Epochs").Length);
            Assert.Equal([warning], Load().Warnings);
        }
    }

    [Fact]
    public void An_impossible_path_is_refused_before_any_row_is_read()
    {
        string file = _folder.File("file");
        File.WriteAllText(file, "");
        IDataView unread = _context.Data.LoadFromEnumerable(TinyImages.Rows(1).Select(Refused));
        IDataView keyed = TinyImages.View(_context, 2);
        keyed = _context.Transforms.Conversion.MapValueToKey("Label", "Name", keyData: Names()).Fit(keyed).Transform(unread);
        foreach ((string option, Action<SpikingResNetTrainer.Options> set) in ((string, Action<SpikingResNetTrainer.Options>)[])
        [
            ("ReportPath", options => options.ReportPath = Path.Combine(file, "report.html")),
            ("ReportPath", options => options.ReportPath = _folder.Path),
            ("ReportPath", options => options.ReportPath = "a\0b.html"),
            ("TensorBoardFolder", options => options.TensorBoardFolder = file),
        ])
        {
            SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
            set(options);
            var e = Assert.Throws<ArgumentException>(() => _context.MulticlassClassification.Trainers.SpikingResNet(options).Fit(keyed));
            Assert.Equal(option, e.ParamName);
            Assert.Contains($"The option {option}, '", e.Message);
        }
        foreach (string option in (string[])["ReportPath", "TensorBoardFolder"])
        {
            SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
            typeof(SpikingResNetTrainer.Options).GetField(option)!.SetValue(options, " ");
            var e = Assert.Throws<ArgumentOutOfRangeException>(() => _context.MulticlassClassification.Trainers.SpikingResNet(options));
            Assert.Equal(option, e.ParamName);
        }

        static TinyImages.Row Refused(TinyImages.Row row) => throw new Xunit.Sdk.XunitException("It was read.");

        IDataView Names()
        {
            IDataView rows = _context.Data.LoadFromEnumerable(TinyImages.Classes.Select(name => new TinyImages.Row { Name = name }));
            return _context.Transforms.SelectColumns("Name").Fit(rows).Transform(rows);
        }
    }

    private SpikingResNetTrainer.Options Options(int epochs)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs);
        IDataView validation = TinyImages.View(_context, 8, seed: 3);
        options.ValidationSet = Keys().Fit(validation).Transform(validation);
        options.ReportPath = Report;
        return options;
    }

    private Transforms.ValueToKeyMappingEstimator Keys() => _context.Transforms.Conversion.MapValueToKey(
        "Label", nameof(TinyImages.Row.Name), keyOrdinality: Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue);

    private void Fit(SpikingResNetTrainer.Options options, TinyImages.Row[]? rows = null) =>
        TinyImages.Pipeline(_context, options).Fit(_context.Data.LoadFromEnumerable(rows ?? TinyImages.Rows(12)));

    private ReportDocument Load() => ReportDocument.Load(Report);
}

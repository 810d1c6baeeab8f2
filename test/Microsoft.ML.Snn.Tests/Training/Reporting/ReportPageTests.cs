using System.Globalization;
using System.Xml.Linq;
using Microsoft.ML.Snn.Training.Checkpoints;
using Microsoft.ML.Snn.Training.Reporting;

namespace Microsoft.ML.Snn.Tests.Training.Reporting;

/// <summary>What the page shows of a run, from made-up numbers.</summary>
public class ReportPageTests
{
    private static readonly DateTimeOffset _now = new(2026, 3, 4, 5, 6, 7, TimeSpan.FromHours(2));

    [Fact]
    public void A_run_that_goes_on_loads_again_and_tells_how_long_it_will_take()
    {
        ReportDocument page = Page(Facts(epochs: 5), History(2));
        Assert.True(page.Refreshes);
        // 40 seconds an epoch.
        Assert.Equal("Running: 2 of 5 epochs are done, about 2 min 00 s are left.", page.Status);
        Assert.Contains("Written 2026-03-04 03:06:07 UTC.", page.Text("written"));
        Assert.Equal("Running: in the first of 5 epochs.", Page(Facts(epochs: 5), new()).Status);
    }

    [Fact]
    public void A_run_that_has_ended_does_not_and_says_how()
    {
        TrainingHistory history = History(2);
        ReportDocument finished = Page(Facts(epochs: 2), history, new(RunStage.Finished, 2));
        Assert.False(finished.Refreshes);
        Assert.Equal("Finished after 2 of 2 epochs.", finished.Status);
        ReportDocument stopped = Page(Facts(epochs: 4), history, new(RunStage.Stopped, 3, "Training diverged: <b>."));
        Assert.False(stopped.Refreshes);
        Assert.Equal("Stopped in epoch 3 of 4: Training diverged: <b>.", stopped.Status);
        history.KeepBest();
        Assert.Equal(
            "Finished after 2 of 9 epochs, as validation no longer improved. The model is that of epoch 2.",
            Page(Facts(epochs: 9), history, new(RunStage.Finished, 2)).Status);
    }

    [Fact]
    public void Curves_go_through_their_values()
    {
        ReportDocument page = Page(Facts(), History(3));
        // Losses 1, 1/2, 1/3 on an axis from 0 to 2; validation twice that.
        Near([(0, 0.5), (0.5, 0.25), (1, 1 / 6.0)], page.Curve("loss", 0));
        Near([(0, 1), (0.5, 0.5), (1, 1 / 3.0)], page.Curve("loss", 1));
        string[][] table = page.Table("Epochs");
        Assert.Equal(["1", "1", "10.0 %", "2", "50.0 %", "0.1", "0.25", "100", "40.0 s"], table[0]);
        Assert.Equal("0.3333", table[2][1]);
        Assert.Contains(page.Find("loss")!.Descendants("title"), title => title.Value.Trim() == "epoch 2: training 0.5, validation 1");

        static void Near((double X, double Y)[] expected, (double X, double Y)[] actual)
        {
            Assert.Equal(expected.Length, actual.Length);
            Assert.All(expected.Zip(actual), pair =>
            {
                Assert.Equal(pair.First.X, pair.Second.X, 0.01);
                Assert.Equal(pair.First.Y, pair.Second.Y, 0.01);
            });
        }
    }

    [Fact]
    public void Whatever_a_class_is_called_it_stays_text()
    {
        string[] names = ["<script>alert(1)</script>", "\"&amp;'", "a\0b\uFFFFc\uD800", new string('x', 500)];
        string html = Html(Facts() with { Classes = names, TrainingSamples = [1, 2, 3, 4], ValidationSamples = [1, 1, 1, 1] }, History(1));
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        string[][] rows = new ReportDocument(html).Table("Samples by class");
        Assert.Equal([names[0], names[1], "a\uFFFDb\uFFFDc\uFFFD", names[3], "all"], rows.Select(row => row[0]));
        Assert.Equal(["all", "10", "4"], rows[^1]);
    }

    [Fact]
    public void Nothing_comes_from_elsewhere()
    {
        var page = new ReportDocument(Html(Facts(), History(3)));
        Assert.Empty(page.All("script"));
        Assert.Empty(page.All("img"));
        Assert.All(page.All("link"), link => Assert.StartsWith("data:", (string?)link.Attribute("href")));
        Assert.DoesNotContain("url(", page.All("style").Single().Value);
        Assert.All(page.All("svg"), svg => Assert.Equal(
            svg.Elements().Take(2).Select(element => (string?)element.Attribute("id")),
            ((string)svg.Attribute("aria-labelledby")!).Split(' ')));
        Assert.Distinct(page.All("body").Descendants().Attributes("id").Select(id => id.Value));
    }

    [Fact]
    public void Confusions_are_counted_from_actual_to_predicted()
    {
        ReportDocument page = Page(Facts(), History(1));
        Assert.Contains("After epoch 1: 6 of 10 samples", page.Text("confusion"));
        Assert.Equal(
            [["cat, taken for dog", "3", "42.9 %"], ["emu, taken for cat", "1", "50.0 %"]], page.Table("Most frequent confusions"));
        Assert.Equal(
            [
                ["cat", "7", "4", "57.1 %", "80.0 %"], ["dog", "1", "1", "100.0 %", "25.0 %"], ["emu", "2", "1", "50.0 %", "100.0 %"],
                ["gnu", "0", "0", "–", "–"],
            ],
            page.Table("Validation by class"));
        XElement[] cells = [.. page.Find("confusion")!.Descendants("rect").Where(cell => cell.Attribute("fill-opacity") is not null)];
        Assert.Equal(["heat", "heat wrong", "heat", "heat wrong", "heat"], cells.Select(cell => (string?)cell.Attribute("class")));
        // Row 0, column 1.
        Assert.True(Left(cells[1]) > Left(cells[0]) && (string?)cells[1].Attribute("y") == (string?)cells[0].Attribute("y"));

        static double Left(XElement cell) => double.Parse(cell.Attribute("x")!.Value, CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    [InlineData(65_536, false)]
    public void Many_classes_have_no_matrix(int classes, bool hasMatrix)
    {
        RunFacts facts = Facts() with
        {
            Classes = [.. Enumerable.Range(0, classes).Select(n => $"class {n}")],
            TrainingSamples = [.. Enumerable.Range(1, classes).Select(n => (long)n)],
            ValidationSamples = null,
        };
        string html = Html(facts, History(1));
        var page = new ReportDocument(html);
        Assert.Equal(hasMatrix, page.Find("confusion")!.Descendants("svg").Any());
        Assert.Equal("class 0, taken for class 1", page.Table("Most frequent confusions")[0][0]);
        Assert.Equal(hasMatrix ? 51 : 21, page.Table("Samples by class").Length);
        Assert.True(html.Length < 150_000, $"{html.Length}");
    }

    [Fact]
    public void Layers_that_do_not_fire_are_outlined()
    {
        XElement map = Page(Facts(), History(3)).Find("firing-rates")!;
        XElement[] marked = [.. map.Descendants("rect").Where(cell => (string?)cell.Attribute("class") == "heat marked")];
        Assert.Equal(["stages.0.0, epoch 2: 0.0000", "stages.0.0, epoch 3: 1.0000"], marked.Select(cell => cell.Value));
        Assert.Contains("fires hardly ever, or nearly always", map.Value);
        XElement good = Page(Facts(), History(1)).Find("firing-rates")!;
        Assert.DoesNotContain("fires hardly ever", good.Value);
        Assert.Equal(["stem, epoch 1: 0.2500", "stages.0.0, epoch 1: 0.5000"], good.Descendants("rect").Select(cell => cell.Value));
        Assert.Equal(["0.5", "1"], good.Descendants("rect").Select(cell => (string?)cell.Attribute("fill-opacity")));
    }

    [Fact]
    public void Gradients_and_isometry_are_shown_where_they_were_measured()
    {
        Assert.Null(Page(Facts(), History(2)).Find("weight-gradients"));
        ReportDocument page = Page(Facts(), History(3, diagnostics: true));
        // Norms 1 and 100, later 0.01 and 0, which has no logarithm: an axis from 0.01 to 100.
        Assert.Equal([0.5, 1], page.Curve("weight-gradients", 0).Select(point => Math.Round(point.Y, 2)));
        Assert.Equal([0], page.Curve("weight-gradients", 1).Select(point => Math.Round(point.Y, 2)));
        Assert.Equal(["stem to stages.0.0.1", "2 ± 0.1", "–", "3", "1", "1"], Assert.Single(page.Table("Block isometry")));
        Assert.Equal(["stem", "0.5", "1.0 %", "2.0 %", "30.0 %", "0.1", "0.9", "0.2", "0.8", "5", "0.01"], page.Table("Layers")[0]);
    }

    [Fact]
    public void Numbers_that_no_axis_has_leave_the_page_whole()
    {
        var history = new TrainingHistory();
        history.Add(
            new(
                new()
                {
                    Epoch = 1, Epochs = 1, Loss = 0, LayerFiringRates = [new("stem", 0)], SamplesPerSecond = double.PositiveInfinity,
                    Diagnostics = new(
                        2, 0, [Layer("stem", 0)], [new() { Source = "stem", Name = "a", Phi = double.NaN, PredictedPhi = 1e-320 }]),
                },
                TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero),
            null);
        string html = Html(Facts(epochs: 1), history);
        Assert.DoesNotContain("NaN", html);
        Assert.DoesNotContain("\u221e", html);
        var page = new ReportDocument(html);
        Assert.Single(page.Table("Layers"));
        Assert.Contains("No value is above 0.", page.Text("weight-gradients"));
    }

    [Fact]
    public void The_time_of_all_parts_is_the_time_of_all_epochs()
    {
        ReportDocument page = Page(Facts(), History(3));
        // Of each epoch: input 1 s, forward 2, backward 4, update 1, all of training 20; validation 15, diagnostics 5.
        Assert.Equal(
            ["waiting for input3.0 s2.5 %", "forward6.0 s5.0 %", "backward12.0 s10.0 %", "update3.0 s2.5 %", "rest of training36.0 s30.0 %",
                "validation45.0 s37.5 %", "diagnostics15.0 s12.5 %"],
            page.Find("time")!.Descendants("tbody").Elements("tr").Select(row => string.Concat(row.Elements().Select(cell => cell.Value))));
    }

    [Fact]
    public void Thousands_of_epochs_make_no_page_that_no_browser_shows()
    {
        string html = Html(Facts(epochs: 5000), History(4999));
        Assert.True(html.Length < 1_000_000, $"{html.Length}");
        Assert.Equal("4,999", new ReportDocument(html).Table("Epochs")[^1][0]);
    }

    [Fact]
    public void Numbers_are_written_the_same_everywhere()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        string expected = Html(Facts(), History(3, diagnostics: true));
        try
        {
            CultureInfo.CurrentCulture = new("de-DE");
            Assert.Equal(expected, Html(Facts(), History(3, diagnostics: true)));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Options_are_listed_where_they_are_not_the_default()
    {
        Assert.Empty(OptionValue.Differing(new SpikingResNetTrainer.Options()));
        var options = new SpikingResNetTrainer.Options
        {
            Neuron = new() { SurrogateWidth = 1e-5 }, Epochs = 7, EarlyStopping = new(patience: 3), InputShape = [3, 8, 8],
            Schedule = LearningRateSchedule.Step(5, warmupEpochs: 0.5), Architecture = SpikingResNetArchitecture.ResNet18, Quantize = true,
            MetricsCallback = _ => { }, ReportPath = "a.html",
        };
        Dictionary<string, (string Value, string Default)> differing = OptionValue.Differing(options)
            .ToDictionary(option => option.Name, option => (option.Value, option.Default));
        Assert.Equal(("1E-05", "1"), differing["Neuron.SurrogateWidth"]);
        Assert.Equal(("7", "100"), differing["Epochs"]);
        Assert.Equal(("{ Patience 3, MinimumGain 0 }", "none"), differing["EarlyStopping"]);
        Assert.Equal(("[3, 8, 8]", "none"), differing["InputShape"]);
        Assert.Equal(("0.5", "0"), differing["Schedule.WarmupEpochs"]);
        Assert.Equal(("Step", "Cosine"), differing["Schedule.Shape"]);
        Assert.Equal(("yes", "no"), differing["Quantize"]);
        Assert.Equal(("given", "none"), differing["MetricsCallback"]);
        Assert.Equal(("a.html", "none"), differing["ReportPath"]);
        Assert.Equal(("ResNet18", "ResNet19"), differing["Architecture.Name"]);
        Assert.StartsWith("[{ Blocks 2, Width 64, Stride 2 }, ", differing["Architecture.Stages"].Value);
        Assert.Equal(
            ["Architecture", "EarlyStopping", "Epochs", "InputShape", "MetricsCallback", "Neuron", "Quantize", "ReportPath", "Schedule"],
            differing.Keys.Select(name => name.Split('.')[0]).Distinct());
    }

    private static ReportDocument Page(RunFacts facts, TrainingHistory history, RunState? state = null) => new(Html(facts, history, state));

    private static string Html(RunFacts facts, TrainingHistory history, RunState? state = null) =>
        ReportPage.Of(facts, history, state ?? new(RunStage.Running, history.Epochs.Count + 1), _now).ToString();

    private static RunFacts Facts(int epochs = 4) => new()
    {
        Network = "Tiny", Epochs = epochs, Classes = ["cat", "dog", "emu", "gnu"],
        TrainingSamples = [7, 1, 2, 0], ValidationSamples = [7, 1, 2, 0],
        Run = [("seed", "7")], Machine = [("system", "none")], Options = [new("Epochs", "4", "100")],
    };

    private static TrainingHistory History(int epochs, bool diagnostics = false)
    {
        var history = new TrainingHistory();
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            var confusion = new ConfusionCounts(epoch);
            confusion.Add(0, 0, 4);
            confusion.Add(0, 1, 3);
            confusion.Add(1, 1);
            confusion.Add(2, 2);
            confusion.Add(2, 0);
            var metrics = new TrainingMetrics
            {
                Epoch = epoch, Epochs = 4, Loss = 1.0 / epoch, Accuracy = 0.1, ValidationLoss = 2.0 / epoch, ValidationAccuracy = 0.5,
                LearningRate = 0.1, FiringRate = 0.25, SamplesPerSecond = 100, InputWait = Seconds(1), ForwardTime = Seconds(2),
                BackwardTime = Seconds(4), UpdateTime = Seconds(1),
                LayerFiringRates = [new("stem", 0.25), new("stages.0.0", epoch == 1 ? 0.5 : epoch == 2 ? 0 : 1)],
                Diagnostics = diagnostics && epoch != 2 ? Diagnostics(epoch) : null,
            };
            history.Add(new(metrics, Seconds(20), Seconds(15), Seconds(5)), confusion);
        }
        return history;

        static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
    }

    private static TrainingDiagnostics Diagnostics(int epoch) => new(
        20, 0.5,
        [Layer("stem", epoch == 1 ? 1 : 0.01), Layer("stages.0.0", epoch == 1 ? 100 : 0)],
        [
            new()
            {
                Source = "stem", Name = "stages.0.0.1", Phi = 2, StandardError = 0.1, Spread = 3, InputSecondMoment = 1,
                OutputSecondMoment = 1, PredictedPhi = double.NaN,
            },
        ]);

    private static LayerDiagnostics Layer(string name, double norm) => new()
    {
        Name = name, FiringRate = 0.5, NeverFiring = 0.01, AlwaysFiring = 0.02, InWindow = 0.3, InputMean = 0.1, InputDeviation = 0.9,
        MembraneMean = 0.2, MembraneDeviation = 0.8, InputGradientNorm = 5, WeightGradientNorm = norm,
    };
}

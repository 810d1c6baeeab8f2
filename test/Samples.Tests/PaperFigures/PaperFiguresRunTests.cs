using System.Text.RegularExpressions;
using Microsoft.ML.Snn.Tests;
using Microsoft.ML.Snn.Tests.Speed;
using PaperFigures;
using PaperFigures.CommandLine;
using PaperFigures.Measurements;
using PaperFigures.Pictures;
using PaperFigures.Results;
using SkiaSharp;
using Spectre.Console;
using Table = PaperFigures.Results.Table;
using TableRow = PaperFigures.Results.TableRow;

namespace Samples.Tests.PaperFigures;

/// <summary>All figures at a size of seconds.</summary>
[Slow]
public sealed partial class PaperFiguresRunTests : IDisposable
{
    private static readonly StudySizes _tiny = new()
    {
        Name = "tiny", Seeds = 2, Steps = 2, BatchSize = 10, IsometryVectors = 2, Depth = 8, Width = 8, Depths = [8, 14],
        TrainedDepths = [8], TrainingPictures = 40, TestPictures = 20, Epochs = 1, TracedPictures = 4, OperationWidth = 0.01,
    };

    private static readonly string[] _names =
        ["a-gradient-norms", "b-isometry", "c-distributions", "d-alpha-and-threshold", "e-depth", "f-operations"];

    private readonly string _folder = Directory.CreateTempSubdirectory("snnml-figures-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void All_figures_are_made_once_and_found_again()
    {
        (int computed, string text) = Run(Settings.AllFigures, CancellationToken.None);
        Assert.True(computed > 50, $"{computed} results");
        string last = text.Trim().Split('\n')[^1];
        Match result = ResultLine().Match(last);
        Assert.True(result.Success, last);
        string report = File.ReadAllText(Path.Combine(_folder, "report.md"));
        foreach (string name in _names)
        {
            using SKBitmap picture = SKBitmap.Decode(Path.Combine(_folder, name + ".png"));
            Assert.True(picture.Pixels.Distinct().Count() > 10, name);
            Assert.Contains("</svg>", File.ReadAllText(Path.Combine(_folder, name + ".svg")));
            Assert.NotEmpty(Table.Load(Path.Combine(_folder, name + ".csv")).Rows);
            Assert.Contains($"{name}.svg", report);
            Assert.Contains($"{name}.csv", report);
        }
        Assert.Contains(last.Trim(), report);
        // The line's ratio is that of the first step, from the first layer to the last.
        Table gradients = Table.Load(Assert.Single(Results("gradients-Batch-Kaiming-decay-0.5-seed-1-*.csv")));
        TableRow[] first = [.. gradients.Rows.Where(row => row.Number("step") == 1)];
        Assert.Equal(6, first.Length);
        Assert.All(first, row => Assert.True(row.Number("current_gradient") > 0 && row.Number("weight_gradient") > 0));

        byte[][] before = Files();
        (computed, text) = Run(Settings.AllFigures, CancellationToken.None);
        Assert.Equal(0, computed);
        Assert.Equal(last, text.Trim().Split('\n')[^1]);
        Assert.Equal(before, Files());

        // A curve that is missing is the only one that is computed again, to the same numbers.
        File.Delete(Assert.Single(Results("training-Plain-8-Vth-0.5-*-seed-1-*.csv")));
        (computed, _) = Run("e", CancellationToken.None);
        Assert.Equal(1, computed);
        Assert.Equal(before, Files());

        string[] Results(string pattern) => Directory.GetFiles(Path.Combine(_folder, "results"), pattern);

        byte[][] Files() => [.. _names.Select(name => File.ReadAllBytes(Path.Combine(_folder, name + ".csv")))];
    }

    [Fact]
    public void A_canceled_run_keeps_what_it_has()
    {
        using var cancellation = new CancellationTokenSource();
        var store = new ResultStore(_folder, "pictures", _ => cancellation.Cancel());
        var pictures = new StudyPictures(DrawnPictures.Draw(20, 16, new Random(1)), DrawnPictures.Draw(10, 16, new Random(2)), "shapes");
        var study = new Study(pictures, _tiny, store, cancellation.Token);
        Table Compute() => new("a");
        study.Keep("first", "key", Compute);
        Assert.Throws<OperationCanceledException>(() => study.Keep("second", "key", Compute));
        Assert.Single(Directory.GetFiles(_folder));

        var again = new Study(pictures, _tiny, new(_folder, "pictures", _ => { }), CancellationToken.None);
        again.Keep("first", "key", () => throw new InvalidOperationException("It is there."));
        Assert.Throws<InvalidOperationException>(() => again.Keep("first", "another key", () => throw new InvalidOperationException()));
    }

    [Fact]
    public void Pictures_are_means_of_tiles_and_normalized_by_channel()
    {
        string data = Path.GetDirectoryName(RealData.Path("cifar10-train.zip"))!;
        StudyPictures sixteen = StudyPictures.Read(new(data, 16, _folder, "a", _tiny));
        StudyPictures all = StudyPictures.Read(new(data, 32, _folder, "a", _tiny));
        Assert.Equal(_tiny.TrainingPictures, sixteen.Train.Count);
        Assert.Equal(Enumerable.Range(0, 40).Select(i => i / 4L), sixteen.Train.Labels);
        for (int channel = 0; channel < 3; channel++)
        {
            float[] small = Channel(sixteen.Train), large = Channel(all.Train);
            Assert.Equal(0, small.Average(), 1e-4);
            Assert.Equal(1, small.Average(value => value * value), 1e-3);
            // Both are linear in the pixels: means of tiles are correlated with themselves alone.
            float[] means = [.. Enumerable.Range(0, small.Length).Select(i => Tile(large, i))];
            double scale = Math.Sqrt(means.Average(value => value * value));
            Assert.All(small.Zip(means), pair => Assert.Equal(pair.First, pair.Second / scale, 0.01));

            float[] Channel(PictureSet set)
            {
                int plane = set.Size * set.Size;
                return [.. Enumerable.Range(0, set.Count).SelectMany(i => set.Picture(i).Slice(channel * plane, plane).ToArray())];
            }
        }
        var missing = Assert.Throws<SampleApp.UserException>(() => StudyPictures.Read(new(_folder, 16, _folder, "a", _tiny)));
        Assert.Contains("cifar10-train.zip", missing.Message);

        static float Tile(float[] large, int index)
        {
            (int picture, int y, int x) = (index / 256, index / 16 % 16, index % 16);
            int at = picture * 1024 + 2 * y * 32 + 2 * x;
            return (large[at] + large[at + 1] + large[at + 32] + large[at + 33]) / 4;
        }
    }

    private (int Computed, string Text) Run(string figures, CancellationToken cancellation)
    {
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 160;
        var run = new PaperFiguresRun(console, new(null, 16, _folder, figures, _tiny));
        run.Run(cancellation);
        return (run.Computed, output.ToString());
    }

    [GeneratedRegex(@"^RESULT gradient_ratio_tdbn=[\d.e-]+ gradient_ratio_bn=[\d.e+]+ isometry_error=[\d.]+ figures=6$")]
    private static partial Regex ResultLine();
}

using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.Playwright;

namespace Samples.Tests.TrainingAndScoring;

/// <summary>The trainer's report in a real browser; skipped where there is none.</summary>
[Slow]
public sealed class ReportPageTests(ReportPageTests.Training training) : IClassFixture<ReportPageTests.Training>, IAsyncLifetime
{
    private Chromium? _browser;

    public async ValueTask InitializeAsync() => _browser = await Chromium.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
    }

    [Theory]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    [InlineData(1440, ColorScheme.Light)]
    [InlineData(1440, ColorScheme.Dark)]
    public async Task It_has_the_right_numbers_and_no_broken_layout(int width, ColorScheme scheme)
    {
        (IPage page, List<string> problems) = await _browser!.OpenAsync(new Uri(training.Report), width, scheme);
        await Assertions.Expect(page.Locator("#status")).ToHaveTextAsync($"Finished after {Training.Epochs} of {Training.Epochs} epochs.");
        TrainingMetrics last = training.Metrics[^1];
        await Assertions.Expect(page.Locator("#loss .legend")).ToContainTextAsync(
            string.Create(CultureInfo.InvariantCulture, $"training {last.Loss:G4}validation {last.ValidationLoss:G4}"));
        await Assertions.Expect(page.Locator("#figures dd").First).ToHaveTextAsync(
            string.Create(CultureInfo.InvariantCulture, $"{last.ValidationAccuracy:P1}"));
        await Assertions.Expect(page.Locator("#loss .dot")).ToHaveCountAsync(2 * Training.Epochs);
        await Assertions.Expect(page.Locator("#firing-rates rect")).ToHaveCountAsync(last.LayerFiringRates.Count * Training.Epochs);
        await Assertions.Expect(page.Locator("#data tbody tr").First.Locator("th")).ToHaveTextAsync(Training.Classes[0]);
        await Assertions.Expect(page.Locator("script")).ToHaveCountAsync(0);
        await Chromium.AssertFitsAsync(page, width);
        Assert.Empty(await OverlappingTextsAsync(page));
        await page.Locator("summary").First.ClickAsync();
        await page.Locator("summary").Last.ClickAsync();
        await Assertions.Expect(page.Locator("#epochs tbody tr")).ToHaveCountAsync(Training.Epochs);
        await Chromium.AssertFitsAsync(page, width);
        await Chromium.ScreenshotAsync(page, $"report-{width}-{scheme}");
        Assert.Empty(problems);
    }

    [Fact]
    public async Task Printed_it_is_light_and_whole()
    {
        (IPage page, List<string> problems) = await _browser!.OpenAsync(new Uri(training.Report), 800, ColorScheme.Dark);
        await page.EmulateMediaAsync(new() { Media = Media.Print, ColorScheme = ColorScheme.Dark });
        Assert.Equal(
            "rgb(255, 255, 255)",
            await page.EvaluateAsync<string>("() => getComputedStyle(document.querySelector('.card')).backgroundColor"));
        // Closed on the screen.
        await Assertions.Expect(page.Locator("#epochs tbody tr").Last).ToBeVisibleAsync();
        Assert.Empty(await page.EvaluateAsync<string[]>(
            "() => [...document.querySelectorAll('.scroll')].filter(e => e.scrollHeight > e.clientHeight + 1).map(e => e.ariaLabel)"));
        await Chromium.ScreenshotAsync(page, "report-print");
        if (Environment.GetEnvironmentVariable("SNNML_SCREENSHOTS") is { } folder)
            await page.PdfAsync(new() { Path = Path.Combine(folder, "report.pdf"), Format = "A4" });
        Assert.Empty(problems);
    }

    [Theory]
    [InlineData(360)]
    [InlineData(1440)]
    public async Task A_broken_training_shows_what_is_wrong(int width)
    {
        string report = Path.Combine(Path.GetDirectoryName(training.Report)!, $"broken-{width}.html");
        Assert.Throws<InvalidOperationException>(() => Training.Run(report, samples: 4, options =>
        {
            options.Neuron = new() { SurrogateWidth = 1e-6 };
            options.MetricsCallback = metrics =>
            {
                if (metrics.Epoch == 2)
                    throw new InvalidOperationException("It was too bad.");
            };
        }));
        (IPage page, List<string> problems) = await _browser!.OpenAsync(new Uri(report), width, ColorScheme.Dark);
        await Assertions.Expect(page.Locator("#status")).ToContainTextAsync("Stopped in epoch 2 of 8: It was too bad.");
        await Assertions.Expect(page.Locator("#warnings")).ToContainTextAsync("hardly a membrane potential is near the threshold");
        await Chromium.AssertFitsAsync(page, width);
        await Chromium.ScreenshotAsync(page, $"broken-{width}");
        Assert.Empty(problems);
    }

    [Fact]
    public async Task While_training_goes_on_it_loads_itself_again()
    {
        string copy = Path.Combine(Path.GetDirectoryName(training.Report)!, "running.html");
        // Sooner than a reader would want it.
        File.WriteAllText(copy, training.Running.Replace("content=\"15\"", "content=\"1\"", StringComparison.Ordinal));
        (IPage page, List<string> problems) = await _browser!.OpenAsync(new Uri(copy), 1000, ColorScheme.Light);
        await Assertions.Expect(page.Locator("#status")).ToContainTextAsync($"Running: 1 of {Training.Epochs} epochs are done");
        File.Copy(training.Report, copy, overwrite: true);
        await Assertions.Expect(page.Locator("#status")).ToContainTextAsync("Finished", new() { Timeout = 20_000 });
        Assert.Empty(problems);
    }

    /// <summary>Of each picture, the pairs of texts that lie over each other.</summary>
    private static Task<string[]> OverlappingTextsAsync(IPage page) => page.EvaluateAsync<string[]>(
        "() => [...document.querySelectorAll('svg')].flatMap(svg => [...svg.querySelectorAll('text')]"
        + ".map(e => [e.textContent.trim(), e.getBoundingClientRect()])"
        + ".flatMap(([a, p], i, all) => all.slice(i + 1).filter(([, q]) => p.left < q.right - 1 && q.left < p.right - 1"
        + " && p.top < q.bottom - 3 && q.top < p.bottom - 3).map(([b]) => `${svg.closest('section').id}: ${a} / ${b}`)))");

    /// <summary>A short training on squares in ten places, with names of classes that no page should take for markup.</summary>
    public sealed class Training : IDisposable
    {
        public const int Epochs = 8;

        private const int Size = 12;

        public Training()
        {
            Report = Path.Combine(Directory.CreateTempSubdirectory("snnml-report-").FullName, "report.html");
            Run(Report, samples: 20, options => options.MetricsCallback = metrics =>
            {
                Metrics.Add(metrics);
                if (metrics.Epoch == 1)
                    Running = File.ReadAllText(Report);
            });
            if (Environment.GetEnvironmentVariable("SNNML_SCREENSHOTS") is { } folder)
                File.Copy(Report, Path.Combine(folder, "report.html"), overwrite: true);
        }

        /// <summary>In the order of their keys.</summary>
        public static string[] Classes { get; } =
        [
            "<script>alert('a')</script>", "a class whose name is far too long for a chart, or for a narrow screen", "automobile", "bird",
            "cat", "deer & roe", "dog", "frog", "horse", "ship",
        ];

        public string Report { get; }

        public List<TrainingMetrics> Metrics { get; } = [];

        /// <summary>The page after the first epoch.</summary>
        public string Running { get; private set; } = "";

        /// <param name="report">Path of the report.</param>
        /// <param name="samples">Training samples of each class.</param>
        /// <param name="set">Sets options beside the usual ones.</param>
        public static void Run(string report, int samples, Action<SpikingResNetTrainer.Options> set)
        {
            var context = new MLContext(seed: 1);
            IDataView rows = context.Data.LoadFromEnumerable(Rows(samples, seed: 1));
            IDataView validation = context.Data.LoadFromEnumerable(Rows(8, seed: 2));
            var keys = context.Transforms.Conversion.MapValueToKey(
                "Label", "Name", keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Fit(rows);
            SpikingResNetTrainer.Options options = new()
            {
                Architecture = new()
                {
                    Name = "ResNet-8 x 0.125", Stem = new(8), Stages = [new(1, 8), new(1, 16, 2), new(1, 32, 2)], HiddenUnits = 32,
                },
                TimeSteps = 2,
                Epochs = Epochs,
                BatchSize = 20,
                LearningRate = 0.05,
                Seed = 1,
                ValidationSet = keys.Transform(validation),
                Diagnostics = new() { IsometryVectors = 4 },
                Neuron = new() { SurrogateWidth = 0.8 },
                Schedule = LearningRateSchedule.Cosine(warmupEpochs: 1),
                ReportPath = report,
            };
            set(options);
            context.MulticlassClassification.Trainers.SpikingResNet(options).Fit(keys.Transform(rows));
        }

        public void Dispose() => Directory.Delete(Path.GetDirectoryName(Report)!, recursive: true);

        private static Row[] Rows(int perClass, int seed)
        {
            var random = new Random(seed);
            return [.. Enumerable.Range(0, Classes.Length * perClass).Select(i => new Row
            {
                Name = Classes[i % Classes.Length], Features = Draw(i % Classes.Length, random),
            })];
        }

        private static float[] Draw(int label, Random random)
        {
            float[] pixels = [.. Enumerable.Range(0, 3 * Size * Size).Select(_ => (float)random.Next(160))];
            int channel = label % 3, top = label / 3 * 3 + random.Next(2), left = random.Next(Size - 4);
            for (int i = 0; i < 12; i++)
                pixels[(channel * Size + Math.Min(top + i / 4, Size - 1)) * Size + left + i % 4] += 90;
            return pixels;
        }

        private sealed class Row
        {
            [VectorType(3, Size, Size)]
            public float[] Features { get; set; } = [];

            public string Name { get; set; } = "";
        }
    }
}

using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.Playwright;
using SkiaSharp;

namespace Samples.Tests.WebService;

/// <summary>The page in a real browser; skipped where there is none.</summary>
[Slow]
public sealed class PageTests(TrainedModel trained, TrainedEventModel events) : IAsyncLifetime
{
    private static readonly string[] _browserNames = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    private RunningService _service = null!;
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => _browserNames.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, "There is no Chromium on the path: the page is not tested.");
        _service = await RunningService.StartAsync(trained, withModel: true, configure: null, $"EventModel={events.Path}");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = ["--disable-dev-shm-usage"] });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_service is not null)
            await _service.DisposeAsync();
    }

    [Theory]
    [InlineData(360, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    [InlineData(1440, ColorScheme.Light)]
    [InlineData(1440, ColorScheme.Dark)]
    public async Task A_picture_is_answered_without_errors_or_a_broken_layout(int width, ColorScheme scheme)
    {
        (IPage page, List<string> problems) = await OpenAsync(width, scheme);
        await AssertFitsAsync(page, width);
        await ScreenshotAsync(page, $"empty-{width}-{scheme}");

        await page.SetInputFilesAsync("#file", Picture("red"));
        await Assertions.Expect(page.Locator("#label")).ToHaveTextAsync("red");
        await Assertions.Expect(page.Locator("#stepText")).ToHaveTextAsync("4 of 4");
        await Assertions.Expect(page.Locator("#scores li")).ToHaveCountAsync(3);
        await Assertions.Expect(page.Locator("#scores li").First).ToContainTextAsync("red");
        await Assertions.Expect(page.Locator("#operations li")).ToHaveCountAsync(3);
        // The stem's neurons, two for each of the two blocks: four panels each.
        await Assertions.Expect(page.Locator(".panel canvas")).ToHaveCountAsync(4 * await page.Locator(".layer").CountAsync());
        Assert.True(await page.Locator(".layer").CountAsync() >= 5);
        Assert.True(await page.EvaluateAsync<bool>(
            "() => [...document.querySelectorAll('canvas')].some(canvas => new Set(new Uint32Array(canvas.getContext('2d')"
            + ".getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size > 2)"), "spikes are drawn");
        await AssertFitsAsync(page, width);
        await ScreenshotAsync(page, $"answer-{width}-{scheme}");
        Assert.Empty(problems);
    }

    [Fact]
    public async Task The_bars_follow_the_time_step()
    {
        (IPage page, List<string> problems) = await OpenAsync(1000, ColorScheme.Light);
        await page.SetInputFilesAsync("#file", Picture("blue"));
        await Assertions.Expect(page.Locator("#stepText")).ToHaveTextAsync("4 of 4");
        await page.Locator("#step").FocusAsync();
        await page.Keyboard.PressAsync("Home");
        await Assertions.Expect(page.Locator("#stepText")).ToHaveTextAsync("1 of 4");
        await Assertions.Expect(page.Locator(".panel.now").First).ToContainTextAsync("step 1");
        await page.Locator("#play").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#play")).ToHaveTextAsync("Stop");
        await Assertions.Expect(page.Locator("#stepText")).ToHaveTextAsync("4 of 4");
        await Assertions.Expect(page.Locator("#play")).ToHaveTextAsync("Play");
        Assert.Empty(problems);
    }

    [Fact]
    public async Task It_is_used_by_keyboard_alone()
    {
        (IPage page, _) = await OpenAsync(1000, ColorScheme.Light);
        var chooser = new TaskCompletionSource<IFileChooser>(TaskCreationOptions.RunContinuationsAsynchronously);
        page.FileChooser += (_, opened) => chooser.TrySetResult(opened);
        // The browser needs a moment before it hands its dialogs over, and does not say when: a new page has it from the start.
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("#model")).ToContainTextAsync("3 classes");
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page.Locator("#file")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await (await chooser.Task.WaitAsync(TimeSpan.FromSeconds(30))).SetFilesAsync(Picture("green"));
        await Assertions.Expect(page.Locator("#label")).ToHaveTextAsync("green");
    }

    [Fact]
    public async Task A_recording_is_shown_as_well()
    {
        (IPage page, _) = await OpenAsync(360, ColorScheme.Light);
        await page.SetInputFilesAsync("#file", events.Recordings[0]);
        await Assertions.Expect(page.Locator("#stepText")).ToHaveTextAsync($"{TrainedEventModel.TimeSteps} of {TrainedEventModel.TimeSteps}");
        await Assertions.Expect(page.Locator("#scores li")).ToHaveCountAsync(4);
        await Assertions.Expect(page.Locator("#preview")).ToBeHiddenAsync();
        await AssertFitsAsync(page, 360);
        await ScreenshotAsync(page, "recording-360-Light");
    }

    [Fact]
    public async Task What_is_no_picture_is_explained()
    {
        (IPage page, _) = await OpenAsync(360, ColorScheme.Light);
        await page.SetInputFilesAsync("#file", new FilePayload { Name = "a.jpg", MimeType = "image/jpeg", Buffer = "text"u8.ToArray() });
        await Assertions.Expect(page.Locator("#message")).ToContainTextAsync("not a picture");
        await Assertions.Expect(page.Locator("#answer")).ToBeHiddenAsync();
        await AssertFitsAsync(page, 360);
    }

    private async Task<(IPage Page, List<string> Problems)> OpenAsync(int width, ColorScheme scheme)
    {
        IPage page = await _browser.NewPageAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme,
        });
        var problems = new List<string>();
        page.Console += (_, message) => AddIf(message.Type is "error" or "warning", message.Text);
        page.PageError += (_, error) => problems.Add(error);
        page.RequestFailed += (_, request) => problems.Add($"{request.Url}: {request.Failure}");
        await page.GotoAsync(_service.Address.ToString());
        await Assertions.Expect(page.Locator("#model")).ToContainTextAsync("3 classes");
        return (page, problems);

        void AddIf(bool isProblem, string text)
        {
            if (isProblem)
                problems.Add(text);
        }
    }

    /// <summary>Nothing sticks out at the side, and no texts lie over each other.</summary>
    private static async Task AssertFitsAsync(IPage page, int width)
    {
        Assert.Equal(width, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        string[] outside = await page.EvaluateAsync<string[]>(
            "width => [...document.querySelectorAll('main *')].filter(e => e.checkVisibility() && e.id !== 'file')"
            + ".filter(e => { const box = e.getBoundingClientRect(); return box.left < 0 || box.right > width + 1; })"
            + ".map(e => e.outerHTML.slice(0, 80))", width);
        Assert.Empty(outside);
        string[] overlapping = await page.EvaluateAsync<string[]>(
            "() => [...document.querySelectorAll('section')].filter(e => e.checkVisibility()).map(e => [e.id, e.getBoundingClientRect()])"
            + ".flatMap(([a, p], i, all) => all.slice(i + 1).filter(([, q]) => p.left < q.right && q.left < p.right && p.top < q.bottom"
            + " && q.top < p.bottom).map(([b]) => `${a} ${b}`))");
        Assert.Empty(overlapping);
    }

    /// <summary>For the eye, where the environment names a folder.</summary>
    private static async Task ScreenshotAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("SNNML_SCREENSHOTS") is { } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }

    private static FilePayload Picture(string color) => new()
    {
        Name = $"{color}.png", MimeType = "image/png", Buffer = TrainedModel.Draw(color, new Random(11), SKEncodedImageFormat.Png, size: 64),
    };
}

using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.Playwright;
using SkiaSharp;

namespace Samples.Tests.WebService;

/// <summary>The page in a real browser; skipped where there is none.</summary>
[Slow]
public sealed class PageTests(TrainedModel trained, TrainedEventModel events) : IAsyncLifetime
{
    private RunningService? _service;
    private Chromium? _browser;

    public async ValueTask InitializeAsync()
    {
        _browser = await Chromium.StartAsync();
        _service = await RunningService.StartAsync(trained, withModel: true, configure: null, $"EventModel={events.Path}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
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
        await Chromium.AssertFitsAsync(page, width);
        await Chromium.ScreenshotAsync(page, $"empty-{width}-{scheme}");

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
        await Chromium.AssertFitsAsync(page, width);
        await Chromium.ScreenshotAsync(page, $"answer-{width}-{scheme}");
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
        await Chromium.AssertFitsAsync(page, 360);
        await Chromium.ScreenshotAsync(page, "recording-360-Light");
    }

    [Fact]
    public async Task What_is_no_picture_is_explained()
    {
        (IPage page, _) = await OpenAsync(360, ColorScheme.Light);
        await page.SetInputFilesAsync("#file", new FilePayload { Name = "a.jpg", MimeType = "image/jpeg", Buffer = "text"u8.ToArray() });
        await Assertions.Expect(page.Locator("#message")).ToContainTextAsync("not a picture");
        await Assertions.Expect(page.Locator("#answer")).ToBeHiddenAsync();
        await Chromium.AssertFitsAsync(page, 360);
    }

    private async Task<(IPage Page, List<string> Problems)> OpenAsync(int width, ColorScheme scheme)
    {
        (IPage page, List<string> problems) = await _browser!.OpenAsync(_service!.Address, width, scheme);
        await Assertions.Expect(page.Locator("#model")).ToContainTextAsync("3 classes");
        return (page, problems);
    }

    private static FilePayload Picture(string color) => new()
    {
        Name = $"{color}.png", MimeType = "image/png", Buffer = TrainedModel.Draw(color, new Random(11), SKEncodedImageFormat.Png, size: 64),
    };
}

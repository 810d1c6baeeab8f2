using Microsoft.Playwright;

namespace Samples.Tests;

/// <summary>A real browser for pages; tests skip where there is none.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] _names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    public static async Task<Chromium> StartAsync()
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => _names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, "There is no Chromium on the path: the page is not tested.");
        IPlaywright playwright = await Playwright.CreateAsync();
        return new(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = ["--disable-dev-shm-usage"] }));
    }

    /// <summary>Opens a page; the list has all that it complains of, then and later.</summary>
    public async Task<(IPage Page, List<string> Problems)> OpenAsync(Uri address, int width, ColorScheme scheme)
    {
        IPage page = await _browser.NewPageAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme,
        });
        var problems = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                problems.Add(message.Text);
        };
        page.PageError += (_, error) => problems.Add(error);
        page.RequestFailed += (_, request) => problems.Add($"{request.Url}: {request.Failure}");
        await page.GotoAsync(address.ToString());
        return (page, problems);
    }

    /// <summary>Nothing sticks out at the side but what scrolls by itself, and no sections lie over each other.</summary>
    public static async Task AssertFitsAsync(IPage page, int width)
    {
        Assert.Equal(width, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        string[] outside = await page.EvaluateAsync<string[]>(
            "width => [...document.querySelectorAll('header *, main *')]"
            + ".filter(e => e.checkVisibility() && e.id !== 'file' && !e.closest('.scroll'))"
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
    public static async Task ScreenshotAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("SNNML_SCREENSHOTS") is { } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}

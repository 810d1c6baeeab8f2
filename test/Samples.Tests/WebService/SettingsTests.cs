using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Samples.Tests.TrainingAndScoring;
using WebApp;

namespace Samples.Tests.WebService;

public sealed partial class SettingsTests
{
    [Theory]
    [InlineData("MaxPixels=0", "MaxPixels")]
    [InlineData("ClientRequestsPerSecond=1", "ClientRequestsPerSecond")]
    [InlineData("IdleTimeout=00:00:00", "IdleTimeout")]
    [InlineData("ClientUploadBytes=1000", "ClientUploadBytes is 1000: it must be at least MaxBodyBytes")]
    [InlineData("MaxUploadBytes=10000000", "MaxUploadBytes is 10000000: it must be at least twice ClientUploadBytes")]
    [InlineData("KnownProxies:0=proxy.local", "KnownProxies has 'proxy.local'")]
    [InlineData("AllowedOrigins:0=https://example.org/page", "AllowedOrigins has 'https://example.org/page'")]
    [InlineData("ApiKeys:camera=secret", "ApiKeys:camera has 6 characters")]
    public void A_setting_out_of_range_keeps_the_service_from_starting(string setting, string reason)
    {
        var exception = Assert.Throws<OptionsValidationException>(() => ClassificationService.Create([$"--Service:{setting}"]));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MaxPixels=many", "'many' at 'Service:MaxPixels'")]
    [InlineData("MaxPixel=1000", "There is no setting 'MaxPixel'.")]
    public async Task A_setting_that_is_no_number_or_that_nobody_knows_does_so_too(string setting, string reason)
    {
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(Sample.Folder("WebApp"), "WebApp.dll"), "--urls=http://127.0.0.1:0", $"--Service:{setting}"])
        {
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            string error = await process.StandardError.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(1));
            await process.WaitForExitAsync();
            Assert.Equal(2, process.ExitCode);
            Assert.Contains(reason, error, StringComparison.Ordinal);
            Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public void The_page_on_the_service_lists_every_setting_with_its_default()
    {
        var defaults = new ServiceOptions();
        Dictionary<string, string> expected = typeof(ServiceOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).ToDictionary(
            property => property.Name,
            property => property.Name == nameof(ServiceOptions.MaxConcurrency) ? "one a core" : Text(property.GetValue(defaults)));
        string page = File.ReadAllText(Path.Combine(Sample.Root, "docs", "service.md"));
        Dictionary<string, string> listed = Row().Matches(page).ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value);
        Assert.Equal(expected.OrderBy(setting => setting.Key), listed.OrderBy(setting => setting.Key));

        static string Text(object? value) => value switch
        {
            null => "none",
            string[] { Length: 0 } or Dictionary<string, string> { Count: 0 } => "none",
            string text => text.Replace('\\', '/'),
            _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
        };
    }

    [GeneratedRegex(@"^\| `(\w+)` \| (.*?) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}

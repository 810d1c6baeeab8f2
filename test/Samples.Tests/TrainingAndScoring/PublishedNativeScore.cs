using System.Diagnostics;
using Microsoft.ML.Snn.Tests.Package;

namespace Samples.Tests.TrainingAndScoring;

/// <summary>NativeScore, compiled to native code once, in a folder of its own.</summary>
public sealed class PublishedNativeScore : IAsyncLifetime
{
    private readonly string _work = Directory.CreateTempSubdirectory("snnml-native-").FullName;

    private string? _missing;

    public string Folder => Path.Combine(_work, "published");

    public string App => Path.Combine(Folder, "NativeScore");

    public async ValueTask InitializeAsync() => _missing = OperatingSystem.IsLinux()
        ? await NativeToolchain.FindWhatLinkerLacksAsync(_work) ?? await PublishAsync()
        : "Published on Linux only.";

    public void SkipWhereMissing() => Assert.SkipWhen(_missing is not null, _missing ?? "");

    public (int ExitCode, string Output) Run(string[] arguments)
    {
        SkipWhereMissing();
        var start = new ProcessStartInfo(App, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // No .NET to be found.
        start.Environment["DOTNET_ROOT"] = Folder;
        using var process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_work, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>A copy of the sample is published, as a test run leaves the project's own folders alone.</summary>
    private async Task<string?> PublishAsync()
    {
        string root = Sample.Root, sample = Path.Combine(root, "src", "Samples", "NativeScore");
        string[] files =
        [
            .. Directory.EnumerateFiles(root, "Directory.*.props"), Path.Combine(root, "NuGet.config"), Path.Combine(root, "global.json"),
            .. Directory.EnumerateFiles(sample, "*.cs"),
        ];
        foreach (string file in files)
            File.Copy(file, Path.Combine(_work, Path.GetFileName(file)));
        string project = await File.ReadAllTextAsync(Path.Combine(sample, "NativeScore.csproj"));
        await File.WriteAllTextAsync(
            Path.Combine(_work, "NativeScore.csproj"),
            project.Replace("../../", Path.Combine(root, "src") + Path.DirectorySeparatorChar, StringComparison.Ordinal));
        // The library is built already, and other tests use it at this moment.
        return await NativeToolchain.PublishAsync(_work, "-c", Sample.Configuration, "-o", Folder, "-p:BuildProjectReferences=false");
    }
}

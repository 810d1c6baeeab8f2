using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.ML.Snn.Tests.Package;
using Xunit.Sdk;

namespace Samples.Tests.TrainingAndScoring;

/// <summary>NativeScore, compiled to native code once, in a folder of its own.</summary>
public sealed partial class PublishedNativeScore : IAsyncLifetime
{
    private readonly string _work = Directory.CreateTempSubdirectory("snnml-native-").FullName;

    private string? _missing;

    public string Folder => Path.Combine(_work, "published");

    public string App => Path.Combine(Folder, "NativeScore");

    public async ValueTask InitializeAsync() => _missing = OperatingSystem.IsLinux()
        ? await FindWhatLinkerLacksAsync() ?? await PublishAsync()
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

    /// <summary>An empty program needs what every program needs: a compiler, a linker, and the C library's own files.</summary>
    private async Task<string?> FindWhatLinkerLacksAsync()
    {
        // The first that there is: .NET's choice.
        string? compiler = new[] { "clang", "gcc" }.FirstOrDefault(IsInstalled);
        if (compiler is null)
            return "Native code is linked by clang or gcc, and neither is here.";
        await File.WriteAllTextAsync(Path.Combine(_work, "empty.c"), "#include <stdlib.h>\nint main(void) { return 0; }\n");
        try
        {
            await ChildProcess.RunAsync(_work, compiler, "empty.c", "-o", "empty", "-lm");
            return null;
        }
        catch (TrueException e)
        {
            return $"Native code cannot be linked here (libc6-dev may be missing): {e.Message}";
        }
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
        try
        {
            // The library is built already, and other tests use it at this moment.
            await ChildProcess.RunAsync(
                _work, "dotnet", "publish", "-c", Sample.Configuration, "-o", Folder, "-p:BuildProjectReferences=false");
            return null;
        }
        catch (TrueException e) when (MissingPackage().Match(e.Message) is { Success: true } error)
        {
            return $"Native code needs packages of the SDK's own version, and no feed has them: {error.Value}";
        }
    }

    private static bool IsInstalled(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>A package or version that no feed has (NU1100 to NU1103), or a feed that does not answer (NU1301).</summary>
    [GeneratedRegex("error NU1(10[0-3]|301):.*")]
    private static partial Regex MissingPackage();
}

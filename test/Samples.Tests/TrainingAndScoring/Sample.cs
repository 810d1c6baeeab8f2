using System.Diagnostics;

namespace Samples.Tests.TrainingAndScoring;

/// <summary>The built samples.</summary>
internal static class Sample
{
    // test/Samples.Tests/bin/<configuration>/net10.0
    private static readonly DirectoryInfo _target = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = _target.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;

    public static string Configuration => _target.Parent!.Name;

    public static string Folder(string name) => Path.Combine(Root, "src", "Samples", name, "bin", Configuration, _target.Name);

    /// <summary>Runs a sample; its output, and behind it what it wrote to the stream of errors.</summary>
    public static (int ExitCode, string Output) Run(string name, string[] arguments)
    {
        (int exitCode, string output, string errors) = RunApart(name, arguments);
        return (exitCode, output + errors);
    }

    /// <summary>Runs a sample; its output, and what it wrote to the stream of errors.</summary>
    public static (int ExitCode, string Output, string Errors) RunApart(string name, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(Folder(name), $"{name}.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}

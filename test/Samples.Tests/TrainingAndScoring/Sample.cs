using System.Diagnostics;

namespace Samples.Tests.TrainingAndScoring;

/// <summary>The built samples.</summary>
internal static class Sample
{
    public static string Folder(string name)
    {
        // test/Samples.Tests/bin/<configuration>/net10.0
        var target = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        string root = target.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(root, "src", "Samples", name, "bin", target.Parent.Name, target.Name);
    }

    public static (int ExitCode, string Output) Run(string name, string[] arguments)
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
        return (process.ExitCode, output + errors.Result);
    }
}

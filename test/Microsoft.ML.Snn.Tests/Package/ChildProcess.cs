using System.Diagnostics;

namespace Microsoft.ML.Snn.Tests.Package;

/// <summary>Programs run from a test: the .NET command line, and what it has built.</summary>
internal static class ChildProcess
{
    // Well above what a busy machine takes: a program that hangs must fail its test, not the whole run.
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(20);

    /// <summary>Waits for the program's end and returns its output; fails the test if its exit code is not 0.</summary>
    public static Task<string> RunAsync(string folder, string program, params string[] arguments) =>
        RunAsync(folder, program, new Dictionary<string, string>(), arguments);

    /// <summary>The same with variables set in the program's environment.</summary>
    public static async Task<string> RunAsync(
        string folder, string program, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        // The build that runs these tests leaves settings of its own in the environment.
        string[] settings = [.. start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase))];
        foreach (string name in settings)
            start.Environment.Remove(name);
        // Build servers would outlive the command and keep its output open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(_limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)} did not end within {_limit}:\n{await output}\n{await errors}");
        }
        string text = await output;
        Assert.True(
            process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{text}\n{await errors}");
        return text;
    }
}

using System.Diagnostics;
using Microsoft.ML.Snn.Benchmarks.Service;

namespace Microsoft.ML.Snn.Benchmarks.Inference;

/// <summary>The sample NativeScore, published as native code, with a network in a file of its own.</summary>
internal sealed class NativeApp
{
    private readonly string _app, _network, _eight, _picture;

    private NativeApp(string folder, SpikingNetwork network)
    {
        _app = Path.Combine(folder, "native", "NativeScore");
        _network = Path.Combine(folder, "network.zip");
        _eight = Path.Combine(folder, "network8.zip");
        _picture = Path.Combine(folder, "picture.png");
        network.Save(_network);
        network.Quantize().Save(_eight);
        File.WriteAllBytes(_picture, ServedModel.TestFiles(1)[0]);
    }

    /// <summary>The app, or null where it cannot be made; then it is said why.</summary>
    public static NativeApp? Publish(string folder, SpikingNetwork network)
    {
        var target = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        string root = target.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        var app = new NativeApp(folder, network);
        string project = Path.Combine(root, "src", "Samples", "NativeScore");
        string[] arguments = ["publish", project, "-c", "Release", "-o", Path.GetDirectoryName(app._app)!];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true };
        // The build that may have started the benchmark leaves settings of its own in the environment.
        string[] settings = [.. start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase))];
        foreach (string name in settings)
            start.Environment.Remove(name);
        // Build servers would outlive the command and keep its output open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 0)
            return app;
        string? reason = output.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal));
        Console.WriteLine($"No native app: {reason?.Trim()}");
        return null;
    }

    /// <summary>Milliseconds from the app's start to its first prediction, and MiB in memory after as many as others make.</summary>
    public (double Start, double Memory) Launch(bool isQuantized)
    {
        // More pictures follow, so that it is still there when its memory is asked for.
        string[] arguments = [isQuantized ? _eight : _network, .. Enumerable.Repeat(_picture, 2 * ScoringApp.Predictions)];
        var clock = Stopwatch.StartNew();
        using Process process = Process.Start(new ProcessStartInfo(_app, arguments) { RedirectStandardOutput = true })!;
        string? line = process.StandardOutput.ReadLine();
        double milliseconds = clock.Elapsed.TotalMilliseconds;
        for (int i = 1; i < ScoringApp.Predictions; i++)
            line = process.StandardOutput.ReadLine();
        double mebibytes = line is null ? 0 : process.WorkingSet64 / (double)(1 << 20);
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return line is not null && process.ExitCode == 0
            ? (milliseconds, mebibytes) : throw new InvalidOperationException($"NativeScore ended with {process.ExitCode}.");
    }
}

using System.Diagnostics;
using Microsoft.ML.Snn.Benchmarks.Service;

namespace Microsoft.ML.Snn.Benchmarks.Inference;

/// <summary>The sample NativeScore, published as native code, with a network in a file of its own.</summary>
internal sealed class NativeApp
{
    private readonly string _app, _network, _eight, _picture;

    private NativeApp(string folder, FoldedNetwork network)
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
    public static NativeApp? Publish(string folder, FoldedNetwork network)
    {
        var target = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        string root = target.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        var app = new NativeApp(folder, network);
        string[] arguments = ["publish", Path.Combine(root, "src", "Samples", "NativeScore"), "-c", "Release", "-o", Path.GetDirectoryName(app._app)!];
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 0)
            return app;
        string? reason = output.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal));
        Console.WriteLine($"No native app: {reason?.Trim()}");
        return null;
    }

    /// <summary>Milliseconds from the app's start to its first prediction, and MiB in memory then.</summary>
    public (double Start, double Memory) Launch(bool isQuantized)
    {
        // More pictures follow, so that it is still there when its memory is asked for.
        string[] arguments = [isQuantized ? _eight : _network, .. Enumerable.Repeat(_picture, 20)];
        var clock = Stopwatch.StartNew();
        using Process process = Process.Start(new ProcessStartInfo(_app, arguments) { RedirectStandardOutput = true })!;
        string? first = process.StandardOutput.ReadLine();
        double milliseconds = clock.Elapsed.TotalMilliseconds;
        double mebibytes = process.WorkingSet64 / (double)(1 << 20);
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return first is not null && process.ExitCode == 0
            ? (milliseconds, mebibytes) : throw new InvalidOperationException($"NativeScore ended with {process.ExitCode}.");
    }
}

using System.Globalization;
using Microsoft.ML.Snn.Torch;

namespace Microsoft.ML.Snn.Benchmarks.Training;

/// <summary>
/// Step time and peak memory of training ResNet-19: ours in both precisions, the same network in plain TorchSharp, and in SpikingJelly on
/// PyTorch. Each runs in a process of its own; their steps take turns, so that a busy machine slows all of them alike.
/// </summary>
internal static class TrainingBenchmark
{
    private const string Ours = "SnnMl float32", OursRecompute = "SnnMl float32, recompute", OursBFloat16 = "SnnMl bfloat16";
    private const string Eager = "TorchSharp eager", Jelly = "SpikingJelly", JellyBFloat16 = "SpikingJelly bfloat16";

    public static int Run(string[] arguments)
    {
        if (arguments is not ([] or ["--quick"]))
        {
            Console.Error.WriteLine("Usage: training [--quick]");
            return 2;
        }
        bool isQuick = arguments.Length > 0;
        int rounds = isQuick ? 5 : 15;
        var full = new TrainingCase(1, 2);
        TrainingCase[] cases = isQuick ? [new(0.25, 2), full] : [new(0.25, 2), new(0.25, 4), new(1, 4), full];
        Console.WriteLine(
            $"ResNet-19, 32x32, {TrainingCase.BatchSize} samples, {TrainingCase.Threads} threads; median and fastest of {rounds} steps; "
            + $"bfloat16 {(BFloat16Support.IsNative ? "is" : "is not")} native here");
        string result = "";
        foreach (TrainingCase work in cases)
            result = Measure(work, rounds);
        Console.WriteLine(result);
        return 0;
    }

    /// <summary>Prints a table and returns the line of ratios.</summary>
    private static string Measure(TrainingCase work, int rounds)
    {
        List<Contender> contenders = Start(work);
        for (int round = 0; round < rounds; round++)
        {
            foreach (Contender contender in contenders)
                contender.Step();
        }
        Console.WriteLine();
        Console.WriteLine($"{work,-24} {"median ms",10} {"fastest ms",11} {"peak MiB",9} {"MiB a sample",13}");
        foreach (Contender contender in contenders)
        {
            contender.Finish();
            Console.WriteLine(
                $"{contender.Name,-24} {contender.Median,10:F0} {contender.Fastest,11:F0} {contender.PeakMebibytes,9:F0} "
                + $"{(contender.PeakMebibytes - contender.RestingMebibytes) / TrainingCase.BatchSize,13:F1}");
        }
        Contender? Named(string name) => contenders.Find(contender => contender.Name == name);
        double peer = new[] { Eager, Jelly }.Select(Named).OfType<Contender>().Min(contender => contender.Median);
        string Ratio(double? numerator, double? denominator) =>
            numerator is { } n && denominator is { } d ? (n / d).ToString("F2", CultureInfo.InvariantCulture) : "n/a";
        string result = $"RESULT float32={Ratio(peer, Named(Ours)?.Median)} bfloat16={Ratio(peer, Named(OursBFloat16)?.Median)} "
            + $"memory={Ratio(Named(Jelly)?.PeakMebibytes, Named(Ours)?.PeakMebibytes)} "
            + $"memory-bfloat16={Ratio(Named(Jelly)?.PeakMebibytes, Named(OursBFloat16)?.PeakMebibytes)}";
        contenders.ForEach(contender => contender.Dispose());
        return result;
    }

    private static List<Contender> Start(TrainingCase work)
    {
        string[] size = [work.Width.ToString(CultureInfo.InvariantCulture), work.TimeSteps.ToString(CultureInfo.InvariantCulture)];
        string python = Environment.GetEnvironmentVariable("PYTHON") ?? "python3";
        string script = Path.Combine(AppContext.BaseDirectory, "Training", "spikingjelly_steps.py");
        List<Contender> contenders =
        [
            new(Ours, Environment.ProcessPath!, [StepServer.Command, nameof(TrainingPrecision.Float32), .. size]),
            new(OursRecompute, Environment.ProcessPath!, [StepServer.Command, StepServer.RecomputeArgument, .. size]),
            new(Eager, Environment.ProcessPath!, [StepServer.Command, StepServer.EagerArgument, .. size]),
        ];
        if (BFloat16Support.IsNative)
            contenders.Add(new(OursBFloat16, Environment.ProcessPath!, [StepServer.Command, nameof(TrainingPrecision.BFloat16), .. size]));
        try
        {
            contenders.Add(new(Jelly, python, [script, "Float32", .. size]));
            if (BFloat16Support.IsNative)
                contenders.Add(new(JellyBFloat16, python, [script, "BFloat16", .. size]));
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            Console.WriteLine($"Without SpikingJelly: {e.Message} (set SPIKINGJELLY and PYTHON as spikingjelly_steps.py says).");
        }
        return contenders;
    }
}

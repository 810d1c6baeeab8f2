using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Snn.Tests.Ranks;
using Microsoft.ML.Snn.Training.Running;

namespace Microsoft.ML.Snn.Benchmarks.Ranks;

/// <summary>
/// Steps of two ranks on two hosts, which are network namespaces of this machine, over links of several rates, beside what a model makes of
/// the first link's numbers; and what the model says of more ranks.
/// </summary>
internal static class RanksBenchmark
{
    public const string Alone = "alone", Overlapped = "overlapped", Afterwards = "afterwards", Short = "bfloat16", OwnStatistics = "own statistics";

    public static readonly string[] Modes = [Alone, Overlapped, Afterwards, Short, OwnStatistics];

    /// <summary>Gigabits a second; the first is what the kernel can do.</summary>
    private static readonly double[] _links = [double.PositiveInfinity, 10, 1];

    public static int Run(string[] arguments)
    {
        if (arguments is not ([] or ["--quick"]))
        {
            Console.Error.WriteLine("Usage: ranks [--quick]");
            return 2;
        }
        bool isQuick = arguments.Length > 0;
        (string width, string samples, string steps) = isQuick ? ("0.5", "4", "5") : ("1", "4", "5");
        Console.WriteLine(
            $"ResNet-19 x {width}, T = 2, 32x32, {samples} samples a rank and step, two ranks of one thread on Open MPI; medians of {steps} steps, in ms");
        string folder = Directory.CreateTempSubdirectory("snnml-ranks-").FullName;
        try
        {
            StepModel? model = null;
            double worst = 0;
            foreach (double link in _links)
            {
                using NetworkHosts? hosts = NetworkHosts.TryCreate(folder, double.IsFinite(link) ? (int)(1000 * link) : null, out string reason);
                if (hosts is null)
                {
                    Console.Error.WriteLine(reason);
                    return 1;
                }
                Dictionary<string, double> measured = Measure(hosts, width, samples, steps);
                model ??= Model(measured);
                // What else runs on the machine, and how far it is to the other host, are the link's own.
                worst = Math.Max(worst, Print(link, measured, model with { Alone = measured[$"{Alone}.step"], Latency = measured["latency"] }));
            }
            PrintMore(model!);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"RESULT ranks-model-miss={worst:F2}"));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Dictionary<string, double> Measure(NetworkHosts hosts, params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Microsoft.ML.Snn.Benchmarks.dll");
        using var process = Process.Start(
            hosts.Launch("mpirun.openmpi", isOpenMpi: true, ["dotnet", program, RankWorker.Command, .. arguments]))!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"mpirun has ended with {process.ExitCode}: {output}{errors.Result}");
        var measured = new Dictionary<string, double>();
        // Open MPI gives its processes a terminal, for which .NET begins with signs of its own.
        foreach (string line in output.Split('\n').Where(line => line.Contains(RankWorker.Prefix, StringComparison.Ordinal)))
        {
            int name = line.IndexOf(RankWorker.Prefix, StringComparison.Ordinal) + RankWorker.Prefix.Length, space = line.LastIndexOf(' ');
            measured[line[name..space]] = double.Parse(line[space..], CultureInfo.InvariantCulture);
        }
        return measured;
    }

    /// <summary>From the numbers of a link that does not limit.</summary>
    private static StepModel Model(Dictionary<string, double> measured)
    {
        (int sums, double latency) = ((int)measured[$"{Overlapped}.sums"], measured["latency"]);
        double alone = measured[$"{Alone}.step"];
        // Half of the statistics' messages belong to the forward pass.
        double backwardEnds = measured[$"{Alone}.forward"] + measured[$"{Alone}.backward"] + sums * latency;
        return new()
        {
            Parameters = measured["parameters"],
            BucketSize = GradientExchange.BucketSize,
            Sums = sums,
            Alone = alone,
            Cover = Math.Max(0, backwardEnds - measured[$"{Overlapped}.begun"]),
            Exchange = Math.Max(0, measured[$"{Afterwards}.step"] - alone - sums * latency),
            Latency = latency,
            // A process's time has that of its other threads too; no message takes longer than its way there and back.
            Message = Math.Min(latency, measured["message"]),
        };
    }

    /// <summary>Prints what was measured beside the model; gives the largest miss, as a share.</summary>
    private static double Print(double link, Dictionary<string, double> measured, StepModel model)
    {
        string name = double.IsFinite(link) ? $"{link} Gb/s" : "not limited";
        Console.WriteLine();
        Console.WriteLine(
            $"{name}: {measured["gigabits"]:F2} Gb/s in buckets, {1000 * measured["latency"]:F0} us a sum of statistics "
            + $"({1000 * measured["message"]:F0} us of the processor), {model.Sums} sums a step, {model.Parameters / 1e6:F2} M parameters, "
            + $"first bucket {model.Cover:F0} ms before the backward pass ends");
        Console.WriteLine($"{"",-16} {"measured",9} {"calculated",11} {"miss",6}");
        double worst = 0;
        foreach (string mode in Modes)
        {
            double step = measured[$"{mode}.step"];
            double expected = mode == Alone ? model.Alone
                : model.Step(2, link, mode == Short ? 2 : 4, overlaps: mode != Afterwards, joint: mode != OwnStatistics);
            double miss = expected / step - 1;
            worst = Math.Max(worst, Math.Abs(miss));
            Console.WriteLine($"{mode,-16} {step,9:F0} {expected,11:F0} {miss,6:P0}");
        }
        return worst;
    }

    /// <summary>Prints the share of a step in which ranks compute, for numbers of ranks that were not tried.</summary>
    private static void PrintMore(StepModel model)
    {
        Console.WriteLine();
        Console.WriteLine("calculated: step in ms (share of it that a rank computes)");
        Console.WriteLine(
            $"{"ranks",6} {"10 Gb/s",14} {"bfloat16",14} {"own stat.",14} {"1 Gb/s",14} {"bfloat16",14} {"own stat.",14}");
        foreach (int ranks in (int[])[2, 4, 8, 16, 64, 256, 1024])
        {
            IEnumerable<string> cells = new double[] { 10, 1 }.SelectMany(link => new[]
            {
                model.Step(ranks, link, 4, overlaps: true, joint: true), model.Step(ranks, link, 2, overlaps: true, joint: true),
                model.Step(ranks, link, 4, overlaps: true, joint: false),
            }).Select(step => $"{$"{step:F0} ({model.Alone / step:P0})",14}");
            Console.WriteLine($"{ranks,6} {string.Join(' ', cells)}");
        }
        Console.WriteLine("own stat.: NormalizeOverRanks = false");
    }
}

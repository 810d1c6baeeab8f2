using System.Diagnostics;
using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Torch;

namespace Microsoft.ML.Snn.Benchmarks.Density;

/// <summary>
/// The engine on one layer whose inputs fire at a given rate, against libtorch's dense convolution of the same size: from which firing rate
/// on a dense path would pay.
/// </summary>
/// <remarks>
/// Inputs fire at random, each step for itself; what fires in several steps the engine adds but once. Its time includes its neurons; the
/// dense convolution's does not, nor does it count turning spikes into numbers.
/// </remarks>
internal static class DensityBenchmark
{
    private static readonly double[] _rates = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1];

    private sealed record Case(int Channels, int Size, int TimeSteps, bool IsQuantized);

    public static int Run(string[] arguments)
    {
        bool quick = arguments is ["--quick"];
        if (!quick && arguments.Length > 0)
        {
            Console.Error.WriteLine("Usage: density [--quick]");
            return 2;
        }
        Console.WriteLine("Speed of the engine against libtorch's dense float32 convolution (channels-last), 1 thread, 3x3, by firing rate");
        string rates = string.Concat(_rates.Select(rate => $"{rate,7:F2}"));
        Console.WriteLine($"{"layer",-18}{"T",2}{"weights",9}{"dense ms",10}  {rates}   even at");
        double lowest = double.PositiveInfinity;
        foreach ((int channels, int size) in ((int, int)[])[(128, 32), (256, 16), (512, 8)])
        {
            foreach (int timeSteps in (int[])[1, 2, 4])
            {
                foreach (bool isQuantized in (bool[])[false, true])
                    lowest = Math.Min(lowest, Compare(new(channels, size, timeSteps, isQuantized), quick ? 5 : 31));
            }
        }
        Console.WriteLine(double.IsFinite(lowest) ? $"RESULT lowest_even_firing_rate={lowest:F2}" : "RESULT lowest_even_firing_rate=none");
        return 0;
    }

    /// <summary>The firing rate at which both are equally fast, infinite where the engine is faster at every rate.</summary>
    private static double Compare(Case c, int turns)
    {
        SpikingNetwork network = SpikingLayerPair.Create(c.Channels, c.Size, c.TimeSteps);
        BlockRun run = (c.IsQuantized ? network.Quantize() : network).CreateRun();
        using var dense = new DenseConvolution(c.Channels, c.Size, c.TimeSteps);
        var team = new WorkerTeam(1);
        run.Begin();
        run.StartBlock(new float[c.Size * c.Size]);

        var ratios = new double[_rates.Length];
        double denseTime = 0;
        for (int i = 0; i < _rates.Length; i++)
        {
            FillSpikes(run, _rates[i]);
            var (engine, torch) = (new List<double>(), new List<double>());
            for (int turn = -1; turn < turns; turn++)
            {
                double first = Time(() => run.ComputeLayer(1, team)), second = Time(dense.Run);
                if (turn < 0)
                    continue;
                engine.Add(first);
                torch.Add(second);
            }
            denseTime = Median(torch);
            ratios[i] = denseTime / Median(engine);
        }
        double even = Even(ratios);
        string layer = $"{c.Channels} x {c.Size} x {c.Size}", weights = c.IsQuantized ? "8 bit" : "float32";
        string columns = string.Concat(ratios.Select(ratio => $"{ratio,7:F2}")), evenAt = double.IsFinite(even) ? $"{even:F2}" : "none";
        Console.WriteLine($"{layer,-18}{c.TimeSteps,2}{weights,9}{denseTime,10:F2}  {columns}   {evenAt}");
        return even;
    }

    private static unsafe void FillSpikes(BlockRun run, double rate)
    {
        var random = new Random(1);
        SpikingLayer source = run.Layers[0];
        for (int step = 0; step < run.Steps; step++)
        {
            ulong* spikes = run.Spikes(0, step);
            for (int word = 0; word < source.Height * source.Width * source.Words; word++)
            {
                spikes[word] = 0;
                for (int bit = 0; bit < 64; bit++)
                    spikes[word] |= random.NextDouble() < rate ? 1UL << bit : 0;
            }
        }
    }

    /// <summary>Where the ratio falls to 1, between two rates on a straight line.</summary>
    private static double Even(double[] ratios)
    {
        int i = Array.FindIndex(ratios, ratio => ratio < 1);
        return i switch
        {
            < 0 => double.PositiveInfinity,
            0 => _rates[0],
            _ => _rates[i - 1] + (_rates[i] - _rates[i - 1]) * (ratios[i - 1] - 1) / (ratios[i - 1] - ratios[i]),
        };
    }

    private static double Time(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}

using System.Runtime.InteropServices;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Engine.Vectors;
using TorchSharp;

namespace Microsoft.ML.Snn.Benchmarks.Inference;

/// <summary>
/// The engine against libtorch and ONNX Runtime on the same folded weights: ResNet-19 on 32x32 images, at full and at a quarter of its
/// width. ONNX Runtime also runs them in 8 bits, quantized as is usual for it; how often a contender's class is that of the engine in
/// float32 is in the table.
/// </summary>
internal static class InferenceBenchmark
{
    private const int Images = 16;

    // Batches whose scores are compared; the first one is timed.
    private const int ComparedBatches = 4;

    private const string Engine = "engine, float32 weights", Engine8 = "engine, 8-bit weights";

    private sealed record Case(double Width, int TimeSteps, int Rows, int Threads);

    public static int Run(string[] arguments)
    {
        bool quick = arguments is ["--quick"];
        if (!quick && arguments.Length > 0)
        {
            Console.Error.WriteLine("Usage: inference [--quick]");
            return 2;
        }
        Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}, "
            + $"{Environment.ProcessorCount} cores, vectors of {(int)VectorWidths.Best} bits");
        var models = new Dictionary<double, string>();
        foreach (double width in (double[])[0.25, 1])
        {
            models[width] = TrainedModel.Make(width, quick);
            PrintFiringRates(width, models[width]);
        }

        var results = new Dictionary<Case, Dictionary<string, double>>();
        foreach (Case c in Cases(quick))
            results[c] = Compare(c, models[c.Width], TimeSpan.FromSeconds(quick ? 12 : 40));
        (double memory, double start, double nativeStart) = ScoringApp.Compare(models[1], quick ? 3 : 9);

        Dictionary<string, double> one = results[new(1, 4, 1, 2)], many = results[new(1, 4, Images, 2)];
        double bfloat16 = one[TorchContender.BFloat16] / one[Engine8];
        double onnx8 = one[OnnxContender.Int8] / one[Engine8];
        Console.WriteLine($"RESULT float32_batch1={Ratio(one, Engine):F2} float32_batch16={Ratio(many, Engine):F2} "
            + $"int8_batch1={Ratio(one, Engine8):F2} int8_batch16={Ratio(many, Engine8):F2} int8_vs_bf16={bfloat16:F2} "
            + $"int8_vs_onnx_int8={onnx8:F2} "
            + $"memory={memory:F2} start={start:F2} native_start={nativeStart:F2}");
        return 0;
    }

    private static IEnumerable<Case> Cases(bool quick)
    {
        foreach (double width in (double[])[0.25, 1])
        {
            foreach (int timeSteps in (int[])[2, 4])
            {
                foreach (int rows in (int[])[1, Images])
                {
                    foreach (int threads in (int[])[1, 2])
                    {
                        if (!quick || timeSteps == 4 && (threads == 2 || rows == 1 && width == 1))
                            yield return new(width, timeSteps, rows, threads);
                    }
                }
            }
        }
    }

    /// <summary>Median milliseconds of each contender, measured in turns.</summary>
    private static Dictionary<string, double> Compare(Case c, string model, TimeSpan time)
    {
        NetworkGraph<float> graph = TrainedModel.Load(model).ToGraph() with { TimeSteps = c.TimeSteps };
        float[][] batches = [.. Pictures.Load(0, c.Rows * ComparedBatches).Test.Chunk(c.Rows)
            .Select(batch => batch.SelectMany(row => row.Features).ToArray())];
        IContender[] contenders =
        [
            new EngineContender(Engine, new SpikingNetwork(graph), c.Threads),
            new EngineContender(Engine8, new SpikingNetwork(graph).Quantize(), c.Threads),
            new TorchContender(graph, torch.ScalarType.Float32, c.Threads),
            OnnxContender.InFloat32(graph, c.Rows, c.Threads),
            OnnxContender.In8Bits(graph, c.Rows, c.Threads),
            .. c.Rows == 1 ? [new TorchContender(graph, torch.ScalarType.BFloat16, c.Threads)] : Array.Empty<IContender>(),
        ];
        Measurement[] measured = Measurement.InTurns(contenders, batches, c.Rows, graph.Classes, time);
        foreach (IContender contender in contenders)
            contender.Dispose();

        var medians = measured.ToDictionary(m => m.Name, m => m.Median);
        Console.WriteLine();
        Console.WriteLine($"ResNet-19 x {c.Width}, T = {c.TimeSteps}, batch {c.Rows}, {c.Threads} thread(s)");
        Console.WriteLine("                            median ms    best ms  processor ms  speed against best float32 peer");
        foreach (Measurement m in measured)
        {
            string times = $"{m.Median,10:F1} {m.Best,10:F1} {m.Processor,13:F1}";
            Console.WriteLine($"  {m.Name,-24} {times} {Ratio(medians, m.Name),10:F2}   {m.Difference}");
        }
        return medians;
    }

    private static double Ratio(Dictionary<string, double> medians, string contender) =>
        Math.Min(medians[TorchContender.Float32], medians[OnnxContender.Float32]) / medians[contender];

    private static unsafe void PrintFiringRates(double width, string model)
    {
        SpikingNetwork network = TrainedModel.Load(model);
        network = new SpikingNetwork(network.ToGraph() with { TimeSteps = SpikePatterns.MaxSteps });
        BlockRun run = network.CreateRun();
        double[] spikes = new double[run.Layers.Length], active = new double[run.Layers.Length];
        foreach (Pictures.Row row in Pictures.Load(0, Images).Test)
        {
            run.Begin();
            run.Advance(row.Features, new WorkerTeam(1));
            for (int layer = 0; layer < run.Layers.Length - 1; layer++)
            {
                int words = run.Layers[layer].Height * run.Layers[layer].Width * run.Layers[layer].Words;
                for (int word = 0; word < words; word++)
                {
                    ulong any = 0;
                    for (int step = 0; step < run.Steps; step++)
                    {
                        spikes[layer] += ulong.PopCount(run.Spikes(layer, step)[word]);
                        any |= run.Spikes(layer, step)[word];
                    }
                    active[layer] += ulong.PopCount(any);
                }
            }
        }
        Console.WriteLine();
        string name = Path.GetFileName(model);
        Console.WriteLine($"ResNet-19 x {width}, T = {network.TimeSteps}, {name}: firing rate (share of neurons that fire at all)");
        for (int layer = 0; layer < run.Layers.Length - 1; layer++)
        {
            SpikingLayer l = run.Layers[layer];
            double neurons = (double)Images * l.Channels * l.Height * l.Width;
            string rates = $"{spikes[layer] / neurons / network.TimeSteps:F3} ({active[layer] / neurons:F3})";
            Console.WriteLine($"  {l.Name,-22} {l.Channels,4} x {l.Height,2} x {l.Width,2}   {rates}");
        }
    }
}

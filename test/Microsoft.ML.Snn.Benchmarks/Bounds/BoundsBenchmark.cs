using System.Diagnostics;
using Microsoft.ML.Snn.Benchmarks.Inference;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Benchmarks.Bounds;

/// <summary>
/// What bounds the engine: the additions that it does for a picture, and how much of its time they would take if each layer did nothing but
/// add rows of its weights.
/// </summary>
internal static class BoundsBenchmark
{
    private const int Images = 16;

    public static int Run(string[] arguments)
    {
        bool quick = arguments is ["--quick"];
        if (!quick && arguments.Length > 0)
        {
            Console.Error.WriteLine("Usage: bounds [--quick]");
            return 2;
        }
        Console.WriteLine("For a picture, on 1 thread: additions, time, and the time that the innermost loop alone takes for as many additions of");
        Console.WriteLine("rows that are as wide, at random places of blocks that are as large");
        Console.WriteLine("network           T  weights  additions, M       ms  billions a second  loop alone, ms  share of the time");
        float[][] pictures = [.. Pictures.Load(0, Images).Test.Select(row => row.Features)];
        double lowest = double.PositiveInfinity;
        foreach (double width in (double[])[0.25, 1])
        {
            NetworkGraph<float> graph = TrainedModel.Load(TrainedModel.Make(width, quick)).ToGraph();
            foreach (int timeSteps in (int[])[2, 4])
            {
                foreach (bool isQuantized in (bool[])[false, true])
                {
                    var network = new SpikingNetwork(graph with { TimeSteps = timeSteps });
                    lowest = Math.Min(lowest, Print(width, isQuantized ? network.Quantize() : network, pictures, quick ? 3 : 9));
                }
            }
        }
        Console.WriteLine($"RESULT lowest_share={lowest:F2}");
        return 0;
    }

    private static double Print(double width, SpikingNetwork network, float[][] pictures, int turns)
    {
        SpikingLayer[] layers = [.. network.CreateRun().Layers];
        double[] additions = [.. layers.Select(layer => pictures.Average(picture => Additions(network.Trace(picture), layer)))];
        float[] scores = new float[network.ClassCount];
        List<double> times = [], loops = [];
        for (int turn = 0; turn < turns; turn++)
        {
            // In turns: what slows the machine down slows both.
            var rates = new Dictionary<(int, int), double>();
            double loop = 0;
            for (int i = 0; i < layers.Length; i++)
            {
                WeightRows rows = layers[i].Weights;
                if (rows.Rows == 0)
                    continue;
                if (!rates.TryGetValue((rows.Rows, rows.BlockWidth), out double rate))
                    rates[(rows.Rows, rows.BlockWidth)] = rate = RowLimit.Measure(rows, milliseconds: 50);
                loop += additions[i] / rate;
            }
            loops.Add(loop);
            var clock = Stopwatch.StartNew();
            foreach (float[] picture in pictures)
                network.Score(picture, scores);
            times.Add(clock.Elapsed.TotalSeconds / pictures.Length);
        }
        double seconds = Median(times), alone = Median(loops), total = additions.Sum();
        string weights = network.IsQuantized ? "8 bit" : "float32", name = $"ResNet-19 x {width}";
        Console.WriteLine($"{name,-16} {network.TimeSteps,2} {weights,8} {total / 1e6,13:F1} {seconds * 1e3,8:F1} "
            + $"{total / seconds / 1e9,18:F1} {alone * 1e3,15:F1} {alone / seconds,18:P0}");
        return alone / seconds;
    }

    private static double Additions(SpikingTrace trace, SpikingLayer layer) =>
        trace.Layers.Where(traced => traced.Shape.Name == layer.Name).Sum(traced => (double)traced.Additions);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}

using System.Diagnostics;
using Microsoft.ML.Snn.Benchmarks.Inference;

namespace Microsoft.ML.Snn.Benchmarks.Bounds;

/// <summary>
/// What bounds the engine: additions that it does for a picture, weights that it reads for them, and how that compares with what its
/// innermost loop reaches alone, with all weights in the first- or in the second-level cache.
/// </summary>
internal static class BoundsBenchmark
{
    private const int FirstLevel = 16 << 10, SecondLevel = 384 << 10, Images = 16;

    public static int Run(string[] arguments)
    {
        bool quick = arguments is ["--quick"];
        if (!quick && arguments.Length > 0)
        {
            Console.Error.WriteLine("Usage: bounds [--quick]");
            return 2;
        }
        Console.WriteLine("1 thread; billions of additions a second, and in brackets the share of what the loop over rows alone reaches");
        Console.WriteLine("network           T  weights  additions, M     ms   GB/s of weights   additions    of first level   of second level");
        float[][] pictures = [.. Pictures.Load(0, Images).Test.Select(row => row.Features)];
        double lowest = double.PositiveInfinity;
        foreach (double width in (double[])[0.25, 1])
        {
            FoldedGraph<float> graph = TrainedModel.Load(TrainedModel.Make(width, quick)).ToGraph();
            foreach (int timeSteps in (int[])[2, 4])
            {
                foreach (bool isQuantized in (bool[])[false, true])
                {
                    var network = new FoldedNetwork(graph with { TimeSteps = timeSteps });
                    lowest = Math.Min(lowest, Print(width, isQuantized ? network.Quantize() : network, pictures, quick ? 3 : 9));
                }
            }
        }
        Console.WriteLine($"RESULT lowest_share_of_second_level={lowest:F2}");
        return 0;
    }

    private static double Print(double width, FoldedNetwork network, float[][] pictures, int turns)
    {
        bool isNarrow = network.IsQuantized;
        double additions = pictures.Average(picture => (double)network.Trace(picture).Additions);
        float[] scores = new float[network.ClassCount];
        var times = new List<double>();
        for (int turn = 0; turn < turns; turn++)
        {
            var clock = Stopwatch.StartNew();
            foreach (float[] picture in pictures)
                network.Score(picture, 1, scores);
            times.Add(clock.Elapsed.TotalSeconds / pictures.Length);
        }
        double seconds = times.Order().ElementAt(turns / 2), rate = additions / seconds;
        double first = RowLimit.Measure(FirstLevel, isNarrow), second = RowLimit.Measure(SecondLevel, isNarrow);
        string weights = isNarrow ? "8 bit" : "float32", name = $"ResNet-19 x {width}";
        string shares = $"{first / 1e9,9:F1} ({rate / first,4:P0})   {second / 1e9,9:F1} ({rate / second,4:P0})";
        Console.WriteLine($"{name,-16} {network.TimeSteps,2} {weights,8} {additions / 1e6,13:F1} {seconds * 1e3,6:F1} "
            + $"{rate * (isNarrow ? 2 : 4) / 1e9,17:F1} {rate / 1e9,11:F1} {shares}");
        return rate / second;
    }
}

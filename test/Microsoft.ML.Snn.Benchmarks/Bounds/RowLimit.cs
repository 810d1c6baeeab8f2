using System.Diagnostics;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Kernels;
using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Benchmarks.Bounds;

/// <summary>
/// How many additions a second the engine's innermost loop reaches when it does nothing but add random rows of a block of weights.
/// </summary>
internal static unsafe class RowLimit
{
    private const int Entries = 4096, Calls = 20;

    /// <param name="weights">Says how wide the rows of a block are, and how large it is.</param>
    /// <param name="milliseconds">For so long.</param>
    /// <returns>Additions a second on one thread, the median.</returns>
    public static double Measure(WeightRows weights, int milliseconds) => VectorWidths.Best switch
    {
        VectorWidth.Bits512 => Measure<Lanes512>(weights, milliseconds),
        VectorWidth.Bits256 => Measure<Lanes256>(weights, milliseconds),
        VectorWidth.Bits128 => Measure<Lanes128>(weights, milliseconds),
        _ => Measure<ScalarLanes>(weights, milliseconds),
    };

    private static double Measure<TLanes>(WeightRows weights, int milliseconds)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int width = weights.BlockWidth;
        var entries = new AlignedArray<int>(Entries);
        var random = new Random(1);
        for (int i = 0; i < Entries; i++)
            entries.Span[i] = random.Next(weights.Rows) * weights.RowBytes;
        // One pattern, whose list is all there is.
        int* starts = stackalloc int[2] { 0, 0 }, ends = stackalloc int[2] { 0, Entries };
        var sums = new AlignedArray<int>(2 * width);
        var rows = new WindowRows { Weights = weights.Block(0), Entries = entries.Pointer, Starts = starts, Ends = ends, Patterns = 1 };
        var rates = new List<double>();
        for (var total = Stopwatch.StartNew(); total.ElapsedMilliseconds < milliseconds;)
        {
            var clock = Stopwatch.StartNew();
            for (int i = 0; i < Calls; i++)
            {
                if (weights.IsNarrow)
                    RowSums<TLanes>.AddNarrow(rows, width, sums.Pointer, isFirst: true, longest: short.MaxValue / Quantization.MaxWeight);
                else
                    RowSums<TLanes>.AddWide(rows, width, sums.Pointer, isFirst: true);
            }
            rates.Add((double)Calls * Entries * width / clock.Elapsed.TotalSeconds);
        }
        GC.KeepAlive((weights, entries, sums));
        return rates.Order().ElementAt(rates.Count / 2);
    }
}

using System.Diagnostics;

namespace Microsoft.ML.Snn.Benchmarks.Bounds;

/// <summary>How many additions a second the engine's innermost loop reaches when it does nothing but add rows of a block of weights.</summary>
internal static unsafe class RowLimit
{
    private const int Width = 64, Entries = 4096;

    /// <param name="bytes">Size of the block: what fits into a cache.</param>
    /// <param name="isNarrow">Whether weights have 16 bits, not 32.</param>
    /// <returns>Additions a second, on one thread.</returns>
    public static double Measure(int bytes, bool isNarrow) => VectorWidths.Best switch
    {
        VectorWidth.Bits512 => Measure<Lanes512>(bytes, isNarrow),
        VectorWidth.Bits256 => Measure<Lanes256>(bytes, isNarrow),
        VectorWidth.Bits128 => Measure<Lanes128>(bytes, isNarrow),
        _ => Measure<ScalarLanes>(bytes, isNarrow),
    };

    private static double Measure<TLanes>(int bytes, bool isNarrow)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int rowBytes = Width * (isNarrow ? sizeof(short) : sizeof(int));
        var weights = new AlignedArray<byte>(bytes);
        var entries = new AlignedArray<int>(Entries);
        var random = new Random(1);
        for (int i = 0; i < Entries; i++)
            entries.Span[i] = random.Next(bytes / rowBytes) * rowBytes;
        // One pattern, whose list is all there is.
        int* starts = stackalloc int[2] { 0, 0 }, ends = stackalloc int[2] { 0, Entries };
        var sums = new AlignedArray<int>(2 * Width);
        var rows = new WindowRows { Weights = weights.Pointer, Entries = entries.Pointer, Starts = starts, Ends = ends, Patterns = 1 };
        double best = 0;
        for (var total = Stopwatch.StartNew(); total.ElapsedMilliseconds < 600;)
        {
            const int calls = 50;
            var clock = Stopwatch.StartNew();
            for (int i = 0; i < calls; i++)
            {
                if (isNarrow)
                    RowSums<TLanes>.AddNarrow(rows, Width, sums.Pointer, isFirst: true, longest: short.MaxValue / Quantization.MaxWeight);
                else
                    RowSums<TLanes>.AddWide(rows, Width, sums.Pointer, isFirst: true);
            }
            best = Math.Max(best, (double)calls * Entries * Width / clock.Elapsed.TotalSeconds);
        }
        GC.KeepAlive((weights, entries, sums));
        return best;
    }
}

using System.Runtime.CompilerServices;

namespace Microsoft.ML.Snn.Engine.Vectors;

/// <summary>Two vectors, side by side.</summary>
internal unsafe struct LaneBlock2<TLanes> : ILaneBlock<LaneBlock2<TLanes>, TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    private TLanes _a, _b;

    public static int Count => 2 * TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock2<TLanes> Load(void* source)
    {
        int* lanes = (int*)source;
        LaneBlock2<TLanes> block;
        block._a = TLanes.Load(lanes);
        block._b = TLanes.Load(lanes + TLanes.Count);
        return block;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(LaneBlock2<TLanes> block, void* destination)
    {
        int* lanes = (int*)destination;
        TLanes.Store(block._a, lanes);
        TLanes.Store(block._b, lanes + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock2<TLanes> AddIntegers(LaneBlock2<TLanes> sums, int* row)
    {
        sums._a = TLanes.AddIntegers(sums._a, TLanes.Load(row));
        sums._b = TLanes.AddIntegers(sums._b, TLanes.Load(row + TLanes.Count));
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock2<TLanes> AddShorts(LaneBlock2<TLanes> sums, int* row)
    {
        sums._a = TLanes.AddShorts(sums._a, TLanes.Load(row));
        sums._b = TLanes.AddShorts(sums._b, TLanes.Load(row + TLanes.Count));
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock2<TLanes> AddProducts(LaneBlock2<TLanes> sums, TLanes value, float* row)
    {
        sums._a = TLanes.AddFloats(sums._a, TLanes.MultiplyFloats(value, TLanes.Load(row)));
        sums._b = TLanes.AddFloats(sums._b, TLanes.MultiplyFloats(value, TLanes.Load(row + TLanes.Count)));
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddShortsTo(LaneBlock2<TLanes> shorts, int* sums, bool replaces)
    {
        TLanes.AddShortsTo(shorts._a, sums, replaces);
        TLanes.AddShortsTo(shorts._b, sums + 2 * TLanes.Count, replaces);
    }
}

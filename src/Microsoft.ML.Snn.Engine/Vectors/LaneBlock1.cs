using System.Runtime.CompilerServices;

namespace Microsoft.ML.Snn.Engine.Vectors;

/// <summary>One vector, side by side.</summary>
internal unsafe struct LaneBlock1<TLanes> : ILaneBlock<LaneBlock1<TLanes>, TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    private TLanes _a;

    public static int Count => TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock1<TLanes> Load(void* source)
    {
        int* lanes = (int*)source;
        LaneBlock1<TLanes> block;
        block._a = TLanes.Load(lanes);
        return block;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(LaneBlock1<TLanes> block, void* destination)
    {
        int* lanes = (int*)destination;
        TLanes.Store(block._a, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock1<TLanes> AddIntegers(LaneBlock1<TLanes> sums, int* row)
    {
        sums._a = TLanes.AddIntegers(sums._a, TLanes.Load(row));
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock1<TLanes> AddShorts(LaneBlock1<TLanes> sums, int* row)
    {
        sums._a = TLanes.AddShorts(sums._a, TLanes.Load(row));
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock1<TLanes> AddProducts(LaneBlock1<TLanes> sums, TLanes value, float* row)
    {
        sums._a = TLanes.AddFloats(sums._a, TLanes.MultiplyFloats(value, TLanes.Load(row)));
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddShortsTo(LaneBlock1<TLanes> shorts, int* sums, bool replaces)
    {
        TLanes.AddShortsTo(shorts._a, sums, replaces);
    }
}

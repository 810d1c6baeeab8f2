using System.Runtime.CompilerServices;

namespace Microsoft.ML.Snn.Engine.Vectors;

/// <summary>Four vectors, side by side.</summary>
internal unsafe struct LaneBlock4<TLanes> : ILaneBlock<LaneBlock4<TLanes>, TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    private TLanes _a, _b, _c, _d;

    public static int Count => 4 * TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock4<TLanes> Load(void* source)
    {
        int* lanes = (int*)source;
        LaneBlock4<TLanes> block;
        block._a = TLanes.Load(lanes);
        block._b = TLanes.Load(lanes + TLanes.Count);
        block._c = TLanes.Load(lanes + 2 * TLanes.Count);
        block._d = TLanes.Load(lanes + 3 * TLanes.Count);
        return block;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(LaneBlock4<TLanes> block, void* destination)
    {
        int* lanes = (int*)destination;
        TLanes.Store(block._a, lanes);
        TLanes.Store(block._b, lanes + TLanes.Count);
        TLanes.Store(block._c, lanes + 2 * TLanes.Count);
        TLanes.Store(block._d, lanes + 3 * TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock4<TLanes> AddIntegers(LaneBlock4<TLanes> sums, int* row)
    {
        sums._a = TLanes.AddIntegers(sums._a, TLanes.Load(row));
        sums._b = TLanes.AddIntegers(sums._b, TLanes.Load(row + TLanes.Count));
        sums._c = TLanes.AddIntegers(sums._c, TLanes.Load(row + 2 * TLanes.Count));
        sums._d = TLanes.AddIntegers(sums._d, TLanes.Load(row + 3 * TLanes.Count));
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock4<TLanes> AddShorts(LaneBlock4<TLanes> sums, int* row)
    {
        sums._a = TLanes.AddShorts(sums._a, TLanes.Load(row));
        sums._b = TLanes.AddShorts(sums._b, TLanes.Load(row + TLanes.Count));
        sums._c = TLanes.AddShorts(sums._c, TLanes.Load(row + 2 * TLanes.Count));
        sums._d = TLanes.AddShorts(sums._d, TLanes.Load(row + 3 * TLanes.Count));
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock4<TLanes> AddProducts(LaneBlock4<TLanes> sums, TLanes value, float* row)
    {
        sums._a = TLanes.AddFloats(sums._a, TLanes.MultiplyFloats(value, TLanes.Load(row)));
        sums._b = TLanes.AddFloats(sums._b, TLanes.MultiplyFloats(value, TLanes.Load(row + TLanes.Count)));
        sums._c = TLanes.AddFloats(sums._c, TLanes.MultiplyFloats(value, TLanes.Load(row + 2 * TLanes.Count)));
        sums._d = TLanes.AddFloats(sums._d, TLanes.MultiplyFloats(value, TLanes.Load(row + 3 * TLanes.Count)));
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddShortsTo(LaneBlock4<TLanes> shorts, int* sums, bool replaces)
    {
        TLanes.AddShortsTo(shorts._a, sums, replaces);
        TLanes.AddShortsTo(shorts._b, sums + 2 * TLanes.Count, replaces);
        TLanes.AddShortsTo(shorts._c, sums + 4 * TLanes.Count, replaces);
        TLanes.AddShortsTo(shorts._d, sums + 6 * TLanes.Count, replaces);
    }
}

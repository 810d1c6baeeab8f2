using System.Runtime.CompilerServices;

namespace Microsoft.ML.Snn.Engine.Vectors;

/// <summary>Eight vectors, side by side.</summary>
internal unsafe struct LaneBlock8<TLanes> : ILaneBlock<LaneBlock8<TLanes>, TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    private TLanes _a, _b, _c, _d, _e, _f, _g, _h;

    public static int Count => 8 * TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock8<TLanes> Load(void* source)
    {
        int* lanes = (int*)source;
        LaneBlock8<TLanes> block;
        block._a = TLanes.Load(lanes);
        block._b = TLanes.Load(lanes + TLanes.Count);
        block._c = TLanes.Load(lanes + 2 * TLanes.Count);
        block._d = TLanes.Load(lanes + 3 * TLanes.Count);
        block._e = TLanes.Load(lanes + 4 * TLanes.Count);
        block._f = TLanes.Load(lanes + 5 * TLanes.Count);
        block._g = TLanes.Load(lanes + 6 * TLanes.Count);
        block._h = TLanes.Load(lanes + 7 * TLanes.Count);
        return block;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(LaneBlock8<TLanes> block, void* destination)
    {
        int* lanes = (int*)destination;
        TLanes.Store(block._a, lanes);
        TLanes.Store(block._b, lanes + TLanes.Count);
        TLanes.Store(block._c, lanes + 2 * TLanes.Count);
        TLanes.Store(block._d, lanes + 3 * TLanes.Count);
        TLanes.Store(block._e, lanes + 4 * TLanes.Count);
        TLanes.Store(block._f, lanes + 5 * TLanes.Count);
        TLanes.Store(block._g, lanes + 6 * TLanes.Count);
        TLanes.Store(block._h, lanes + 7 * TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock8<TLanes> AddIntegers(LaneBlock8<TLanes> sums, int* row)
    {
        sums._a = TLanes.AddIntegers(sums._a, TLanes.Load(row));
        sums._b = TLanes.AddIntegers(sums._b, TLanes.Load(row + TLanes.Count));
        sums._c = TLanes.AddIntegers(sums._c, TLanes.Load(row + 2 * TLanes.Count));
        sums._d = TLanes.AddIntegers(sums._d, TLanes.Load(row + 3 * TLanes.Count));
        sums._e = TLanes.AddIntegers(sums._e, TLanes.Load(row + 4 * TLanes.Count));
        sums._f = TLanes.AddIntegers(sums._f, TLanes.Load(row + 5 * TLanes.Count));
        sums._g = TLanes.AddIntegers(sums._g, TLanes.Load(row + 6 * TLanes.Count));
        sums._h = TLanes.AddIntegers(sums._h, TLanes.Load(row + 7 * TLanes.Count));
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock8<TLanes> AddShorts(LaneBlock8<TLanes> sums, int* row)
    {
        sums._a = TLanes.AddShorts(sums._a, TLanes.Load(row));
        sums._b = TLanes.AddShorts(sums._b, TLanes.Load(row + TLanes.Count));
        sums._c = TLanes.AddShorts(sums._c, TLanes.Load(row + 2 * TLanes.Count));
        sums._d = TLanes.AddShorts(sums._d, TLanes.Load(row + 3 * TLanes.Count));
        sums._e = TLanes.AddShorts(sums._e, TLanes.Load(row + 4 * TLanes.Count));
        sums._f = TLanes.AddShorts(sums._f, TLanes.Load(row + 5 * TLanes.Count));
        sums._g = TLanes.AddShorts(sums._g, TLanes.Load(row + 6 * TLanes.Count));
        sums._h = TLanes.AddShorts(sums._h, TLanes.Load(row + 7 * TLanes.Count));
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneBlock8<TLanes> AddProducts(LaneBlock8<TLanes> sums, TLanes value, float* row)
    {
        sums._a = TLanes.AddFloats(sums._a, TLanes.MultiplyFloats(value, TLanes.Load(row)));
        sums._b = TLanes.AddFloats(sums._b, TLanes.MultiplyFloats(value, TLanes.Load(row + TLanes.Count)));
        sums._c = TLanes.AddFloats(sums._c, TLanes.MultiplyFloats(value, TLanes.Load(row + 2 * TLanes.Count)));
        sums._d = TLanes.AddFloats(sums._d, TLanes.MultiplyFloats(value, TLanes.Load(row + 3 * TLanes.Count)));
        sums._e = TLanes.AddFloats(sums._e, TLanes.MultiplyFloats(value, TLanes.Load(row + 4 * TLanes.Count)));
        sums._f = TLanes.AddFloats(sums._f, TLanes.MultiplyFloats(value, TLanes.Load(row + 5 * TLanes.Count)));
        sums._g = TLanes.AddFloats(sums._g, TLanes.MultiplyFloats(value, TLanes.Load(row + 6 * TLanes.Count)));
        sums._h = TLanes.AddFloats(sums._h, TLanes.MultiplyFloats(value, TLanes.Load(row + 7 * TLanes.Count)));
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddShortsTo(LaneBlock8<TLanes> shorts, int* sums, bool replaces)
    {
        TLanes.AddShortsTo(shorts._a, sums, replaces);
        TLanes.AddShortsTo(shorts._b, sums + 2 * TLanes.Count, replaces);
        TLanes.AddShortsTo(shorts._c, sums + 4 * TLanes.Count, replaces);
        TLanes.AddShortsTo(shorts._d, sums + 6 * TLanes.Count, replaces);
        TLanes.AddShortsTo(shorts._e, sums + 8 * TLanes.Count, replaces);
        TLanes.AddShortsTo(shorts._f, sums + 10 * TLanes.Count, replaces);
        TLanes.AddShortsTo(shorts._g, sums + 12 * TLanes.Count, replaces);
        TLanes.AddShortsTo(shorts._h, sums + 14 * TLanes.Count, replaces);
    }
}

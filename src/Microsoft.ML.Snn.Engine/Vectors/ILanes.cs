using System.Runtime.CompilerServices;

namespace Microsoft.ML.Snn.Engine.Vectors;

/// <summary>
/// A vector of 32-bit lanes, integers, pairs of 16-bit integers or floats by the operation applied: kernels are written once over it and
/// compiled for each vector width. Every width gives the same bits.
/// </summary>
internal unsafe interface ILanes<TSelf>
    where TSelf : unmanaged, ILanes<TSelf>
{
    /// <summary>Number of lanes: a divisor of 16.</summary>
    static abstract int Count { get; }

    static abstract TSelf Load(void* source);

    static abstract void Store(TSelf value, void* destination);

    static abstract TSelf Broadcast(float value);

    static abstract TSelf Broadcast(int value);

    static abstract TSelf AddIntegers(TSelf left, TSelf right);

    static abstract TSelf AddFloats(TSelf left, TSelf right);

    static abstract TSelf SubtractFloats(TSelf left, TSelf right);

    static abstract TSelf MultiplyFloats(TSelf left, TSelf right);

    static abstract TSelf DivideFloats(TSelf left, TSelf right);

    /// <summary>
    /// left * right + addend, rounded once. The engine's kernels, which round twice as their reference does, leave it alone.
    /// </summary>
    static abstract TSelf MultiplyAddFloats(TSelf left, TSelf right, TSelf addend);

    static abstract TSelf AbsoluteFloats(TSelf value);

    /// <summary>Adds each lane to a sum of its own.</summary>
    static abstract void AddToDoubles(TSelf floats, double* sums);

    /// <summary><see cref="Count"/> bfloat16 numbers, the upper halves of floats.</summary>
    static abstract TSelf LoadBFloat16(void* source);

    /// <summary>Rounds to nearest, ties to even. Not for NaN.</summary>
    static abstract void StoreBFloat16(TSelf value, void* destination);

    static abstract TSelf ToFloats(TSelf integers);

    /// <summary>All bits of a lane where left > right, none elsewhere (and where one is NaN).</summary>
    static abstract TSelf GreaterThan(TSelf left, TSelf right);

    /// <summary>Lane i of a comparison as bit i.</summary>
    static abstract uint ToBits(TSelf mask);

    /// <summary>All bits of lane i where bit i is set.</summary>
    static abstract TSelf FromBits(uint bits);

    /// <summary>0 where the mask is set, the value elsewhere.</summary>
    static abstract TSelf ClearWhere(TSelf value, TSelf mask);

    /// <summary>The value where the mask is set, 0 elsewhere.</summary>
    static abstract TSelf KeepWhere(TSelf value, TSelf mask);

    /// <summary>Adds 16-bit integers, two to a lane.</summary>
    static abstract TSelf AddShorts(TSelf left, TSelf right);

    /// <summary>The first <see cref="Count"/> of the 16-bit integers.</summary>
    static abstract TSelf WidenLower(TSelf shorts);

    /// <summary>The last <see cref="Count"/> of the 16-bit integers.</summary>
    static abstract TSelf WidenUpper(TSelf shorts);

    /// <summary>Adds 16-bit integers to twice <see cref="Count"/> 32-bit sums, or replaces these by them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static virtual void AddShortsTo(TSelf shorts, int* sums, bool replaces)
    {
        TSelf lower = TSelf.WidenLower(shorts), upper = TSelf.WidenUpper(shorts);
        if (!replaces)
        {
            lower = TSelf.AddIntegers(lower, TSelf.Load(sums));
            upper = TSelf.AddIntegers(upper, TSelf.Load(sums + TSelf.Count));
        }
        TSelf.Store(lower, sums);
        TSelf.Store(upper, sums + TSelf.Count);
    }
}

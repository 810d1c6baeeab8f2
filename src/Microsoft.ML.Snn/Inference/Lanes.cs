using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Snn;

/// <summary>
/// A vector of 32-bit lanes, integers, pairs of 16-bit integers or floats by the operation applied: the engine's kernels are written once
/// over it and compiled for each vector width. No operation multiplies and adds in one rounding, so every width gives the same bits.
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

    static abstract TSelf MultiplyFloats(TSelf left, TSelf right);

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
}

internal readonly unsafe struct Lanes512(Vector512<int> value) : ILanes<Lanes512>
{
    private readonly Vector512<int> _value = value;

    private Lanes512(Vector512<float> value) : this(value.AsInt32()) { }

    public static int Count => 16;

    private Vector512<float> Floats => _value.AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(void* source) => new(Vector512.Load((int*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes512 value, void* destination) => value._value.Store((int*)destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Broadcast(int value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 AddIntegers(Lanes512 left, Lanes512 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 AddFloats(Lanes512 left, Lanes512 right) => new(left.Floats + right.Floats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyFloats(Lanes512 left, Lanes512 right) => new(left.Floats * right.Floats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 ToFloats(Lanes512 integers) => new(Vector512.ConvertToSingle(integers._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 GreaterThan(Lanes512 left, Lanes512 right) => new(Vector512.GreaterThan(left.Floats, right.Floats));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ToBits(Lanes512 mask) => (uint)mask._value.ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 FromBits(uint bits)
    {
        Vector512<int> lane = Vector512.Create(
            Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128),
            Vector256.Create(1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15));
        return new(Vector512.Equals(Vector512.Create((int)bits) & lane, lane));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 ClearWhere(Lanes512 value, Lanes512 mask) => new(Vector512.AndNot(value._value, mask._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 KeepWhere(Lanes512 value, Lanes512 mask) => new(value._value & mask._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 AddShorts(Lanes512 left, Lanes512 right) => new((left._value.AsInt16() + right._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 WidenLower(Lanes512 shorts) => new(Vector512.WidenLower(shorts._value.AsInt16()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 WidenUpper(Lanes512 shorts) => new(Vector512.WidenUpper(shorts._value.AsInt16()));
}

internal readonly unsafe struct Lanes256(Vector256<int> value) : ILanes<Lanes256>
{
    private readonly Vector256<int> _value = value;

    private Lanes256(Vector256<float> value) : this(value.AsInt32()) { }

    public static int Count => 8;

    private Vector256<float> Floats => _value.AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(void* source) => new(Vector256.Load((int*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256 value, void* destination) => value._value.Store((int*)destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Broadcast(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Broadcast(int value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AddIntegers(Lanes256 left, Lanes256 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AddFloats(Lanes256 left, Lanes256 right) => new(left.Floats + right.Floats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyFloats(Lanes256 left, Lanes256 right) => new(left.Floats * right.Floats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ToFloats(Lanes256 integers) => new(Vector256.ConvertToSingle(integers._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 GreaterThan(Lanes256 left, Lanes256 right) => new(Vector256.GreaterThan(left.Floats, right.Floats));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ToBits(Lanes256 mask) => mask._value.ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 FromBits(uint bits)
    {
        Vector256<int> lane = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        return new(Vector256.Equals(Vector256.Create((int)bits) & lane, lane));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ClearWhere(Lanes256 value, Lanes256 mask) => new(Vector256.AndNot(value._value, mask._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 KeepWhere(Lanes256 value, Lanes256 mask) => new(value._value & mask._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AddShorts(Lanes256 left, Lanes256 right) => new((left._value.AsInt16() + right._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 WidenLower(Lanes256 shorts) => new(Vector256.WidenLower(shorts._value.AsInt16()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 WidenUpper(Lanes256 shorts) => new(Vector256.WidenUpper(shorts._value.AsInt16()));
}

internal readonly unsafe struct Lanes128(Vector128<int> value) : ILanes<Lanes128>
{
    private readonly Vector128<int> _value = value;

    private Lanes128(Vector128<float> value) : this(value.AsInt32()) { }

    public static int Count => 4;

    private Vector128<float> Floats => _value.AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(void* source) => new(Vector128.Load((int*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes128 value, void* destination) => value._value.Store((int*)destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Broadcast(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Broadcast(int value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AddIntegers(Lanes128 left, Lanes128 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AddFloats(Lanes128 left, Lanes128 right) => new(left.Floats + right.Floats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyFloats(Lanes128 left, Lanes128 right) => new(left.Floats * right.Floats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ToFloats(Lanes128 integers) => new(Vector128.ConvertToSingle(integers._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 GreaterThan(Lanes128 left, Lanes128 right) => new(Vector128.GreaterThan(left.Floats, right.Floats));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ToBits(Lanes128 mask) => mask._value.ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 FromBits(uint bits)
    {
        Vector128<int> lane = Vector128.Create(1, 2, 4, 8);
        return new(Vector128.Equals(Vector128.Create((int)bits) & lane, lane));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ClearWhere(Lanes128 value, Lanes128 mask) => new(Vector128.AndNot(value._value, mask._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 KeepWhere(Lanes128 value, Lanes128 mask) => new(value._value & mask._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AddShorts(Lanes128 left, Lanes128 right) => new((left._value.AsInt16() + right._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 WidenLower(Lanes128 shorts) => new(Vector128.WidenLower(shorts._value.AsInt16()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 WidenUpper(Lanes128 shorts) => new(Vector128.WidenUpper(shorts._value.AsInt16()));
}

internal readonly unsafe struct ScalarLanes(int value) : ILanes<ScalarLanes>
{
    private readonly int _value = value;

    private ScalarLanes(float value) : this(BitConverter.SingleToInt32Bits(value)) { }

    public static int Count => 1;

    private float Float => BitConverter.Int32BitsToSingle(_value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes Load(void* source) => new(*(int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ScalarLanes value, void* destination) => *(int*)destination = value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes Broadcast(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes Broadcast(int value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes AddIntegers(ScalarLanes left, ScalarLanes right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes AddFloats(ScalarLanes left, ScalarLanes right) => new(left.Float + right.Float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes MultiplyFloats(ScalarLanes left, ScalarLanes right) => new(left.Float * right.Float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes ToFloats(ScalarLanes integers) => new((float)integers._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes GreaterThan(ScalarLanes left, ScalarLanes right) => new(left.Float > right.Float ? -1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ToBits(ScalarLanes mask) => (uint)mask._value >> 31;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes FromBits(uint bits) => new(-(int)(bits & 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes ClearWhere(ScalarLanes value, ScalarLanes mask) => new(value._value & ~mask._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes KeepWhere(ScalarLanes value, ScalarLanes mask) => new(value._value & mask._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes AddShorts(ScalarLanes left, ScalarLanes right) =>
        new((left._value + right._value & 0xffff) | ((left._value >> 16) + (right._value >> 16) << 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes WidenLower(ScalarLanes shorts) => new((int)(short)shorts._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes WidenUpper(ScalarLanes shorts) => new(shorts._value >> 16);
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Snn.Engine.Vectors;

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
    public static Lanes128 SubtractFloats(Lanes128 left, Lanes128 right) => new(left.Floats - right.Floats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyFloats(Lanes128 left, Lanes128 right) => new(left.Floats * right.Floats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 DivideFloats(Lanes128 left, Lanes128 right) => new(left.Floats / right.Floats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyAddFloats(Lanes128 left, Lanes128 right, Lanes128 addend) =>
        new(Vector128.FusedMultiplyAdd(left.Floats, right.Floats, addend.Floats));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AbsoluteFloats(Lanes128 value) => new(Vector128.Abs(value.Floats));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddToDoubles(Lanes128 floats, double* sums)
    {
        (Vector128<double> lower, Vector128<double> upper) = Vector128.Widen(floats.Floats);
        (Vector128.Load(sums) + lower).Store(sums);
        (Vector128.Load(sums + Count / 2) + upper).Store(sums + Count / 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadBFloat16(void* source) =>
        new(Vector128.WidenLower(Vector64.Load((ushort*)source).ToVector128Unsafe()).AsInt32() << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(Lanes128 value, void* destination)
    {
        Vector128<uint> bits = Rounded(value);
        Vector64.Narrow(bits.GetLower(), bits.GetUpper()).Store((ushort*)destination);
    }

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rounded(Lanes128 value)
    {
        Vector128<uint> bits = value._value.AsUInt32();
        return (bits + Vector128.Create(0x7FFFu) + ((bits >> 16) & Vector128<uint>.One)) >> 16;
    }
}

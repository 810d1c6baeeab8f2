using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Snn.Engine.Vectors;

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
    public static Lanes256 SubtractFloats(Lanes256 left, Lanes256 right) => new(left.Floats - right.Floats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyFloats(Lanes256 left, Lanes256 right) => new(left.Floats * right.Floats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 DivideFloats(Lanes256 left, Lanes256 right) => new(left.Floats / right.Floats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyAddFloats(Lanes256 left, Lanes256 right, Lanes256 addend) =>
        new(Vector256.FusedMultiplyAdd(left.Floats, right.Floats, addend.Floats));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AbsoluteFloats(Lanes256 value) => new(Vector256.Abs(value.Floats));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddToDoubles(Lanes256 floats, double* sums)
    {
        (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(floats.Floats);
        (Vector256.Load(sums) + lower).Store(sums);
        (Vector256.Load(sums + Count / 2) + upper).Store(sums + Count / 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadBFloat16(void* source) =>
        new(Vector256.WidenLower(Vector128.Load((ushort*)source).ToVector256Unsafe()).AsInt32() << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(Lanes256 value, void* destination)
    {
        Vector256<uint> bits = Rounded(value);
        Vector128.Narrow(bits.GetLower(), bits.GetUpper()).Store((ushort*)destination);
    }

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rounded(Lanes256 value)
    {
        Vector256<uint> bits = value._value.AsUInt32();
        return (bits + Vector256.Create(0x7FFFu) + ((bits >> 16) & Vector256<uint>.One)) >> 16;
    }
}

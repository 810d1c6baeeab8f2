using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Snn.Engine.Vectors;

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
    public static Lanes512 SubtractFloats(Lanes512 left, Lanes512 right) => new(left.Floats - right.Floats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyFloats(Lanes512 left, Lanes512 right) => new(left.Floats * right.Floats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 DivideFloats(Lanes512 left, Lanes512 right) => new(left.Floats / right.Floats);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyAddFloats(Lanes512 left, Lanes512 right, Lanes512 addend) =>
        new(Vector512.FusedMultiplyAdd(left.Floats, right.Floats, addend.Floats));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 AbsoluteFloats(Lanes512 value) => new(Vector512.Abs(value.Floats));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddToDoubles(Lanes512 floats, double* sums)
    {
        (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(floats.Floats);
        (Vector512.Load(sums) + lower).Store(sums);
        (Vector512.Load(sums + Count / 2) + upper).Store(sums + Count / 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadBFloat16(void* source) =>
        new(Vector512.WidenLower(Vector256.Load((ushort*)source).ToVector512Unsafe()).AsInt32() << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(Lanes512 value, void* destination)
    {
        Vector512<uint> bits = value._value.AsUInt32();
        bits += Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One);
        Vector512<ushort> upperHalves = Vector512.Shuffle(bits.AsUInt16(), Vector512.Create(
            (ushort)1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31));
        upperHalves.GetLower().Store((ushort*)destination);
    }

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

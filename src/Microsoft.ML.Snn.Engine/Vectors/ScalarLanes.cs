using System.Runtime.CompilerServices;

namespace Microsoft.ML.Snn.Engine.Vectors;

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
    public static ScalarLanes SubtractFloats(ScalarLanes left, ScalarLanes right) => new(left.Float - right.Float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes MultiplyFloats(ScalarLanes left, ScalarLanes right) => new(left.Float * right.Float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes DivideFloats(ScalarLanes left, ScalarLanes right) => new(left.Float / right.Float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes MultiplyAddFloats(ScalarLanes left, ScalarLanes right, ScalarLanes addend) =>
        new(MathF.FusedMultiplyAdd(left.Float, right.Float, addend.Float));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes AbsoluteFloats(ScalarLanes value) => new(MathF.Abs(value.Float));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddToDoubles(ScalarLanes floats, double* sums) => *sums += floats.Float;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLanes LoadBFloat16(void* source) => new(*(ushort*)source << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(ScalarLanes value, void* destination)
    {
        var bits = (uint)value._value;
        *(ushort*)destination = (ushort)((bits + 0x7FFFu + ((bits >> 16) & 1)) >> 16);
    }

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

using System.Buffers.Binary;

namespace Microsoft.ML.Snn.Interchange.Weights;

/// <summary>How a file keeps a tensor's elements, little-endian.</summary>
/// <param name="Size">Bytes an element.</param>
/// <param name="Read">An element; null for whole numbers, which no layer takes.</param>
internal sealed record TensorType(int Size, Func<ReadOnlySpan<byte>, float>? Read)
{
    private static readonly TensorType _double = new(8, bytes => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes));
    private static readonly TensorType _single = new(4, BinaryPrimitives.ReadSingleLittleEndian);
    private static readonly TensorType _half = new(2, bytes => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes));
    private static readonly TensorType _brain = new(
        2, bytes => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16));

    /// <summary>By safetensors' names; of other types nothing is read.</summary>
    public static IReadOnlyDictionary<string, TensorType> Safetensors { get; } = new Dictionary<string, TensorType>
    {
        ["F64"] = _double, ["F32"] = _single, ["F16"] = _half, ["BF16"] = _brain, ["I64"] = new(8, null), ["I32"] = new(4, null),
        ["I16"] = new(2, null), ["I8"] = new(1, null), ["U8"] = new(1, null), ["BOOL"] = new(1, null),
    };

    /// <summary>By the names of PyTorch's storages.</summary>
    public static IReadOnlyDictionary<string, TensorType> Torch { get; } = new Dictionary<string, TensorType>
    {
        ["DoubleStorage"] = _double, ["FloatStorage"] = _single, ["HalfStorage"] = _half, ["BFloat16Storage"] = _brain,
        ["LongStorage"] = new(8, null), ["IntStorage"] = new(4, null), ["ShortStorage"] = new(2, null), ["CharStorage"] = new(1, null),
        ["ByteStorage"] = new(1, null), ["BoolStorage"] = new(1, null),
    };
}

using System.Runtime.InteropServices;

namespace Microsoft.ML.Snn.Engine.Format;

/// <summary>Named arrays of float32 in a file: <c>int32 count</c>; each a name, <c>int32 length</c> and its values.</summary>
internal static class NamedArrays
{
    public static void Write(BinaryWriter writer, IReadOnlyDictionary<string, float[]> arrays)
    {
        writer.Write(arrays.Count);
        foreach ((string name, float[] values) in arrays)
        {
            writer.Write(name);
            writer.Write(values.Length);
            writer.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        }
    }

    /// <param name="reader">Where they begin.</param>
    /// <param name="mostBytes">What all of them can have: a damaged length must not ask for memory beyond that.</param>
    /// <exception cref="InvalidDataException">They have more, or two of them one name.</exception>
    /// <exception cref="EndOfStreamException">The file ends among them.</exception>
    public static Dictionary<string, float[]> Read(BinaryReader reader, long mostBytes)
    {
        var arrays = new Dictionary<string, float[]>();
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            string name = reader.ReadString();
            int length = reader.ReadInt32();
            mostBytes -= sizeof(float) * (long)length;
            if (length < 0 || mostBytes < 0)
                throw new InvalidDataException($"Array {name} has the length {length}.");
            float[] values = new float[length];
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            if (!arrays.TryAdd(name, values))
                throw new InvalidDataException($"There are two arrays {name}.");
        }
        return arrays;
    }
}

using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>A field of an array's elements; the name is empty where the elements are plain numbers.</summary>
internal readonly record struct NumPyField(string Name, TableNumber Number, int Offset);

/// <summary>The header of a .npy file (numpy.lib.format): what its elements are, its shape, and the order of its elements.</summary>
internal sealed record NumPyHeader(ImmutableArray<NumPyField> Fields, int ElementSize, ImmutableArray<long> Shape, bool IsFortranOrder)
{
    // Elements of events take some tens of bytes.
    private const int LargestElement = 1 << 12;
    private const int LongestText = EventFileInput.Capacity - 12;

    /// <summary>Whether the elements are plain numbers, not structures.</summary>
    public bool IsPlain => Fields is [{ Name: "" } only] && ElementSize == only.Number.Size;

    public static bool IsArray(ReadOnlySpan<byte> beginning) => beginning is [0x93, ..] && beginning[1..].StartsWith("NUMPY"u8);

    /// <summary>Consumes a header.</summary>
    /// <exception cref="InvalidDataException">There is none, or it is damaged.</exception>
    /// <exception cref="NotSupportedException">The elements are of a type that cannot be read.</exception>
    public static NumPyHeader Read(EventFileInput input)
    {
        if (!input.Fill(12) || !IsArray(input.Window))
            throw new InvalidDataException(input.Corruption ?? "the array does not start as NumPy's do.");
        bool isFirstVersion = input.Window[6] == 1;
        ReadOnlySpan<byte> size = input.Window[8..];
        uint length = isFirstVersion ? BinaryPrimitives.ReadUInt16LittleEndian(size) : BinaryPrimitives.ReadUInt32LittleEndian(size);
        if (length > LongestText)
            throw new InvalidDataException($"an array description of {length} bytes is too long.");
        input.Advance(isFirstVersion ? 10 : 12);
        if (!input.Fill((int)length))
            throw new InvalidDataException(input.Corruption ?? "the file ends within the array's description.");
        object description = PythonLiteral.Parse(Encoding.UTF8.GetString(input.Window[..(int)length]));
        input.Advance((int)length);
        if (description is not Dictionary<string, object> parts
            || !parts.TryGetValue("descr", out object? type)
            || !parts.TryGetValue("shape", out object? shape) || shape is not List<object> sizes || !sizes.All(count => count is >= 0L)
            || !parts.TryGetValue("fortran_order", out object? order) || order is not bool isFortranOrder)
        {
            throw new InvalidDataException("the array's description lacks its type, shape or order.");
        }
        var fields = ImmutableArray.CreateBuilder<NumPyField>();
        int elementSize = AddFields(type, "", 0, fields, input.Name);
        return new(fields.ToImmutable(), elementSize, [.. sizes.Select(count => (long)count)], isFortranOrder);
    }

    /// <summary>Adds a type's fields that are numbers.</summary>
    /// <returns>The size of the type in bytes.</returns>
    private static int AddFields(object type, string name, int offset, ImmutableArray<NumPyField>.Builder fields, string file)
    {
        if (type is string code)
        {
            (TableNumber number, int size) = ParseCode(code, file);
            if (number.IsReadable)
                fields.Add(new(name, number, offset));
            return size;
        }
        if (type is not List<object> members)
            throw new InvalidDataException("the array's type cannot be read.");
        int end = offset;
        foreach (object member in members)
        {
            // (name, type) or (name, type, shape); a name may be a pair of a title and a name.
            if (member is not List<object> { Count: 2 or 3 } parts)
                throw new InvalidDataException("the array's type cannot be read.");
            string memberName = parts[0] as string ?? (parts[0] is List<object> { Count: 2 } pair ? pair[1] as string : null) ?? "";
            if (parts.Count == 2 && parts[1] is string)
            {
                end += AddFields(parts[1], memberName, end, fields, file);
            }
            else
            {
                // A table or a structure within the element: no event's number, only its size matters.
                long count = parts.Count == 3 ? Product(parts[2]) : 1;
                int size = AddFields(parts[1], "", 0, ImmutableArray.CreateBuilder<NumPyField>(), file);
                end = (int)Math.Min(LargestElement + 1L, end + count * size);
            }
            if (end > LargestElement)
                throw new InvalidDataException($"an array element of more than {LargestElement} bytes is not an event.");
        }
        return end - offset;
    }

    /// <summary>Parses a type code such as <c>&lt;i8</c> or <c>&lt;m8[us]</c>: byte order, kind, size, and of times the unit.</summary>
    private static (TableNumber Number, int Size) ParseCode(string code, string file)
    {
        TimeScale? scale = null;
        if (code is [_, 'm' or 'M', _, '[', .. var timeUnit, ']'])
        {
            if (!TimeScale.TryParse(timeUnit, out TimeScale parsed))
                throw new NotSupportedException($"{file}: times of the type {code} cannot be read, only those in a unit of fixed length.");
            scale = parsed;
            code = code[..3];
        }
        if (code.Length < 2 || !int.TryParse(code.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out int size))
            size = code is "|O" ? 0 : -1;
        if (code is "|O" or "O")
            throw new NotSupportedException($"{file}: arrays of Python objects cannot be read. Save numbers instead.");
        // Text is counted in characters of four bytes.
        int unit = size < 0 || code[1] != 'U' ? 1 : 4;
        if (size is < 0 or > LargestElement || code[0] is not ('<' or '>' or '|' or '='))
            throw new InvalidDataException($"the array's type {code} cannot be read.");
        return (new(code[1], size, code[0] == '>', scale), size * unit);
    }

    private static long Product(object shape)
    {
        List<object> sizes = shape as List<object> ?? [shape];
        long product = 1;
        foreach (object size in sizes)
        {
            if (size is not long dimension || dimension is < 0 or > LargestElement)
                return LargestElement + 1L;
            product = Math.Min(LargestElement + 1L, product * dimension);
        }
        return product;
    }
}

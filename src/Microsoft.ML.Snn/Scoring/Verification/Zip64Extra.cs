using System.Buffers.Binary;

namespace Microsoft.ML.Snn.Scoring.Verification;

/// <summary>The extra field of a zip's entry whose sizes or place need more than 32 bits.</summary>
internal static class Zip64Extra
{
    private const int Tag = 1;

    /// <summary>Replaces those numbers that are all ones by the field's, which holds only these, in this order.</summary>
    /// <exception cref="InvalidDataException">The field is missing or too short.</exception>
    public static void Read(ReadOnlySpan<byte> extra, ref long size, ref long compressedSize, ref long offset)
    {
        if (size != uint.MaxValue && compressedSize != uint.MaxValue && offset != uint.MaxValue)
            return;
        ReadOnlySpan<byte> field = Find(extra);
        Take(ref field, ref size);
        Take(ref field, ref compressedSize);
        Take(ref field, ref offset);
    }

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            int tag = BinaryPrimitives.ReadUInt16LittleEndian(extra), length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            extra = extra[4..];
            if (length > extra.Length)
                break;
            if (tag == Tag)
                return extra[..length];
            extra = extra[length..];
        }
        throw new InvalidDataException("the ZIP64 field of an entry is missing");
    }

    private static void Take(ref ReadOnlySpan<byte> field, ref long value)
    {
        if (value != uint.MaxValue)
            return;
        if (field.Length < sizeof(long))
            throw new InvalidDataException("the ZIP64 field of an entry is too short");
        value = BinaryPrimitives.ReadInt64LittleEndian(field);
        field = field[sizeof(long)..];
    }
}

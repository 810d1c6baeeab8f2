using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>A NumPy number type: kind 'b' (bool), 'i', 'u' or 'f', and its size in bytes.</summary>
internal readonly record struct NumPyNumber(char Kind, int Size, bool IsBigEndian)
{
    /// <summary>What a number that is not whole, or too large, is read as.</summary>
    public const long NotWhole = long.MinValue;

    public bool IsReadable => (Kind, Size) is ('b' or 'i' or 'u', 1) or ('i' or 'u', 2 or 4 or 8) or ('f', 4 or 8);

    /// <summary>Reads one number a record, from the record's start.</summary>
    public void Read(ReadOnlySpan<byte> records, int stride, Span<long> values)
    {
        switch (Kind, Size)
        {
            case ('b' or 'u', 1):
                ReadIntegers<byte>(records, stride, values);
                break;
            case ('i', 1):
                ReadIntegers<sbyte>(records, stride, values);
                break;
            case ('u', 2):
                ReadIntegers<ushort>(records, stride, values);
                break;
            case ('i', 2):
                ReadIntegers<short>(records, stride, values);
                break;
            case ('u', 4):
                ReadIntegers<uint>(records, stride, values);
                break;
            case ('i', 4):
                ReadIntegers<int>(records, stride, values);
                break;
            case ('f', 4):
                ReadFloats(records, stride, values);
                break;
            case ('f', 8):
                ReadDoubles(records, stride, values);
                break;
            default:
                // Unsigned numbers beyond the signed range become negative, which neither times nor pixels may be that far.
                ReadIntegers<long>(records, stride, values);
                break;
        }
    }

    private void ReadIntegers<T>(ReadOnlySpan<byte> records, int stride, Span<long> values)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (IsBigEndian == BitConverter.IsLittleEndian && Size > 1)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = long.CreateTruncating(T.ReadBigEndian(records.Slice(i * stride, Size), isUnsigned: Kind == 'u'));
        }
        else
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = long.CreateTruncating(MemoryMarshal.Read<T>(records[(i * stride)..]));
        }
    }

    private void ReadFloats(ReadOnlySpan<byte> records, int stride, Span<long> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> number = records[(i * stride)..];
            values[i] = Whole(IsBigEndian ? BinaryPrimitives.ReadSingleBigEndian(number) : BinaryPrimitives.ReadSingleLittleEndian(number));
        }
    }

    private void ReadDoubles(ReadOnlySpan<byte> records, int stride, Span<long> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> number = records[(i * stride)..];
            values[i] = Whole(IsBigEndian ? BinaryPrimitives.ReadDoubleBigEndian(number) : BinaryPrimitives.ReadDoubleLittleEndian(number));
        }
    }

    private static long Whole(double number)
    {
        long whole = (long)number;
        return whole == number ? whole : NotWhole;
    }
}

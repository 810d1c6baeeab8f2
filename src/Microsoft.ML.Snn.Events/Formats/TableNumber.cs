using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// A type of numbers in a table, told as NumPy does: kind 'b' (bool), 'i', 'u', 'f', 'm' (timedelta64) or 'M' (datetime64), its size in
/// bytes, and, of the latter two, the unit where there is one.
/// </summary>
internal readonly record struct TableNumber(char Kind, int Size, bool IsBigEndian, TimeScale? Unit = null)
{
    /// <summary>What a number that is not whole, or too large, is read as; also NumPy's NaT ("not a time").</summary>
    public const long NotWhole = long.MinValue;

    public bool IsTime => Kind is 'm' or 'M';

    public bool IsReadable => (Kind, Size) is ('b' or 'i' or 'u', 1) or ('i' or 'u', 2 or 4 or 8) or ('f', 4 or 8) or ('m' or 'M', 8);

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
            case ('f', _):
                ReadFloats(records, stride, values);
                break;
            case ('u', 8):
                ReadIntegers<ulong>(records, stride, values);
                break;
            default:
                ReadIntegers<long>(records, stride, values);
                break;
        }
    }

    /// <summary>Reads one time a record, from the record's start, as the nearest microseconds.</summary>
    public void ReadTimes(ReadOnlySpan<byte> records, int stride, Span<long> values, TimeScale scale)
    {
        if (Kind == 'f')
        {
            for (int i = 0; i < values.Length; i++)
            {
                double time = ReadFloat(records[(i * stride)..]);
                values[i] = double.IsNaN(time) ? NotWhole : scale.ToMicroseconds(time);
            }
            return;
        }
        Read(records, stride, values);
        foreach (ref long value in values)
            value = value == NotWhole ? NotWhole : scale.ToMicroseconds(value);
    }

    private void ReadIntegers<T>(ReadOnlySpan<byte> records, int stride, Span<long> values)
        where T : unmanaged, IBinaryInteger<T>
    {
        // What is beyond the signed range is no event's number either way.
        if (IsBigEndian == BitConverter.IsLittleEndian && Size > 1)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = long.CreateSaturating(T.ReadBigEndian(records.Slice(i * stride, Size), isUnsigned: Kind == 'u'));
        }
        else
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = long.CreateSaturating(MemoryMarshal.Read<T>(records[(i * stride)..]));
        }
    }

    private void ReadFloats(ReadOnlySpan<byte> records, int stride, Span<long> values)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = Whole(ReadFloat(records[(i * stride)..]));
    }

    private double ReadFloat(ReadOnlySpan<byte> number) => (Size, IsBigEndian) switch
    {
        (4, false) => BinaryPrimitives.ReadSingleLittleEndian(number),
        (4, true) => BinaryPrimitives.ReadSingleBigEndian(number),
        (_, false) => BinaryPrimitives.ReadDoubleLittleEndian(number),
        _ => BinaryPrimitives.ReadDoubleBigEndian(number),
    };

    private static long Whole(double number)
    {
        long whole = (long)number;
        return whole == number ? whole : NotWhole;
    }
}

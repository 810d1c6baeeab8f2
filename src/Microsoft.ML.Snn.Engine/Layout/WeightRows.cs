using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Snn.Engine.Layout;

/// <summary>
/// The weights that spikes add in one layer, as multiples of their channel's unit: a row for each active input, in blocks of output
/// channels, <c>[block, row, channel of the block]</c>. 16-bit integers where all fit, else 32-bit.
/// </summary>
internal sealed unsafe class WeightRows
{
    /// <summary>Widths of a block: multiples of every vector width.</summary>
    public const int MaxBlockWidth = 64, MinBlockWidth = 16, MinNarrowBlockWidth = 32;

    // A block is read at random, over and over: it should stay in the second-level cache beside everything else.
    private const int BlockBytes = 384 << 10;

    private readonly AlignedArray<byte> _data;

    public WeightRows(int rows, int channels, bool isNarrow)
    {
        Rows = rows;
        IsNarrow = isNarrow;
        BlockWidth = ChooseBlockWidth(rows, channels, isNarrow);
        RowBytes = BlockWidth * (isNarrow ? sizeof(short) : sizeof(int));
        Blocks = (channels + BlockWidth - 1) / BlockWidth;
        _data = new((long)Blocks * rows * RowBytes);
    }

    public int Rows { get; }

    public bool IsNarrow { get; }

    public int BlockWidth { get; }

    public int Blocks { get; }

    public int RowBytes { get; }

    public byte* Block(int block) => _data.Pointer + (nint)block * Rows * RowBytes;

    /// <summary>Fills the rows of one convolution or linear layer; returns the largest magnitude.</summary>
    /// <param name="firstRow">Of those rows: one for each tap and input, in this order.</param>
    /// <param name="window">Says how many inputs and taps there are.</param>
    /// <param name="weights">[out, in, tap]</param>
    /// <param name="reciprocals">What to multiply an output's weights by before they are rounded to integers.</param>
    public int Set(int firstRow, Window window, float[] weights, float[] reciprocals)
    {
        Vector256<int> magnitudes = Vector256<int>.Zero;
        for (int block = 0; block < Blocks; block++)
        {
            byte* rows = Block(block) + (nint)firstRow * RowBytes;
            int first = block * BlockWidth, count = Math.Min(BlockWidth, reciprocals.Length - first), size = window.Channels * window.Taps;
            Span<float> source = weights.AsSpan(first * size, count * size);
            SetBlock(rows, window, source, reciprocals.AsSpan(first, count), ref magnitudes);
        }
        int largest = 0;
        for (int lane = 0; lane < Vector256<int>.Count; lane++)
            largest = Math.Max(largest, magnitudes[lane]);
        return largest;
    }

    /// <summary>The opposite of <see cref="Set"/>: integers times their output's unit.</summary>
    public float[] Get(int firstRow, Window window, ReadOnlySpan<float> units)
    {
        int inputs = window.Channels, taps = window.Taps, size = inputs * taps;
        float[] weights = new float[size * units.Length];
        for (int block = 0; block < Blocks; block++)
        {
            int first = block * BlockWidth, count = Math.Min(BlockWidth, units.Length - first);
            for (int i = 0; i < size; i++)
            {
                byte* row = Block(block) + (nint)(firstRow + i % taps * inputs + i / taps) * RowBytes;
                for (int c = 0; c < count; c++)
                    weights[(first + c) * size + i] = (IsNarrow ? ((short*)row)[c] : ((int*)row)[c]) * units[first + c];
            }
        }
        return weights;
    }

    // In parts that fill a cache line of the source, and optimized from the first call on: all weights go through here while an app starts.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SetBlock(
        byte* rows, Window window, ReadOnlySpan<float> weights, ReadOnlySpan<float> factors, ref Vector256<int> magnitudes)
    {
        const int part = 16;
        int size = window.Channels * window.Taps;
        int* integers = stackalloc int[part], columns = stackalloc int[part * MaxBlockWidth];
        for (int first = 0; first < size; first += part)
        {
            int count = Math.Min(part, size - first);
            for (int c = 0; c < factors.Length; c++)
            {
                FixedPoint.Round(weights.Slice(c * size + first, count), factors[c], integers, ref magnitudes);
                for (int i = 0; i < count; i++)
                    columns[i * MaxBlockWidth + c] = integers[i];
            }
            for (int i = 0; i < count; i++)
            {
                int* source = columns + i * MaxBlockWidth;
                byte* row = rows + (nint)((first + i) % window.Taps * window.Channels + (first + i) / window.Taps) * RowBytes;
                if (!IsNarrow)
                    new ReadOnlySpan<int>(source, factors.Length).CopyTo(new(row, factors.Length));
                else
                {
                    for (int c = 0; c < factors.Length; c++)
                        ((short*)row)[c] = (short)source[c];
                }
            }
        }
    }

    /// <summary>No more than so many outputs are stored for <paramref name="channels"/>.</summary>
    public static long MaxPadded(int channels) => channels + Math.Max(MinNarrowBlockWidth - 1, channels / 8L);

    private static int ChooseBlockWidth(int rows, int channels, bool isNarrow)
    {
        int size = isNarrow ? sizeof(short) : sizeof(int), min = isNarrow ? MinNarrowBlockWidth : MinBlockWidth;
        for (int width = MaxBlockWidth; width > min; width /= 2)
        {
            int padding = (channels + width - 1) / width * width - channels;
            if ((long)rows * width * size <= BlockBytes && padding <= channels / 8)
                return width;
        }
        return min;
    }
}

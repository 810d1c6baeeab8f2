using System.Runtime.CompilerServices;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Engine.Kernels;

/// <summary>The weight rows that one window adds: a list for each firing pattern.</summary>
internal unsafe struct WindowRows
{
    public byte* Weights;

    /// <summary>Offsets from <see cref="Weights"/>; those of pattern p are Entries[Starts[p]] to before Entries[Ends[p]].</summary>
    public int* Entries, Starts, Ends;

    /// <summary>Highest pattern.</summary>
    public int Patterns;
}

/// <summary>Adds up the weight rows of each firing pattern: the innermost loops of the engine.</summary>
internal static unsafe class RowSums<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>sums[pattern, c] = (or, unless <paramref name="isFirst"/>, +=) the sum of the pattern's rows of 32-bit weights.</summary>
    /// <param name="window">The rows.</param>
    /// <param name="width">Weights of a row, and the stride of the sums.</param>
    /// <param name="sums">[patterns + 1, width]</param>
    /// <param name="isFirst">Whether the sums have no content yet.</param>
    public static void AddWide(in WindowRows window, int width, int* sums, bool isFirst)
    {
        int channel = 0;
        AddWide<LaneBlock8<TLanes>>(window, ref channel, width, sums, isFirst);
        AddWide<LaneBlock4<TLanes>>(window, ref channel, width, sums, isFirst);
        AddWide<LaneBlock2<TLanes>>(window, ref channel, width, sums, isFirst);
        AddWide<LaneBlock1<TLanes>>(window, ref channel, width, sums, isFirst);
    }

    /// <summary>The same for rows of 16-bit weights.</summary>
    /// <param name="longest">So many rows at once cannot overflow 16 bits.</param>
    public static void AddNarrow(in WindowRows window, int width, int* sums, bool isFirst, int longest)
    {
        int channel = 0;
        AddNarrow<LaneBlock4<TLanes>>(window, ref channel, width, sums, isFirst, longest);
        AddNarrow<LaneBlock2<TLanes>>(window, ref channel, width, sums, isFirst, longest);
        AddNarrow<LaneBlock1<TLanes>>(window, ref channel, width, sums, isFirst, longest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWide<TBlock>(in WindowRows window, ref int channel, int width, int* sums, bool isFirst)
        where TBlock : unmanaged, ILaneBlock<TBlock, TLanes>
    {
        for (; channel + TBlock.Count <= width; channel += TBlock.Count)
        {
            byte* weights = window.Weights + channel * sizeof(int);
            for (int p = 1; p <= window.Patterns; p++)
            {
                int* entry = window.Entries + window.Starts[p], end = window.Entries + window.Ends[p], sum = sums + p * width + channel;
                TBlock total = default;
                if (!isFirst)
                    total = TBlock.Load(sum);
                for (; entry < end; entry++)
                    total = TBlock.AddIntegers(total, (int*)(weights + *entry));
                TBlock.Store(total, sum);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddNarrow<TBlock>(in WindowRows window, ref int channel, int width, int* sums, bool isFirst, int longest)
        where TBlock : unmanaged, ILaneBlock<TBlock, TLanes>
    {
        for (; channel + 2 * TBlock.Count <= width; channel += 2 * TBlock.Count)
        {
            byte* weights = window.Weights + channel * sizeof(short);
            for (int p = 1; p <= window.Patterns; p++)
            {
                int* entry = window.Entries + window.Starts[p], end = window.Entries + window.Ends[p], sum = sums + p * width + channel;
                bool replaces = isFirst;
                do
                {
                    int* stop = end - entry > longest ? entry + longest : end;
                    TBlock total = default;
                    for (; entry < stop; entry++)
                        total = TBlock.AddShorts(total, (int*)(weights + *entry));
                    TBlock.AddShortsTo(total, sum, replaces);
                    replaces = false;
                }
                while (entry < end);
            }
        }
    }

    /// <summary>Additions that <see cref="ByStep"/> does for each channel.</summary>
    public static int AdditionsByStep(int steps) => steps <= 2 ? 2 : 22;

    /// <summary>Sums of each pattern -> sums of each step, in place of those of patterns 0 to 3.</summary>
    /// <param name="width">Number of channels, and the stride of the sums.</param>
    /// <param name="sums">In: [4 patterns, width] for two steps, else [16 patterns, width]. Out: [steps, width].</param>
    /// <param name="steps">Number of steps, at least 2.</param>
    public static void ByStep(int width, int* sums, int steps)
    {
        for (int c = 0; c < width; c += TLanes.Count)
        {
            if (steps <= 2)
                ByStep2(sums + c, width);
            else
                ByStep4(sums + c, width);
        }
    }

    /// <summary>Additions that <see cref="JoinSlots"/> does for each channel and step: doublings count.</summary>
    public static int AdditionsByJoining(int slots) => 2 * (slots - 1);

    /// <summary>Sums of each slot -> sums of each step, in place: those of a step's slots weighed 1, 2, 4 and 8.</summary>
    /// <param name="width">Number of channels, and the stride of the sums.</param>
    /// <param name="sums">In: [steps * slots, width]. Out: [steps, width].</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="slots">Slots of a step.</param>
    public static void JoinSlots(int width, int* sums, int steps, int slots)
    {
        for (int step = 0; step < steps; step++)
        {
            for (int c = 0; c < width; c += TLanes.Count)
            {
                int* first = sums + step * slots * width + c;
                TLanes sum = TLanes.Load(first + (slots - 1) * width);
                for (int slot = slots - 2; slot >= 0; slot--)
                    sum = TLanes.AddIntegers(TLanes.AddIntegers(sum, sum), TLanes.Load(first + slot * width));
                TLanes.Store(sum, sums + step * width + c);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ByStep2(int* sums, int width)
    {
        TLanes both = TLanes.Load(sums + 3 * width);
        TLanes.Store(TLanes.AddIntegers(TLanes.Load(sums + width), both), sums);
        TLanes.Store(TLanes.AddIntegers(TLanes.Load(sums + 2 * width), both), sums + width);
    }

    /// <summary>22 additions where the plain way takes 28: patterns that differ in the last step alone become one, and so on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ByStep4(int* sums, int width)
    {
        TLanes a = TLanes.Load(sums + 9 * width), b = TLanes.Load(sums + 10 * width), c = TLanes.Load(sums + 11 * width);
        TLanes d = TLanes.Load(sums + 12 * width), e = TLanes.Load(sums + 13 * width), f = TLanes.Load(sums + 14 * width);
        TLanes g = TLanes.Load(sums + 15 * width);
        TLanes last = TLanes.AddIntegers(
            TLanes.AddIntegers(
                TLanes.AddIntegers(TLanes.Load(sums + 8 * width), a), TLanes.AddIntegers(b, c)),
            TLanes.AddIntegers(TLanes.AddIntegers(d, e), TLanes.AddIntegers(f, g)));
        a = TLanes.AddIntegers(a, TLanes.Load(sums + width));
        b = TLanes.AddIntegers(b, TLanes.Load(sums + 2 * width));
        c = TLanes.AddIntegers(c, TLanes.Load(sums + 3 * width));
        d = TLanes.AddIntegers(d, TLanes.Load(sums + 4 * width));
        e = TLanes.AddIntegers(e, TLanes.Load(sums + 5 * width));
        f = TLanes.AddIntegers(f, TLanes.Load(sums + 6 * width));
        g = TLanes.AddIntegers(g, TLanes.Load(sums + 7 * width));
        TLanes.Store(last, sums + 3 * width);
        TLanes.Store(TLanes.AddIntegers(TLanes.AddIntegers(d, e), TLanes.AddIntegers(f, g)), sums + 2 * width);
        a = TLanes.AddIntegers(a, e);
        b = TLanes.AddIntegers(b, f);
        c = TLanes.AddIntegers(c, g);
        TLanes.Store(TLanes.AddIntegers(b, c), sums + width);
        TLanes.Store(TLanes.AddIntegers(a, c), sums);
    }
}

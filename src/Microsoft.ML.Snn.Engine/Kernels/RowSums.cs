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
/// <remarks>
/// Unrolled by hand: sums in locals of their own can stay in registers while all rows of a list are added; in an array or a buffer they
/// would be loaded and stored with each row.
/// </remarks>
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
        int c = 0;
        for (; c + 8 * TLanes.Count <= width; c += 8 * TLanes.Count)
            AddWide8(window, c, width, sums + c, isFirst);
        for (; c + 4 * TLanes.Count <= width; c += 4 * TLanes.Count)
            AddWide4(window, c, width, sums + c, isFirst);
        for (; c + 2 * TLanes.Count <= width; c += 2 * TLanes.Count)
            AddWide2(window, c, width, sums + c, isFirst);
        for (; c < width; c += TLanes.Count)
            AddWide1(window, c, width, sums + c, isFirst);
    }

    /// <summary>The same for rows of 16-bit weights.</summary>
    /// <param name="longest">So many rows at once cannot overflow 16 bits.</param>
    public static void AddNarrow(in WindowRows window, int width, int* sums, bool isFirst, int longest)
    {
        int c = 0;
        for (; c + 8 * TLanes.Count <= width; c += 8 * TLanes.Count)
            AddNarrow4(window, c, width, sums + c, isFirst, longest);
        for (; c + 4 * TLanes.Count <= width; c += 4 * TLanes.Count)
            AddNarrow2(window, c, width, sums + c, isFirst, longest);
        for (; c < width; c += 2 * TLanes.Count)
            AddNarrow1(window, c, width, sums + c, isFirst, longest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWide8(in WindowRows window, int channel, int width, int* sums, bool isFirst)
    {
        byte* weights = window.Weights + channel * sizeof(int);
        for (int p = 1; p <= window.Patterns; p++)
        {
            int* entry = window.Entries + window.Starts[p], end = window.Entries + window.Ends[p], sum = sums + p * width;
            TLanes a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
            if (!isFirst)
            {
                a = TLanes.Load(sum);
                b = TLanes.Load(sum + TLanes.Count);
                c = TLanes.Load(sum + 2 * TLanes.Count);
                d = TLanes.Load(sum + 3 * TLanes.Count);
                e = TLanes.Load(sum + 4 * TLanes.Count);
                f = TLanes.Load(sum + 5 * TLanes.Count);
                g = TLanes.Load(sum + 6 * TLanes.Count);
                h = TLanes.Load(sum + 7 * TLanes.Count);
            }
            for (; entry < end; entry++)
            {
                int* row = (int*)(weights + *entry);
                a = TLanes.AddIntegers(a, TLanes.Load(row));
                b = TLanes.AddIntegers(b, TLanes.Load(row + TLanes.Count));
                c = TLanes.AddIntegers(c, TLanes.Load(row + 2 * TLanes.Count));
                d = TLanes.AddIntegers(d, TLanes.Load(row + 3 * TLanes.Count));
                e = TLanes.AddIntegers(e, TLanes.Load(row + 4 * TLanes.Count));
                f = TLanes.AddIntegers(f, TLanes.Load(row + 5 * TLanes.Count));
                g = TLanes.AddIntegers(g, TLanes.Load(row + 6 * TLanes.Count));
                h = TLanes.AddIntegers(h, TLanes.Load(row + 7 * TLanes.Count));
            }
            TLanes.Store(a, sum);
            TLanes.Store(b, sum + TLanes.Count);
            TLanes.Store(c, sum + 2 * TLanes.Count);
            TLanes.Store(d, sum + 3 * TLanes.Count);
            TLanes.Store(e, sum + 4 * TLanes.Count);
            TLanes.Store(f, sum + 5 * TLanes.Count);
            TLanes.Store(g, sum + 6 * TLanes.Count);
            TLanes.Store(h, sum + 7 * TLanes.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWide4(in WindowRows window, int channel, int width, int* sums, bool isFirst)
    {
        byte* weights = window.Weights + channel * sizeof(int);
        for (int p = 1; p <= window.Patterns; p++)
        {
            int* entry = window.Entries + window.Starts[p], end = window.Entries + window.Ends[p], sum = sums + p * width;
            TLanes a = default, b = default, c = default, d = default;
            if (!isFirst)
            {
                a = TLanes.Load(sum);
                b = TLanes.Load(sum + TLanes.Count);
                c = TLanes.Load(sum + 2 * TLanes.Count);
                d = TLanes.Load(sum + 3 * TLanes.Count);
            }
            for (; entry < end; entry++)
            {
                int* row = (int*)(weights + *entry);
                a = TLanes.AddIntegers(a, TLanes.Load(row));
                b = TLanes.AddIntegers(b, TLanes.Load(row + TLanes.Count));
                c = TLanes.AddIntegers(c, TLanes.Load(row + 2 * TLanes.Count));
                d = TLanes.AddIntegers(d, TLanes.Load(row + 3 * TLanes.Count));
            }
            TLanes.Store(a, sum);
            TLanes.Store(b, sum + TLanes.Count);
            TLanes.Store(c, sum + 2 * TLanes.Count);
            TLanes.Store(d, sum + 3 * TLanes.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWide2(in WindowRows window, int channel, int width, int* sums, bool isFirst)
    {
        byte* weights = window.Weights + channel * sizeof(int);
        for (int p = 1; p <= window.Patterns; p++)
        {
            int* entry = window.Entries + window.Starts[p], end = window.Entries + window.Ends[p], sum = sums + p * width;
            TLanes a = default, b = default;
            if (!isFirst)
            {
                a = TLanes.Load(sum);
                b = TLanes.Load(sum + TLanes.Count);
            }
            for (; entry < end; entry++)
            {
                int* row = (int*)(weights + *entry);
                a = TLanes.AddIntegers(a, TLanes.Load(row));
                b = TLanes.AddIntegers(b, TLanes.Load(row + TLanes.Count));
            }
            TLanes.Store(a, sum);
            TLanes.Store(b, sum + TLanes.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWide1(in WindowRows window, int channel, int width, int* sums, bool isFirst)
    {
        byte* weights = window.Weights + channel * sizeof(int);
        for (int p = 1; p <= window.Patterns; p++)
        {
            int* entry = window.Entries + window.Starts[p], end = window.Entries + window.Ends[p], sum = sums + p * width;
            TLanes a = default;
            if (!isFirst)
            {
                a = TLanes.Load(sum);
            }
            for (; entry < end; entry++)
            {
                int* row = (int*)(weights + *entry);
                a = TLanes.AddIntegers(a, TLanes.Load(row));
            }
            TLanes.Store(a, sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddNarrow4(in WindowRows window, int channel, int width, int* sums, bool isFirst, int longest)
    {
        byte* weights = window.Weights + channel * sizeof(short);
        for (int p = 1; p <= window.Patterns; p++)
        {
            int* entry = window.Entries + window.Starts[p], end = window.Entries + window.Ends[p], sum = sums + p * width;
            bool replaces = isFirst;
            do
            {
                int* stop = end - entry > longest ? entry + longest : end;
                TLanes a = default, b = default, c = default, d = default;
                for (; entry < stop; entry++)
                {
                    int* row = (int*)(weights + *entry);
                    a = TLanes.AddShorts(a, TLanes.Load(row));
                    b = TLanes.AddShorts(b, TLanes.Load(row + TLanes.Count));
                    c = TLanes.AddShorts(c, TLanes.Load(row + 2 * TLanes.Count));
                    d = TLanes.AddShorts(d, TLanes.Load(row + 3 * TLanes.Count));
                }
                AddShorts(a, sum, replaces);
                AddShorts(b, sum + 2 * TLanes.Count, replaces);
                AddShorts(c, sum + 4 * TLanes.Count, replaces);
                AddShorts(d, sum + 6 * TLanes.Count, replaces);
                replaces = false;
            }
            while (entry < end);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddNarrow2(in WindowRows window, int channel, int width, int* sums, bool isFirst, int longest)
    {
        byte* weights = window.Weights + channel * sizeof(short);
        for (int p = 1; p <= window.Patterns; p++)
        {
            int* entry = window.Entries + window.Starts[p], end = window.Entries + window.Ends[p], sum = sums + p * width;
            bool replaces = isFirst;
            do
            {
                int* stop = end - entry > longest ? entry + longest : end;
                TLanes a = default, b = default;
                for (; entry < stop; entry++)
                {
                    int* row = (int*)(weights + *entry);
                    a = TLanes.AddShorts(a, TLanes.Load(row));
                    b = TLanes.AddShorts(b, TLanes.Load(row + TLanes.Count));
                }
                AddShorts(a, sum, replaces);
                AddShorts(b, sum + 2 * TLanes.Count, replaces);
                replaces = false;
            }
            while (entry < end);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddNarrow1(in WindowRows window, int channel, int width, int* sums, bool isFirst, int longest)
    {
        byte* weights = window.Weights + channel * sizeof(short);
        for (int p = 1; p <= window.Patterns; p++)
        {
            int* entry = window.Entries + window.Starts[p], end = window.Entries + window.Ends[p], sum = sums + p * width;
            bool replaces = isFirst;
            do
            {
                int* stop = end - entry > longest ? entry + longest : end;
                TLanes a = default;
                for (; entry < stop; entry++)
                {
                    int* row = (int*)(weights + *entry);
                    a = TLanes.AddShorts(a, TLanes.Load(row));
                }
                AddShorts(a, sum, replaces);
                replaces = false;
            }
            while (entry < end);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddShorts(TLanes shorts, int* sum, bool replaces)
    {
        TLanes lower = TLanes.WidenLower(shorts), upper = TLanes.WidenUpper(shorts);
        if (!replaces)
        {
            lower = TLanes.AddIntegers(lower, TLanes.Load(sum));
            upper = TLanes.AddIntegers(upper, TLanes.Load(sum + TLanes.Count));
        }
        TLanes.Store(lower, sum);
        TLanes.Store(upper, sum + TLanes.Count);
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

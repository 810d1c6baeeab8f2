using System.Numerics;
using System.Runtime.CompilerServices;
using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Engine.Kernels;

/// <summary>
/// For some lines of a layer and one spike term of it: which weight rows each window adds, sorted by firing pattern. One worker's memory;
/// what it holds is replaced by <see cref="Fill"/>.
/// </summary>
/// <remarks>
/// For each line and pattern there is one list of the spikes under the whole line's windows, column by column of the source. The window at
/// x sees a contiguous part of it, and neighboring windows share what they overlap in. An entry is <c>((tap row * kernel + source column)
/// * channels + channel) * RowBytes</c>: the offset of the weight row, but for a part that depends on x alone and is taken care of by <see
/// cref="Origin"/>.
/// </remarks>
internal sealed unsafe class ActiveRows(ActiveRowsCapacity capacity)
{
    private const int Patterns = SpikePatterns.All;

    // A vector may be written past the end of a list.
    private const int Overrun = SpikingLayer.MaxVectorLanes;

    private readonly AlignedArray<int> _counts = new(capacity.Pixels * Patterns);
    private readonly AlignedArray<int> _channels = new(capacity.PixelEntries);
    private readonly AlignedArray<int> _starts = new(capacity.Starts * Patterns);
    private readonly AlignedArray<int> _entries = new(capacity.LineEntries);
    // Stands in for the slots that a short block lacks.
    private readonly AlignedArray<ulong> _silence = new(capacity.SourceWords);
    private readonly ulong*[] _slots = new ulong*[SpikePatterns.MaxSteps];
    private SpikeTerm _term = null!;
    private int _rowBytes;

    public int* Entries => _entries.Pointer;

    /// <summary>Where the lists of all patterns begin for source column <paramref name="x"/>, or end for the one before.</summary>
    /// <param name="line">Counted from the first one listed.</param>
    /// <param name="x">0 to the source's width.</param>
    public int* Starts(int line, int x) => _starts.Pointer + ((nint)line * (_term.Window.Width + 1) + x) * Patterns;

    /// <summary>What the entries of the window at <paramref name="x"/> are offsets from.</summary>
    public byte* Origin(byte* weights, int x)
    {
        Window window = _term.Window;
        return weights + (_term.FirstRow + (nint)(window.Padding - x * window.Stride) * window.Channels) * _rowBytes;
    }

    /// <summary>Lists lines <paramref name="first"/> to before <paramref name="end"/>.</summary>
    public void Fill<TLanes>(RunState run, SpikeTerm term, int rowBytes, int first, int end)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        _term = term;
        _rowBytes = rowBytes;
        Window window = term.Window;
        int top = Math.Max(0, first * window.Stride - window.Padding);
        int bottom = Math.Min(window.Height, (end - 1) * window.Stride - window.Padding + window.Kernel);
        int slots = run.Steps * run.Slots;
        for (int slot = 0; slot < SpikePatterns.MaxSteps; slot++)
            _slots[slot] = slot < slots ? run.Spikes(term.Source, slot) : _silence.Pointer;
        for (int y = top; y < bottom; y++)
        {
            for (int x = 0; x < window.Width; x++)
            {
                if (IsSeen(window, y) && IsSeen(window, x))
                    SortPixel((nint)y * window.Width + x, y - top, x);
                else
                    new Span<int>(Counts(y - top, x), Patterns).Clear();
            }
        }
        nint begin = 0;
        for (int line = first; line < end; line++)
            begin = ListLine<TLanes>(line - first, line * window.Stride - window.Padding, top, begin, SpikePatterns.Count(slots));
    }

    /// <summary>Whether any window covers this line or column: with a stride above the kernel's size, some are left out.</summary>
    private static bool IsSeen(Window window, int place) =>
        window.Stride <= window.Kernel || (place + window.Padding) % window.Stride < window.Kernel;

    private int* Counts(int line, int x) => _counts.Pointer + ((nint)line * _term.Window.Width + x) * Patterns;

    private int* Channels(int line, int x) =>
        _channels.Pointer + ((nint)line * _term.Window.Width + x) * (_term.Window.Channels + Overrun);

    /// <summary>Sorts the active channels of one source pixel by pattern, times the size of a weight row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SortPixel(nint pixel, int line, int x)
    {
        int words = SpikeBits.WordsFor(_term.Window.Channels), rowBytes = _rowBytes;
        int* counts = Counts(line, x), entries = Channels(line, x), next = stackalloc int[Patterns];
        new Span<int>(counts, Patterns).Clear();
        for (nint word = pixel * words; word < (pixel + 1) * words; word++)
        {
            ulong a = _slots[0][word], b = _slots[1][word], c = _slots[2][word], d = _slots[3][word];
            ulong only = a & ~b, other = b & ~a, both = a & b, neither = ~(a | b);
            ulong silent = ~(c | d);
            counts[1] += BitOperations.PopCount(only & silent);
            counts[2] += BitOperations.PopCount(other & silent);
            counts[3] += BitOperations.PopCount(both & silent);
            if (~silent == 0)
                continue;
            for (int later = 1; later < 4; later++)
            {
                ulong selected = later == 1 ? c & ~d : later == 2 ? d & ~c : c & d;
                counts[4 * later] += BitOperations.PopCount(neither & selected);
                counts[4 * later + 1] += BitOperations.PopCount(only & selected);
                counts[4 * later + 2] += BitOperations.PopCount(other & selected);
                counts[4 * later + 3] += BitOperations.PopCount(both & selected);
            }
        }
        int total = 0;
        for (int pattern = 1; pattern < Patterns; pattern++)
            (next[pattern], total) = (total, total + counts[pattern]);
        for (int word = 0; word < words; word++)
        {
            nint at = pixel * words + word;
            ulong a = _slots[0][at], b = _slots[1][at], c = _slots[2][at], d = _slots[3][at];
            for (ulong bits = a | b | c | d; bits != 0; bits &= bits - 1)
            {
                int channel = BitOperations.TrailingZeroCount(bits);
                ulong pattern = (a >> channel & 1) | (b >> channel & 1) << 1 | (c >> channel & 1) << 2 | (d >> channel & 1) << 3;
                entries[next[pattern]++] = (word * 64 + channel) * rowBytes;
            }
        }
    }

    /// <summary>Joins the pixels' lists into those of a line; returns the end of the last list.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private nint ListLine<TLanes>(int line, int y, int top, nint begin, int patterns)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        Window window = _term.Window;
        int firstTap = Math.Max(0, -y), endTap = Math.Min(window.Kernel, window.Height - y);
        int* next = stackalloc int[Patterns];
        new Span<int>(next, Patterns).Clear();
        for (int tap = firstTap; tap < endTap; tap++)
        {
            int* counts = Counts(y + tap - top, 0);
            for (int x = 0; x < window.Width; x++, counts += Patterns)
            {
                for (int p = 0; p < Patterns; p += TLanes.Count)
                    TLanes.Store(TLanes.AddIntegers(TLanes.Load(next + p), TLanes.Load(counts + p)), next + p);
            }
        }
        int end = (int)begin;
        for (int p = 1; p <= patterns; p++)
            (next[p], end) = (end, end + next[p] + Overrun);

        for (int x = 0; x < window.Width; x++)
        {
            int* starts = Starts(line, x);
            for (int p = 0; p < Patterns; p++)
                starts[p] = next[p];
            for (int tap = firstTap; tap < endTap; tap++)
            {
                int* counts = Counts(y + tap - top, x), source = Channels(y + tap - top, x);
                TLanes place = TLanes.Broadcast((tap * window.Kernel + x) * window.Channels * _rowBytes);
                for (int p = 1; p <= patterns; p++)
                {
                    int count = counts[p];
                    int* target = _entries.Pointer + next[p];
                    // One vector whatever the count: most lists are short, and a branch that cannot be foreseen costs more.
                    TLanes.Store(TLanes.AddIntegers(TLanes.Load(source), place), target);
                    for (int i = TLanes.Count; i < count; i += TLanes.Count)
                        TLanes.Store(TLanes.AddIntegers(TLanes.Load(source + i), place), target + i);
                    source += count;
                    next[p] += count;
                }
            }
        }
        new Span<int>(next, Patterns).CopyTo(new(Starts(line, window.Width), Patterns));
        return end;
    }
}

/// <summary>The memory that lists need at the most.</summary>
internal readonly record struct ActiveRowsCapacity(long Pixels, long PixelEntries, long Starts, long LineEntries, long SourceWords)
{
    /// <summary>What <paramref name="lines"/> lines of a layer need for one of its terms.</summary>
    public static ActiveRowsCapacity Of(Window window, int lines)
    {
        long sources = Math.Min(window.Height, (lines - 1L) * window.Stride + window.Kernel), pixels = sources * window.Width;
        return new(
            pixels, pixels * (window.Channels + SpikingLayer.MaxVectorLanes), lines * (window.Width + 1L), lines * EntriesOfLine(window),
            (long)window.Height * window.Width * SpikeBits.WordsFor(window.Channels));
    }

    public static long EntriesOfLine(Window window) =>
        (long)window.Kernel * window.Width * window.Channels + SpikePatterns.All * SpikingLayer.MaxVectorLanes;

    public static ActiveRowsCapacity Max(ActiveRowsCapacity a, ActiveRowsCapacity b) => new(
        Math.Max(a.Pixels, b.Pixels), Math.Max(a.PixelEntries, b.PixelEntries), Math.Max(a.Starts, b.Starts),
        Math.Max(a.LineEntries, b.LineEntries), Math.Max(a.SourceWords, b.SourceWords));
}

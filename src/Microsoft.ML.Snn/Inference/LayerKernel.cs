using System.Numerics;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.Snn;

/// <summary>Memory of one worker in one layer; its contents mean nothing between calls.</summary>
internal sealed class KernelScratch(int rows, int paddedChannels)
{
    /// <summary>Numbers of the weight rows that the spikes of one window add.</summary>
    public AlignedArray<int> ActiveRows { get; } = new(rows);

    /// <summary>[PaddedChannels]</summary>
    public AlignedArray<int> Sums { get; } = new(paddedChannels);

    /// <summary>[PaddedChannels]</summary>
    public AlignedArray<float> Base { get; } = new(paddedChannels);

    /// <summary>[PaddedChannels]</summary>
    public AlignedArray<float> Membrane { get; } = new(paddedChannels);
}

/// <summary>
/// Computes some lines of a layer over a block of time steps: gathers the weight rows of active inputs, then lets the neurons fire.
/// </summary>
internal static unsafe class LayerKernel<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <param name="run">Holds the layer's inputs and takes its spikes.</param>
    /// <param name="index">The layer.</param>
    /// <param name="first">First line.</param>
    /// <param name="end">After the last line.</param>
    /// <param name="scratch">The worker's own.</param>
    public static void Run(NetworkRun run, int index, int first, int end, KernelScratch scratch)
    {
        SpikingLayer layer = run.Layers[index];
        LayerState state = run.States[index];
        int padded = layer.PaddedChannels, words = layer.Words, pixels = layer.Height * layer.Width;
        nint bytes = padded * sizeof(float);
        for (int y = first; y < end; y++)
        {
            for (int x = 0; x < layer.Width; x++)
            {
                int pixel = y * layer.Width + x;
                float* membrane = scratch.Membrane.Pointer;
                if (state.Membrane is { } before && run.FirstStep > 0)
                    Buffer.MemoryCopy(before.Pointer + (nint)pixel * padded, membrane, bytes, bytes);
                else
                    new Span<float>(membrane, padded).Clear();
                for (int step = 0; step < run.Steps; step++)
                {
                    float* start = Base(run, layer, state, pixel, y, x, step, scratch);
                    Gather(run, layer, y, x, step, scratch);
                    if (layer.Threshold is null)
                        AddScores(layer, start, scratch.Sums.Pointer, state.Scores!.Pointer, run.ScoresAfter(step));
                    else
                        Fire(layer, start, scratch.Sums.Pointer, membrane, state.Spikes!.Pointer + ((nint)step * pixels + pixel) * words);
                }
                if (state.Membrane is { } kept && run.FirstStep + run.Steps < run.TimeSteps)
                    Buffer.MemoryCopy(membrane, kept.Pointer + (nint)pixel * padded, bytes, bytes);
            }
        }
    }

    /// <summary>The part of x that is no sum of spikes: the bias, and on top of it what real inputs add.</summary>
    private static float* Base(
        NetworkRun run, SpikingLayer layer, LayerState state, int pixel, int y, int x, int step, KernelScratch scratch)
    {
        if (layer.AnalogTerms.IsEmpty)
            return layer.Bias.Pointer;
        int padded = layer.PaddedChannels;
        float* sums = state.Analog is { } kept ? kept.Pointer + (nint)pixel * padded : scratch.Base.Pointer;
        if (state.Analog is not null && run.FirstStep + step > 0)
            return sums;
        layer.Bias.Span.CopyTo(new(sums, padded));
        foreach (AnalogTerm term in layer.AnalogTerms)
            AddAnalog(term, run.Analog(term, step), y, x, padded, sums);
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddAnalog(AnalogTerm term, float* source, int y, int x, int padded, float* sums)
    {
        Window window = term.Window;
        int top = y * window.Stride - window.Kernel / 2, left = x * window.Stride - window.Kernel / 2;
        for (int tap = 0; tap < window.Taps; tap++)
        {
            int sy = top + tap / window.Kernel, sx = left + tap % window.Kernel;
            if ((uint)sy >= (uint)window.Height || (uint)sx >= (uint)window.Width)
                continue;
            float* values = source + ((nint)sy * window.Width + sx) * window.Channels;
            float* weights = term.Weights.Pointer + (nint)tap * window.Channels * padded;
            for (int i = 0; i < window.Channels; i++, weights += padded)
            {
                if (values[i] == 0)
                    continue;
                TLanes value = TLanes.Broadcast(values[i]);
                for (int c = 0; c < padded; c += TLanes.Count)
                    TLanes.Store(TLanes.AddFloats(TLanes.Load(sums + c), TLanes.MultiplyFloats(value, TLanes.Load(weights + c))), sums + c);
            }
        }
    }

    /// <summary>Adds up, in the layer's fixed point, the weights of all spikes in the window of one output pixel.</summary>
    private static void Gather(NetworkRun run, SpikingLayer layer, int y, int x, int step, KernelScratch scratch)
    {
        int* active = scratch.ActiveRows.Pointer, sums = scratch.Sums.Pointer;
        int count = 0;
        foreach (SpikeTerm term in layer.SpikeTerms)
            count = ListActiveRows(term, run.Spikes(term.Source, step), y, x, active, count);

        int padded = layer.PaddedChannels;
        for (int block = 0; block < padded; block += SpikingLayer.BlockWidth)
        {
            int width = Math.Min(SpikingLayer.BlockWidth, padded - block);
            int* weights = layer.Weights.Pointer + (nint)block * layer.Rows;
            int c = 0;
            for (; c + 8 * TLanes.Count <= width; c += 8 * TLanes.Count)
                AddRows8(weights + c, width, active, count, sums + block + c);
            for (; c + 4 * TLanes.Count <= width; c += 4 * TLanes.Count)
                AddRows4(weights + c, width, active, count, sums + block + c);
            for (; c < width; c += TLanes.Count)
                AddRows1(weights + c, width, active, count, sums + block + c);
        }

        foreach (IdentityTerm term in layer.IdentityTerms)
        {
            ulong* spikes = run.Spikes(term.Source, step) + ((nint)y * layer.Width + x) * layer.Words;
            for (int word = 0; word < layer.Words; word++)
            {
                for (ulong bits = spikes[word]; bits != 0; bits &= bits - 1)
                {
                    int c = word * 64 + BitOperations.TrailingZeroCount(bits);
                    sums[c] += term.Scale[c];
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int ListActiveRows(SpikeTerm term, ulong* source, int y, int x, int* active, int count)
    {
        Window window = term.Window;
        int words = SpikingLayer.WordsFor(window.Channels);
        int top = y * window.Stride - window.Kernel / 2, left = x * window.Stride - window.Kernel / 2;
        for (int tap = 0; tap < window.Taps; tap++)
        {
            int sy = top + tap / window.Kernel, sx = left + tap % window.Kernel;
            if ((uint)sy >= (uint)window.Height || (uint)sx >= (uint)window.Width)
                continue;
            ulong* spikes = source + ((nint)sy * window.Width + sx) * words;
            int row = term.FirstRow + tap * window.Channels;
            for (int word = 0; word < words; word++, row += 64)
            {
                for (ulong bits = spikes[word]; bits != 0; bits &= bits - 1)
                    active[count++] = row + BitOperations.TrailingZeroCount(bits);
            }
        }
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows8(int* weights, nint width, int* active, int count, int* sums)
    {
        TLanes a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (int i = 0; i < count; i++)
        {
            int* row = weights + active[i] * width;
            a = TLanes.AddIntegers(a, TLanes.Load(row));
            b = TLanes.AddIntegers(b, TLanes.Load(row + TLanes.Count));
            c = TLanes.AddIntegers(c, TLanes.Load(row + 2 * TLanes.Count));
            d = TLanes.AddIntegers(d, TLanes.Load(row + 3 * TLanes.Count));
            e = TLanes.AddIntegers(e, TLanes.Load(row + 4 * TLanes.Count));
            f = TLanes.AddIntegers(f, TLanes.Load(row + 5 * TLanes.Count));
            g = TLanes.AddIntegers(g, TLanes.Load(row + 6 * TLanes.Count));
            h = TLanes.AddIntegers(h, TLanes.Load(row + 7 * TLanes.Count));
        }
        TLanes.Store(a, sums);
        TLanes.Store(b, sums + TLanes.Count);
        TLanes.Store(c, sums + 2 * TLanes.Count);
        TLanes.Store(d, sums + 3 * TLanes.Count);
        TLanes.Store(e, sums + 4 * TLanes.Count);
        TLanes.Store(f, sums + 5 * TLanes.Count);
        TLanes.Store(g, sums + 6 * TLanes.Count);
        TLanes.Store(h, sums + 7 * TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows4(int* weights, nint width, int* active, int count, int* sums)
    {
        TLanes a = default, b = default, c = default, d = default;
        for (int i = 0; i < count; i++)
        {
            int* row = weights + active[i] * width;
            a = TLanes.AddIntegers(a, TLanes.Load(row));
            b = TLanes.AddIntegers(b, TLanes.Load(row + TLanes.Count));
            c = TLanes.AddIntegers(c, TLanes.Load(row + 2 * TLanes.Count));
            d = TLanes.AddIntegers(d, TLanes.Load(row + 3 * TLanes.Count));
        }
        TLanes.Store(a, sums);
        TLanes.Store(b, sums + TLanes.Count);
        TLanes.Store(c, sums + 2 * TLanes.Count);
        TLanes.Store(d, sums + 3 * TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows1(int* weights, nint width, int* active, int count, int* sums)
    {
        TLanes a = default;
        for (int i = 0; i < count; i++)
            a = TLanes.AddIntegers(a, TLanes.Load(weights + active[i] * width));
        TLanes.Store(a, sums);
    }

    /// <summary>One step of the neurons of a pixel (Eq. 1-3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fire(SpikingLayer layer, float* start, int* sums, float* membrane, ulong* spikes)
    {
        float* scale = layer.Scale.Pointer, decay = layer.Decay!.Pointer, threshold = layer.Threshold!.Pointer;
        int padded = layer.PaddedChannels;
        for (int word = 0; word < layer.Words; word++)
        {
            ulong fired = 0;
            int end = Math.Min(padded, (word + 1) * 64);
            for (int c = word * 64; c < end; c += TLanes.Count)
            {
                TLanes x = TLanes.AddFloats(
                    TLanes.Load(start + c), TLanes.MultiplyFloats(TLanes.ToFloats(TLanes.Load(sums + c)), TLanes.Load(scale + c)));
                TLanes u = TLanes.AddFloats(TLanes.MultiplyFloats(TLanes.Load(decay + c), TLanes.Load(membrane + c)), x);
                TLanes o = TLanes.GreaterThan(u, TLanes.Load(threshold + c));
                fired |= (ulong)TLanes.ToBits(o) << (c & 63);
                TLanes.Store(TLanes.ClearWhere(u, o), membrane + c);
            }
            spikes[word] = fired;
        }
    }

    /// <summary>The last layer: its output is added up over time (Eq. 11).</summary>
    private static void AddScores(SpikingLayer layer, float* start, int* sums, float* total, float* totalAfter)
    {
        float* scale = layer.Scale.Pointer;
        for (int c = 0; c < layer.PaddedChannels; c += TLanes.Count)
        {
            TLanes x = TLanes.AddFloats(
                TLanes.Load(start + c), TLanes.MultiplyFloats(TLanes.ToFloats(TLanes.Load(sums + c)), TLanes.Load(scale + c)));
            TLanes sum = TLanes.AddFloats(TLanes.Load(total + c), x);
            TLanes.Store(sum, total + c);
            TLanes.Store(sum, totalAfter + c);
        }
    }
}

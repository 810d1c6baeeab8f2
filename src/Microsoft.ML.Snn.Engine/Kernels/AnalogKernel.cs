using System.Runtime.CompilerServices;
using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Engine.Kernels;

/// <summary>
/// Dense sums of real inputs: <c>sums += value * weight</c> in the order of taps (row-major) and channels, without fused multiply-add;
/// values equal to 0 are skipped.
/// </summary>
/// <remarks>Unrolled by hand, so that the sums can stay in registers: see <see cref="RowSums{TLanes}"/>.</remarks>
internal static unsafe class AnalogKernel<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <param name="term">The weights and where they lie on the source.</param>
    /// <param name="source">[H, W, C]</param>
    /// <param name="y">Line of the output.</param>
    /// <param name="x">Column of the output.</param>
    /// <param name="channel">First output channel.</param>
    /// <param name="width">Number of output channels.</param>
    /// <param name="sums">[width]</param>
    public static void Add(AnalogTerm term, float* source, int y, int x, int channel, int width, float* sums)
    {
        int c = 0;
        for (; c + 8 * TLanes.Count <= width; c += 8 * TLanes.Count)
            Add8(term, source, y, x, channel + c, sums + c);
        for (; c + 2 * TLanes.Count <= width; c += 2 * TLanes.Count)
            Add2(term, source, y, x, channel + c, sums + c);
        for (; c < width; c += TLanes.Count)
            Add1(term, source, y, x, channel + c, sums + c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add8(AnalogTerm term, float* source, int y, int x, int channel, float* sums)
    {
        Window window = term.Window;
        int top = y * window.Stride - window.Kernel / 2, left = x * window.Stride - window.Kernel / 2;
        TLanes a = TLanes.Load(sums), b = TLanes.Load(sums + TLanes.Count);
        TLanes c = TLanes.Load(sums + 2 * TLanes.Count), d = TLanes.Load(sums + 3 * TLanes.Count);
        TLanes e = TLanes.Load(sums + 4 * TLanes.Count), f = TLanes.Load(sums + 5 * TLanes.Count);
        TLanes g = TLanes.Load(sums + 6 * TLanes.Count), h = TLanes.Load(sums + 7 * TLanes.Count);
        for (int tap = 0; tap < window.Taps; tap++)
        {
            int sy = top + tap / window.Kernel, sx = left + tap % window.Kernel;
            if ((uint)sy >= (uint)window.Height || (uint)sx >= (uint)window.Width)
                continue;
            float* values = source + ((nint)sy * window.Width + sx) * window.Channels;
            float* weights = term.Weights.Pointer + (nint)tap * window.Channels * term.Stride + channel;
            for (int i = 0; i < window.Channels; i++, weights += term.Stride)
            {
                if (values[i] == 0)
                    continue;
                TLanes value = TLanes.Broadcast(values[i]);
                a = TLanes.AddFloats(a, TLanes.MultiplyFloats(value, TLanes.Load(weights)));
                b = TLanes.AddFloats(b, TLanes.MultiplyFloats(value, TLanes.Load(weights + TLanes.Count)));
                c = TLanes.AddFloats(c, TLanes.MultiplyFloats(value, TLanes.Load(weights + 2 * TLanes.Count)));
                d = TLanes.AddFloats(d, TLanes.MultiplyFloats(value, TLanes.Load(weights + 3 * TLanes.Count)));
                e = TLanes.AddFloats(e, TLanes.MultiplyFloats(value, TLanes.Load(weights + 4 * TLanes.Count)));
                f = TLanes.AddFloats(f, TLanes.MultiplyFloats(value, TLanes.Load(weights + 5 * TLanes.Count)));
                g = TLanes.AddFloats(g, TLanes.MultiplyFloats(value, TLanes.Load(weights + 6 * TLanes.Count)));
                h = TLanes.AddFloats(h, TLanes.MultiplyFloats(value, TLanes.Load(weights + 7 * TLanes.Count)));
            }
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
    private static void Add2(AnalogTerm term, float* source, int y, int x, int channel, float* sums)
    {
        Window window = term.Window;
        int top = y * window.Stride - window.Kernel / 2, left = x * window.Stride - window.Kernel / 2;
        TLanes a = TLanes.Load(sums), b = TLanes.Load(sums + TLanes.Count);
        for (int tap = 0; tap < window.Taps; tap++)
        {
            int sy = top + tap / window.Kernel, sx = left + tap % window.Kernel;
            if ((uint)sy >= (uint)window.Height || (uint)sx >= (uint)window.Width)
                continue;
            float* values = source + ((nint)sy * window.Width + sx) * window.Channels;
            float* weights = term.Weights.Pointer + (nint)tap * window.Channels * term.Stride + channel;
            for (int i = 0; i < window.Channels; i++, weights += term.Stride)
            {
                if (values[i] == 0)
                    continue;
                TLanes value = TLanes.Broadcast(values[i]);
                a = TLanes.AddFloats(a, TLanes.MultiplyFloats(value, TLanes.Load(weights)));
                b = TLanes.AddFloats(b, TLanes.MultiplyFloats(value, TLanes.Load(weights + TLanes.Count)));
            }
        }
        TLanes.Store(a, sums);
        TLanes.Store(b, sums + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add1(AnalogTerm term, float* source, int y, int x, int channel, float* sums)
    {
        Window window = term.Window;
        int top = y * window.Stride - window.Kernel / 2, left = x * window.Stride - window.Kernel / 2;
        TLanes a = TLanes.Load(sums);
        for (int tap = 0; tap < window.Taps; tap++)
        {
            int sy = top + tap / window.Kernel, sx = left + tap % window.Kernel;
            if ((uint)sy >= (uint)window.Height || (uint)sx >= (uint)window.Width)
                continue;
            float* values = source + ((nint)sy * window.Width + sx) * window.Channels;
            float* weights = term.Weights.Pointer + (nint)tap * window.Channels * term.Stride + channel;
            for (int i = 0; i < window.Channels; i++, weights += term.Stride)
            {
                if (values[i] == 0)
                    continue;
                TLanes value = TLanes.Broadcast(values[i]);
                a = TLanes.AddFloats(a, TLanes.MultiplyFloats(value, TLanes.Load(weights)));
            }
        }
        TLanes.Store(a, sums);
    }
}

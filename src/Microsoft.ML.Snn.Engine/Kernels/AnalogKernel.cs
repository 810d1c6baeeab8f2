using System.Runtime.CompilerServices;
using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Engine.Kernels;

/// <summary>
/// Dense sums of real inputs: <c>sums += value * weight</c> in the order of taps (row-major) and channels, without fused multiply-add;
/// values equal to 0 are skipped.
/// </summary>
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
        int done = 0;
        Add<LaneBlock8<TLanes>>(term, source, y, x, channel, width, sums, ref done);
        Add<LaneBlock4<TLanes>>(term, source, y, x, channel, width, sums, ref done);
        Add<LaneBlock2<TLanes>>(term, source, y, x, channel, width, sums, ref done);
        Add<LaneBlock1<TLanes>>(term, source, y, x, channel, width, sums, ref done);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add<TBlock>(AnalogTerm term, float* source, int y, int x, int channel, int width, float* sums, ref int done)
        where TBlock : unmanaged, ILaneBlock<TBlock, TLanes>
    {
        Window window = term.Window;
        int top = y * window.Stride - window.Padding, left = x * window.Stride - window.Padding;
        for (; done + TBlock.Count <= width; done += TBlock.Count)
        {
            TBlock total = TBlock.Load(sums + done);
            for (int tap = 0; tap < window.Taps; tap++)
            {
                int sy = top + tap / window.Kernel, sx = left + tap % window.Kernel;
                if ((uint)sy >= (uint)window.Height || (uint)sx >= (uint)window.Width)
                    continue;
                float* values = source + ((nint)sy * window.Width + sx) * window.Channels;
                float* row = term.Weights.Pointer + (nint)tap * window.Channels * term.Stride + channel + done;
                for (int i = 0; i < window.Channels; i++, row += term.Stride)
                {
                    if (values[i] != 0)
                        total = TBlock.AddProducts(total, TLanes.Broadcast(values[i]), row);
                }
            }
            TBlock.Store(total, sums + done);
        }
    }
}

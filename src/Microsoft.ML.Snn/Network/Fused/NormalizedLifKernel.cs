using System.Runtime.CompilerServices;

namespace Microsoft.ML.Snn;

/// <summary>
/// tdBN, the sum with a normalized shortcut, and LIF neurons over all time steps in one pass over memory, and the gradient of all that in
/// two. Computes in float32 on all cores; nothing depends on the number of threads.
/// </summary>
internal static unsafe class NormalizedLifKernel
{
    /// <summary>Writes which neurons fire.</summary>
    public static void Forward<TLanes, TElement, TShortcut>(NormalizedLifArguments arguments, SpikeMask spikes)
        where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement where TShortcut : IShortcutValues
    {
        ParallelRange.For(arguments.Rows, BatchStatistics.BlockRows(arguments.Channels), (start, end) =>
        {
            NormalizedLifArguments a = arguments;
            byte* bits = spikes.Bytes;
            int pixelBytes = spikes.PixelBytes;
            TLanes decay = TLanes.Broadcast(a.Decay), threshold = TLanes.Broadcast(a.Threshold);
            for (long row = start; row < end; row++)
            {
                for (int c = 0; c < a.Channels; c += TLanes.Count)
                {
                    var input = new LifInput<TLanes, TElement, TShortcut>(a, row, c);
                    byte* target = bits + row * pixelBytes + c / 8;
                    TLanes left = TLanes.Broadcast(0f);
                    for (int t = 0; t < a.TimeSteps; t++, target += a.Rows * pixelBytes)
                    {
                        TLanes u = TLanes.MultiplyAddFloats(left, decay, input.At(t)); // Eq. 2
                        TLanes fired = TLanes.GreaterThan(u, threshold); // Eq. 3
                        left = TLanes.ClearWhere(u, fired);
                        SpikeMask.Write(fired, target);
                    }
                }
            }
        });
    }

    /// <summary>
    /// Replaces the gradient by the spikes, [T, rows, C], by that by the current x ([rows, C] at its beginning where static) and returns
    /// three sums a channel, [3 * C]: of that gradient, of its product with the deviation of the convolution's output from its mean, and
    /// with that of the shortcut.
    /// </summary>
    /// <param name="arguments">As in the forward pass.</param>
    /// <param name="gradient">By the spikes.</param>
    /// <param name="secondGradient">To be added to it; null for none.</param>
    /// <param name="mean">Of the convolution's output, [C].</param>
    /// <param name="shortcutMean">Of the shortcut, [C].</param>
    public static double[] Backward<TLanes, TElement, TShortcut>(
        NormalizedLifArguments arguments, byte* gradient, byte* secondGradient, float* mean, float* shortcutMean)
        where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement where TShortcut : IShortcutValues
    {
        int channels = arguments.Channels, blockRows = BatchStatistics.BlockRows(channels);
        using var sums = new ScratchMemory<double>((arguments.Rows + blockRows - 1) / blockRows * 3 * channels);
        sums.Span.Clear();
        double* blockSums = sums.Address;
        ParallelRange.For(arguments.Rows, blockRows, (start, end) =>
        {
            NormalizedLifArguments a = arguments;
            TLanes* us = stackalloc TLanes[a.TimeSteps];
            double* sum = blockSums + start / blockRows * 3 * channels;
            TLanes decay = TLanes.Broadcast(a.Decay), threshold = TLanes.Broadcast(a.Threshold);
            TLanes slope = TLanes.Broadcast(1 / a.SurrogateWidth), halfWidth = TLanes.Broadcast(a.SurrogateWidth / 2);
            long step = a.Rows * channels * TElement.Size;
            for (long tile = start; tile < end; tile += BatchStatistics.TileRows)
            {
                long tileEnd = Math.Min(end, tile + BatchStatistics.TileRows);
                for (int c = 0; c < channels; c += TLanes.Count)
                {
                    TLanes total = TLanes.Broadcast(0f), byCurrent = total, byShortcut = total;
                    TLanes center = TLanes.Load(mean + c);
                    TLanes shortcutCenter = TShortcut.Exist ? TLanes.Load(shortcutMean + c) : default;
                    for (long row = tile; row < tileEnd; row++)
                    {
                        var input = new LifInput<TLanes, TElement, TShortcut>(a, row, c);
                        TLanes left = TLanes.Broadcast(0f);
                        for (int t = 0; t < a.TimeSteps; t++)
                        {
                            TLanes u = TLanes.MultiplyAddFloats(left, decay, input.At(t));
                            left = TLanes.ClearWhere(u, TLanes.GreaterThan(u, threshold));
                            us[t] = u;
                        }
                        TLanes carried = TLanes.Broadcast(0f), overTime = carried;
                        long first = (row * channels + c) * TElement.Size;
                        for (int t = a.TimeSteps - 1; t >= 0; t--)
                        {
                            TLanes u = us[t];
                            var throughSpike = TElement.Load<TLanes>(gradient + first + t * step);
                            if (secondGradient != null)
                                throughSpike = TLanes.AddFloats(throughSpike, TElement.Load<TLanes>(secondGradient + first + t * step));
                            if (!a.DetachReset)
                                throughSpike = TLanes.SubtractFloats(throughSpike, TLanes.MultiplyFloats(carried, u));
                            TLanes inWindow = TLanes.GreaterThan(
                                halfWidth, TLanes.AbsoluteFloats(TLanes.SubtractFloats(u, threshold))); // the rectangle
                            // dL/du[t] = dL/do[t] do/du + dL/du[t+1] (tau (1 - o[t]) - tau u[t] do/du) (Eq. 13-14), carried being
                            // tau dL/du[t+1]
                            TLanes du = TLanes.AddFloats(
                                TLanes.KeepWhere(TLanes.MultiplyFloats(throughSpike, slope), inWindow),
                                TLanes.ClearWhere(carried, TLanes.GreaterThan(u, threshold)));
                            carried = TLanes.MultiplyFloats(du, decay);
                            overTime = TLanes.AddFloats(overTime, du);
                            if (a.IsStatic)
                                continue;
                            TElement.Store(du, gradient + first + t * step);
                            byCurrent = TLanes.MultiplyAddFloats(du, TLanes.SubtractFloats(input.Current(t), center), byCurrent);
                            if (TShortcut.Exist)
                                byShortcut = TLanes.MultiplyAddFloats(du, TLanes.SubtractFloats(input.Shortcut(t), shortcutCenter), byShortcut);
                        }
                        total = TLanes.AddFloats(total, overTime);
                        if (a.IsStatic)
                        {
                            TElement.Store(overTime, gradient + first);
                            byCurrent = TLanes.MultiplyAddFloats(overTime, TLanes.SubtractFloats(input.Current(0), center), byCurrent);
                        }
                    }
                    TLanes.AddToDoubles(total, sum + c);
                    TLanes.AddToDoubles(byCurrent, sum + channels + c);
                    if (TShortcut.Exist)
                        TLanes.AddToDoubles(byShortcut, sum + 2 * channels + c);
                }
            }
        });
        return BatchStatistics.Total(sums.Span, 3 * channels);
    }

    /// <summary>
    /// The gradient by the values that a tdBN normalized: scale * gradient + slope * (value - mean) + offset. The target may be the values
    /// or the gradient.
    /// </summary>
    /// <param name="values">[rows, C], rows <paramref name="valueStride"/> bytes apart.</param>
    /// <param name="valueStride">In bytes.</param>
    /// <param name="gradient">By the tdBN's output, [rows, C].</param>
    /// <param name="target">[rows, C].</param>
    /// <param name="rows">Over all time steps.</param>
    /// <param name="gradients">Scale, slope, mean and offset of each channel.</param>
    public static void BackwardNormalization<TLanes, TElement, TValues>(
        byte* values, int valueStride, byte* gradient, byte* target, long rows, NormalizationGradient gradients)
        where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement where TValues : IShortcutValues
    {
        int channels = gradients.Mean.Length;
        ParallelRange.For(rows, BatchStatistics.BlockRows(channels), (start, end) =>
        {
            fixed (float* scale = gradients.Scale, slope = gradients.Slope, mean = gradients.Mean, offset = gradients.Offset)
            {
                for (long row = start; row < end; row++)
                {
                    for (int c = 0; c < channels; c += TLanes.Count)
                    {
                        long at = (row * channels + c) * TElement.Size;
                        TLanes deviation = TLanes.SubtractFloats(
                            TValues.Load<TLanes>(values + row * valueStride, c), TLanes.Load(mean + c));
                        TLanes outer = TLanes.MultiplyAddFloats(
                            TLanes.Load(scale + c), TElement.Load<TLanes>(gradient + at), TLanes.Load(offset + c));
                        TElement.Store(TLanes.MultiplyAddFloats(TLanes.Load(slope + c), deviation, outer), target + at);
                    }
                }
            }
        });
    }

    /// <summary>
    /// The current x of a vector of neurons. Forward and backward pass both take it from here: they must round alike, so that they agree on
    /// every spike.
    /// </summary>
    private readonly ref struct LifInput<TLanes, TElement, TShortcut>
        where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement where TShortcut : IShortcutValues
    {
        private readonly byte* _current;
        private readonly byte* _shortcut;
        private readonly long _step;
        private readonly long _shortcutStep;
        private readonly int _channel;
        private readonly TLanes _scale;
        private readonly TLanes _shortcutScale;
        private readonly TLanes _shift;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public LifInput(in NormalizedLifArguments a, long row, int channel)
        {
            _current = a.Current + (row * a.Channels + channel) * TElement.Size;
            _step = a.IsStatic ? 0 : a.Rows * a.Channels * TElement.Size;
            _shortcut = a.Shortcut + row * a.ShortcutStride;
            _shortcutStep = a.Rows * a.ShortcutStride;
            _channel = channel;
            _scale = TLanes.Load(a.Scale + channel);
            _shift = TLanes.Load(a.Shift + channel);
            _shortcutScale = TShortcut.Exist ? TLanes.Load(a.ShortcutScale + channel) : default;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Current(int t) => TElement.Load<TLanes>(_current + t * _step);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Shortcut(int t) => TShortcut.Load<TLanes>(_shortcut + t * _shortcutStep, _channel);

        /// <summary>x[t] (Eq. 5-6), the shortcut's added.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes At(int t)
        {
            TLanes x = TLanes.MultiplyAddFloats(Current(t), _scale, _shift);
            return TShortcut.Exist ? TLanes.MultiplyAddFloats(Shortcut(t), _shortcutScale, x) : x;
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Snn;

/// <summary>
/// tdBN, the sum with a normalised shortcut, and LIF neurons over all time steps in one pass over memory, and the gradient of all that in
/// two. Computes in float32 on all cores; nothing depends on the number of threads.
/// </summary>
internal static unsafe class NormalizedLifKernel
{
    private const int BlockRows = BatchStatistics.BlockRows;

    /// <summary>Writes which neurons fire.</summary>
    public static void Forward<TElement, TShortcut>(NormalizedLifArguments arguments, SpikeMask spikes)
        where TElement : IElement where TShortcut : IShortcutValues
    {
        ParallelRange.For(arguments.Rows, BlockRows / 4, (start, end) =>
        {
            NormalizedLifArguments a = arguments;
            byte* bits = spikes.Bytes;
            int pixelBytes = spikes.PixelBytes;
            Vector256<float> decay = Vector256.Create(a.Decay), threshold = Vector256.Create(a.Threshold);
            for (long row = start; row < end; row++)
            {
                for (int c = 0; c < a.Channels; c += 8)
                {
                    var input = new LifInput<TElement, TShortcut>(a, row, c);
                    byte* target = bits + row * pixelBytes + c / 8;
                    Vector256<float> left = Vector256<float>.Zero;
                    for (int t = 0; t < a.TimeSteps; t++, target += a.Rows * pixelBytes)
                    {
                        Vector256<float> u = Vector256.FusedMultiplyAdd(left, decay, input.At(t)); // Eq. 2
                        Vector256<float> fired = Vector256.GreaterThan(u, threshold); // Eq. 3
                        left = Vector256.AndNot(u, fired);
                        *target = (byte)fired.ExtractMostSignificantBits();
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
    public static double[] Backward<TElement, TShortcut>(
        NormalizedLifArguments arguments, byte* gradient, byte* secondGradient, float* mean, float* shortcutMean)
        where TElement : IElement where TShortcut : IShortcutValues
    {
        int channels = arguments.Channels;
        var sums = new double[(arguments.Rows + BlockRows - 1) / BlockRows * 3 * channels];
        ParallelRange.For(arguments.Rows, BlockRows, (start, end) =>
        {
            NormalizedLifArguments a = arguments;
            Vector256<float>* us = stackalloc Vector256<float>[a.TimeSteps];
            Span<double> sum = sums.AsSpan((int)(start / BlockRows) * 3 * channels, 3 * channels);
            Vector256<float> decay = Vector256.Create(a.Decay), threshold = Vector256.Create(a.Threshold);
            Vector256<float> slope = Vector256.Create(1 / a.SurrogateWidth), halfWidth = Vector256.Create(a.SurrogateWidth / 2);
            long step = a.Rows * channels * TElement.Size;
            for (long tile = start; tile < end; tile += BatchStatistics.TileRows)
            {
                long tileEnd = Math.Min(end, tile + BatchStatistics.TileRows);
                for (int c = 0; c < channels; c += 8)
                {
                    Vector256<float> total = Vector256<float>.Zero, byCurrent = total, byShortcut = total;
                    Vector256<float> center = Vector256.Load(mean + c);
                    Vector256<float> shortcutCenter = TShortcut.Exist ? Vector256.Load(shortcutMean + c) : default;
                    for (long row = tile; row < tileEnd; row++)
                    {
                        var input = new LifInput<TElement, TShortcut>(a, row, c);
                        Vector256<float> left = Vector256<float>.Zero;
                        for (int t = 0; t < a.TimeSteps; t++)
                        {
                            Vector256<float> u = Vector256.FusedMultiplyAdd(left, decay, input.At(t));
                            left = Vector256.AndNot(u, Vector256.GreaterThan(u, threshold));
                            us[t] = u;
                        }
                        Vector256<float> carried = Vector256<float>.Zero, overTime = carried;
                        long first = (row * channels + c) * TElement.Size;
                        for (int t = a.TimeSteps - 1; t >= 0; t--)
                        {
                            Vector256<float> u = us[t];
                            Vector256<float> throughSpike = TElement.Load(gradient + first + t * step);
                            if (secondGradient != null)
                                throughSpike += TElement.Load(secondGradient + first + t * step);
                            if (!a.DetachReset)
                                throughSpike -= carried * u;
                            Vector256<float> inWindow = Vector256.LessThan(Vector256.Abs(u - threshold), halfWidth); // Eq. 4
                            // dL/du[t] = dL/do[t] do/du + dL/du[t+1] (tau (1 - o[t]) - tau u[t] do/du), carried being tau dL/du[t+1]
                            Vector256<float> du = (throughSpike * slope & inWindow)
                                + Vector256.AndNot(carried, Vector256.GreaterThan(u, threshold));
                            carried = du * decay;
                            overTime += du;
                            if (a.IsStatic)
                                continue;
                            TElement.Store(du, gradient + first + t * step);
                            byCurrent = Vector256.FusedMultiplyAdd(du, input.Current(t) - center, byCurrent);
                            if (TShortcut.Exist)
                                byShortcut = Vector256.FusedMultiplyAdd(du, input.Shortcut(t) - shortcutCenter, byShortcut);
                        }
                        total += overTime;
                        if (a.IsStatic)
                        {
                            TElement.Store(overTime, gradient + first);
                            byCurrent = Vector256.FusedMultiplyAdd(overTime, input.Current(0) - center, byCurrent);
                        }
                    }
                    BatchStatistics.AddTo(sum[c..], total);
                    BatchStatistics.AddTo(sum[(channels + c)..], byCurrent);
                    if (TShortcut.Exist)
                        BatchStatistics.AddTo(sum[(2 * channels + c)..], byShortcut);
                }
            }
        });
        return BatchStatistics.Total(sums, 3 * channels);
    }

    /// <summary>
    /// The gradient by the values that a tdBN normalised: scale * gradient + slope * (value - mean) + offset. The target may be the values
    /// or the gradient.
    /// </summary>
    /// <param name="values">[rows, C], rows <paramref name="valueStride"/> bytes apart.</param>
    /// <param name="valueStride">In bytes.</param>
    /// <param name="gradient">By the tdBN's output, [rows, C].</param>
    /// <param name="target">[rows, C].</param>
    /// <param name="rows">Over all time steps.</param>
    /// <param name="gradients">Scale, slope, mean and offset of each channel.</param>
    public static void BackwardNormalization<TElement, TValues>(
        byte* values, int valueStride, byte* gradient, byte* target, long rows, NormalizationGradient gradients)
        where TElement : IElement where TValues : IShortcutValues
    {
        int channels = gradients.Mean.Length;
        ParallelRange.For(rows, BlockRows / 4, (start, end) =>
        {
            fixed (float* scale = gradients.Scale, slope = gradients.Slope, mean = gradients.Mean, offset = gradients.Offset)
            {
                for (long row = start; row < end; row++)
                {
                    for (int c = 0; c < channels; c += 8)
                    {
                        long at = (row * channels + c) * TElement.Size;
                        Vector256<float> deviation = TValues.Load(values + row * valueStride, c) - Vector256.Load(mean + c);
                        Vector256<float> outer = Vector256.FusedMultiplyAdd(
                            Vector256.Load(scale + c), TElement.Load(gradient + at), Vector256.Load(offset + c));
                        TElement.Store(Vector256.FusedMultiplyAdd(Vector256.Load(slope + c), deviation, outer), target + at);
                    }
                }
            }
        });
    }

    /// <summary>
    /// The current x of eight neurons. Forward and backward pass both take it from here: they must round alike, so that they agree on
    /// every spike.
    /// </summary>
    private readonly ref struct LifInput<TElement, TShortcut> where TElement : IElement where TShortcut : IShortcutValues
    {
        private readonly byte* _current;
        private readonly byte* _shortcut;
        private readonly long _step;
        private readonly long _shortcutStep;
        private readonly int _channel;
        private readonly Vector256<float> _scale;
        private readonly Vector256<float> _shortcutScale;
        private readonly Vector256<float> _shift;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public LifInput(in NormalizedLifArguments a, long row, int channel)
        {
            _current = a.Current + (row * a.Channels + channel) * TElement.Size;
            _step = a.IsStatic ? 0 : a.Rows * a.Channels * TElement.Size;
            _shortcut = a.Shortcut + row * a.ShortcutStride;
            _shortcutStep = a.Rows * a.ShortcutStride;
            _channel = channel;
            _scale = Vector256.Load(a.Scale + channel);
            _shift = Vector256.Load(a.Shift + channel);
            _shortcutScale = TShortcut.Exist ? Vector256.Load(a.ShortcutScale + channel) : default;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Current(int t) => TElement.Load(_current + t * _step);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Shortcut(int t) => TShortcut.Load(_shortcut + t * _shortcutStep, _channel);

        /// <summary>x[t] (Eq. 7-8), the shortcut's added.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> At(int t)
        {
            Vector256<float> x = Vector256.FusedMultiplyAdd(Current(t), _scale, _shift);
            return TShortcut.Exist ? Vector256.FusedMultiplyAdd(Shortcut(t), _shortcutScale, x) : x;
        }
    }
}

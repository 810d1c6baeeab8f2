using Microsoft.ML.Snn.Engine.Vectors;
using Microsoft.ML.Snn.Torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// tdBN, the sum with a normalized shortcut, and LIF neurons over all time steps in one pass over memory, and the gradient of all that in
/// two. Computes in float32 on all cores; nothing depends on the number of threads.
/// </summary>
internal static unsafe class NormalizedLifKernel
{
    /// <summary>Writes which neurons fire.</summary>
    public static void Forward<TLanes, TElement, TShortcut, TNeuron>(NormalizedLifArguments arguments, SpikeMask spikes)
        where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement where TShortcut : IShortcutValues where TNeuron : INeuronKind
    {
        ParallelRange.For(arguments.Rows, BatchStatistics.BlockRows(arguments.Channels), (start, end) =>
        {
            NormalizedLifArguments a = arguments;
            byte* bits = spikes.Bytes;
            int pixelBytes = spikes.PixelBytes;
            TLanes decay = TLanes.Broadcast(a.Decay), threshold = TLanes.Broadcast(a.Threshold);
            int maxSpikes = a.MaxSpikes;
            for (long row = start; row < end; row++)
            {
                for (int c = 0; c < a.Channels; c += TLanes.Count)
                {
                    var input = new LifInput<TLanes, TElement, TShortcut>(a, row, c);
                    byte* target = bits + row * pixelBytes + c / 8;
                    if (TNeuron.Learns)
                        (decay, threshold) = (TLanes.Load(a.Decays + c), TLanes.Load(a.Thresholds + c));
                    TLanes left = TLanes.Broadcast(0f);
                    for (int t = 0; t < a.TimeSteps; t++, target += a.Rows * pixelBytes)
                    {
                        TLanes u = TLanes.MultiplyAddFloats(left, decay, input.At(t)); // Eq. 2
                        TLanes fired = TLanes.GreaterThan(u, threshold); // Eq. 3
                        left = TLanes.ClearWhere(u, fired);
                        if (maxSpikes == 1)
                        {
                            SpikeMask.Write(fired, target);
                        }
                        else
                        {
                            float* thresholds = TNeuron.Learns ? a.Thresholds + c : null;
                            WriteCount(u, a.Threshold, thresholds, maxSpikes, target, spikes.PlaneBytes);
                        }
                    }
                }
            }
        });
    }

    /// <summary>Writes how many thresholds potentials exceed, bit by bit into the planes of the mask.</summary>
    // Takes values, not the arguments: with their address passed on, the loop that calls it would read them from memory.
    private static void WriteCount<TLanes>(TLanes u, float threshold, float* thresholds, int maxSpikes, byte* target, long planeBytes)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes first = thresholds == null ? TLanes.Broadcast(threshold) : TLanes.Load(thresholds);
        Span<uint> planes = stackalloc uint[SpikeMask.MaxPlanes];
        planes.Clear();
        for (int spike = 1; spike <= maxSpikes; spike++)
        {
            uint exceeds = TLanes.ToBits(TLanes.GreaterThan(u, TLanes.MultiplyFloats(first, TLanes.Broadcast((float)(2 * spike - 1)))));
            // Counting on in binary: one spike more turns a bit, and those above it as long as there is a carry.
            for (int plane = 0; exceeds != 0; plane++)
            {
                uint carry = planes[plane] & exceeds;
                planes[plane] ^= exceeds;
                exceeds = carry;
            }
        }
        for (int plane = 0; plane < SpikeMask.PlanesFor(maxSpikes); plane++)
            SpikeMask.WriteBits<TLanes>(planes[plane], target + plane * planeBytes);
    }

    /// <summary>
    /// Replaces the gradient by the spikes, [T, rows, C], by that by the current x ([rows, C] at its beginning where static) and returns
    /// three sums a channel, [3 * C]: of that gradient, of its product with the deviation of the convolution's output from its mean, and
    /// with that of the shortcut. Of neurons that learn two more, [5 * C]: the gradients by decay and by threshold.
    /// </summary>
    /// <param name="arguments">As in the forward pass.</param>
    /// <param name="gradient">By the spikes.</param>
    /// <param name="secondGradient">To be added to it; null for none.</param>
    /// <param name="mean">Of the convolution's output, [C].</param>
    /// <param name="shortcutMean">Of the shortcut, [C].</param>
    public static double[] Backward<TLanes, TElement, TShortcut, TSurrogate, TNeuron>(
        NormalizedLifArguments arguments, byte* gradient, byte* secondGradient, float* mean, float* shortcutMean)
        where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement where TShortcut : IShortcutValues where TSurrogate : ISurrogate
        where TNeuron : INeuronKind
    {
        int width = LifTileGradient<TLanes, TElement, TShortcut, TSurrogate, TNeuron>.SumsPerChannel * arguments.Channels;
        int channels = arguments.Channels, blockRows = BatchStatistics.BlockRows(channels);
        using var sums = new ScratchMemory<double>((arguments.Rows + blockRows - 1) / blockRows * width);
        sums.Span.Clear();
        double* blockSums = sums.Address;
        ParallelRange.For(arguments.Rows, blockRows, (start, end) =>
        {
            TLanes* potentials = stackalloc TLanes[arguments.TimeSteps];
            var tiles = new LifTileGradient<TLanes, TElement, TShortcut, TSurrogate, TNeuron>(
                arguments, gradient, secondGradient, mean, shortcutMean, potentials);
            double* sum = blockSums + start / blockRows * width;
            for (long tile = start; tile < end; tile += BatchStatistics.TileRows)
            {
                long tileEnd = Math.Min(end, tile + BatchStatistics.TileRows);
                for (int c = 0; c < channels; c += TLanes.Count)
                    tiles.Run(tile, tileEnd, c, sum);
            }
        });
        return BatchStatistics.Total(sums.Span, width);
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
}

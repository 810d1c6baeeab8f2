using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>The backward pass of <see cref="NormalizedLifKernel"/> over a tile: a few rows of one vector of channels.</summary>
/// <param name="arguments">As in the forward pass.</param>
/// <param name="gradient">By the spikes, [T, rows, C]; replaced.</param>
/// <param name="secondGradient">To be added to it; null for none.</param>
/// <param name="mean">Of the convolution's output, [C].</param>
/// <param name="shortcutMean">Of the shortcut, [C].</param>
/// <param name="potentials">Room for u at each step, [T].</param>
internal readonly unsafe ref struct LifTileGradient<TLanes, TElement, TShortcut, TSurrogate, TNeuron>(
    NormalizedLifArguments arguments, byte* gradient, byte* secondGradient, float* mean, float* shortcutMean, TLanes* potentials)
    where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement where TShortcut : IShortcutValues where TSurrogate : ISurrogate
    where TNeuron : INeuronKind
{
    /// <summary>Sums that <see cref="Run"/> adds to.</summary>
    public static int SumsPerChannel => TNeuron.Learns ? 5 : 3;

    private readonly NormalizedLifArguments _arguments = arguments;
    private readonly byte* _gradient = gradient, _secondGradient = secondGradient;
    private readonly float* _mean = mean, _shortcutMean = shortcutMean;
    private readonly TLanes* _potentials = potentials;

    /// <summary>Replaces the tile's part of the gradient and adds its part of the sums.</summary>
    /// <param name="first">Row.</param>
    /// <param name="end">Row after the last.</param>
    /// <param name="channel">First of the vector.</param>
    /// <param name="sums">[<see cref="SumsPerChannel"/> * C].</param>
    public void Run(long first, long end, int channel, double* sums)
    {
        NormalizedLifArguments a = _arguments;
        byte* target = _gradient, second = _secondGradient;
        TLanes* us = _potentials;
        long step = a.Rows * a.Channels * TElement.Size;
        TLanes decay = TNeuron.Learns ? TLanes.Load(a.Decays + channel) : TLanes.Broadcast(a.Decay);
        TLanes threshold = TNeuron.Learns ? TLanes.Load(a.Thresholds + channel) : TLanes.Broadcast(a.Threshold);
        TLanes slope = TLanes.Broadcast(1 / a.SurrogateWidth), halfWidth = TLanes.Broadcast(a.SurrogateWidth / 2);
        TLanes center = TLanes.Load(_mean + channel);
        TLanes shortcutCenter = TShortcut.Exist ? TLanes.Load(_shortcutMean + channel) : default;
        int maxSpikes = a.MaxSpikes;
        TLanes total = TLanes.Broadcast(0f), byCurrent = total, byShortcut = total, byDecay = total, byThreshold = total;
        for (long row = first; row < end; row++)
        {
            var input = new LifInput<TLanes, TElement, TShortcut>(a, row, channel);
            TLanes left = TLanes.Broadcast(0f);
            for (int t = 0; t < a.TimeSteps; t++)
            {
                TLanes u = TLanes.MultiplyAddFloats(left, decay, input.At(t));
                left = TLanes.ClearWhere(u, TLanes.GreaterThan(u, threshold));
                us[t] = u;
            }
            TLanes carried = TLanes.Broadcast(0f), overTime = carried;
            long place = (row * a.Channels + channel) * TElement.Size;
            for (int t = a.TimeSteps - 1; t >= 0; t--)
            {
                TLanes u = us[t];
                var throughSpike = TElement.Load<TLanes>(target + place + t * step);
                if (second != null)
                    throughSpike = TLanes.AddFloats(throughSpike, TElement.Load<TLanes>(second + place + t * step));
                if (a.PenaltyGradient != 0)
                    throughSpike = TLanes.AddFloats(throughSpike, TLanes.Broadcast(a.PenaltyGradient));
                TLanes outer = throughSpike;
                if (!a.DetachReset)
                    throughSpike = TLanes.SubtractFloats(throughSpike, TLanes.MultiplyFloats(carried, u));
                TLanes distance = TLanes.AbsoluteFloats(TLanes.SubtractFloats(u, threshold));
                // dL/du[t] = dL/do[t] do/du + dL/du[t+1] (tau (1 - o[t]) - tau u[t] do/du) (Eq. 13-14), carried being tau dL/du[t+1]
                TLanes inner = TSurrogate.Apply(throughSpike, distance, slope, halfWidth);
                TLanes du = TLanes.AddFloats(inner, TLanes.ClearWhere(carried, TLanes.GreaterThan(u, threshold)));
                if (TNeuron.Learns)
                    byThreshold = TLanes.SubtractFloats(byThreshold, inner); // do/dVth = -do/du
                for (int spike = 2; spike <= maxSpikes; spike++)
                {
                    TLanes multiple = TLanes.Broadcast((float)(2 * spike - 1));
                    distance = TLanes.AbsoluteFloats(TLanes.SubtractFloats(u, TLanes.MultiplyFloats(threshold, multiple)));
                    inner = TSurrogate.Apply(outer, distance, slope, halfWidth);
                    du = TLanes.AddFloats(du, inner);
                    if (TNeuron.Learns)
                        byThreshold = TLanes.SubtractFloats(byThreshold, TLanes.MultiplyFloats(inner, multiple));
                }
                if (TNeuron.Learns && t > 0)
                    byDecay = TLanes.MultiplyAddFloats(du, TLanes.ClearWhere(us[t - 1], TLanes.GreaterThan(us[t - 1], threshold)), byDecay);
                carried = TLanes.MultiplyFloats(du, decay);
                overTime = TLanes.AddFloats(overTime, du);
                if (a.IsStatic)
                    continue;
                TElement.Store(du, target + place + t * step);
                byCurrent = TLanes.MultiplyAddFloats(du, TLanes.SubtractFloats(input.Current(t), center), byCurrent);
                if (TShortcut.Exist)
                    byShortcut = TLanes.MultiplyAddFloats(du, TLanes.SubtractFloats(input.Shortcut(t), shortcutCenter), byShortcut);
            }
            total = TLanes.AddFloats(total, overTime);
            if (a.IsStatic)
            {
                TElement.Store(overTime, target + place);
                byCurrent = TLanes.MultiplyAddFloats(overTime, TLanes.SubtractFloats(input.Current(0), center), byCurrent);
            }
        }
        TLanes.AddToDoubles(total, sums + channel);
        TLanes.AddToDoubles(byCurrent, sums + a.Channels + channel);
        if (TShortcut.Exist)
            TLanes.AddToDoubles(byShortcut, sums + 2 * a.Channels + channel);
        if (TNeuron.Learns)
        {
            TLanes.AddToDoubles(byDecay, sums + 3 * a.Channels + channel);
            TLanes.AddToDoubles(byThreshold, sums + 4 * a.Channels + channel);
        }
    }
}

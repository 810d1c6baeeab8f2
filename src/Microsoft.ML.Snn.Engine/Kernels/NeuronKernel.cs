using System.Runtime.CompilerServices;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Engine.Kernels;

/// <summary>What a neuron does with its input, for one block of channels of one pixel.</summary>
internal unsafe struct NeuronBlock
{
    /// <summary>Sums of each step in units of Scale: [steps, width].</summary>
    public int* Sums;

    /// <summary>The part of the input that is no sum of spikes: [steps, AnalogStride].</summary>
    public float* Analog;

    /// <summary>0 where all steps have the same.</summary>
    public int AnalogStride;

    public float* Scale, Decay, Threshold, Membrane;

    /// <summary>Take x and u, before the reset, of each step: [steps, width]. Only with <see cref="SpikesAndValues"/>.</summary>
    public float* Inputs, Potentials;

    /// <summary>Channels of the block, padding included.</summary>
    public int Width;

    public int Steps;
}

internal static unsafe class NeuronKernel<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>The steps of the block's neurons (Eq. 1-3).</summary>
    /// <param name="block">The neurons; their membrane potentials change.</param>
    /// <param name="fired">Takes, for each step, channel c of the block as bit c.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fire<TOutput, TReset>(in NeuronBlock block, ulong* fired)
        where TOutput : struct, INeuronOutput
        where TReset : struct, INeuronReset
    {
        int width = block.Width;
        for (int step = 0; step < block.Steps; step++)
            fired[step] = 0;
        for (int c = 0; c < width; c += TLanes.Count)
        {
            TLanes scale = TLanes.Load(block.Scale + c), decay = TLanes.Load(block.Decay + c), threshold = TLanes.Load(block.Threshold + c);
            TLanes u = TLanes.Load(block.Membrane + c);
            for (int step = 0; step < block.Steps; step++)
            {
                u = Integrate<TOutput>(block, step, c, scale, decay, u);
                TLanes o = TLanes.GreaterThan(u, threshold);
                fired[step] |= (ulong)TLanes.ToBits(o) << c;
                u = TReset.IsSoft ? TLanes.SubtractFloats(u, TLanes.KeepWhere(threshold, o)) : TLanes.ClearWhere(u, o);
            }
            TLanes.Store(u, block.Membrane + c);
        }
    }

    /// <summary>The same for neurons that send several spikes at once.</summary>
    /// <param name="block">The neurons; their membrane potentials change.</param>
    /// <param name="maxSpikes">The most spikes that one sends.</param>
    /// <param name="slots">Bits of the number.</param>
    /// <param name="fired">Takes, for each slot of each step, channel c of the block as bit c.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FireMany<TOutput, TReset>(in NeuronBlock block, int maxSpikes, int slots, ulong* fired)
        where TOutput : struct, INeuronOutput
        where TReset : struct, INeuronReset
    {
        int width = block.Width;
        for (int slot = 0; slot < block.Steps * slots; slot++)
            fired[slot] = 0;
        for (int c = 0; c < width; c += TLanes.Count)
        {
            TLanes scale = TLanes.Load(block.Scale + c), decay = TLanes.Load(block.Decay + c), threshold = TLanes.Load(block.Threshold + c);
            TLanes u = TLanes.Load(block.Membrane + c);
            for (int step = 0; step < block.Steps; step++)
            {
                u = Integrate<TOutput>(block, step, c, scale, decay, u);
                TLanes left = TReset.IsSoft ? u : TLanes.ClearWhere(u, TLanes.GreaterThan(u, threshold));
                ulong* bits = fired + step * slots;
                for (int spike = 1; spike <= maxSpikes; spike++)
                {
                    TLanes exceeds = TLanes.GreaterThan(u, TLanes.MultiplyFloats(threshold, TLanes.Broadcast((float)(2 * spike - 1))));
                    if (TReset.IsSoft)
                        left = TLanes.SubtractFloats(left, TLanes.KeepWhere(threshold, exceeds));
                    ulong more = (ulong)TLanes.ToBits(exceeds) << c;
                    // Counting on in binary: one spike more turns a bit, and those above it as long as there is a carry.
                    for (int slot = 0; more != 0; slot++)
                    {
                        ulong carry = bits[slot] & more;
                        bits[slot] ^= more;
                        more = carry;
                    }
                }
                u = left;
            }
            TLanes.Store(u, block.Membrane + c);
        }
    }

    /// <summary>u[t] of a vector of neurons, before the reset (Eq. 1-2).</summary>
    /// <param name="block">The neurons.</param>
    /// <param name="step">t, counted in the block.</param>
    /// <param name="channel">First of the vector.</param>
    /// <param name="scale">Value of one unit of the sums.</param>
    /// <param name="decay">tau.</param>
    /// <param name="left">What the step before has left.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Integrate<TOutput>(in NeuronBlock block, int step, int channel, TLanes scale, TLanes decay, TLanes left)
        where TOutput : struct, INeuronOutput
    {
        int place = step * block.Width + channel;
        TLanes sum = TLanes.ToFloats(TLanes.Load(block.Sums + place));
        TLanes x = TLanes.AddFloats(TLanes.Load(block.Analog + step * block.AnalogStride + channel), TLanes.MultiplyFloats(sum, scale));
        TLanes u = TLanes.AddFloats(TLanes.MultiplyFloats(decay, left), x);
        if (TOutput.HasValues)
        {
            TLanes.Store(x, block.Inputs + place);
            TLanes.Store(u, block.Potentials + place);
        }
        return u;
    }

    /// <summary>What an identity shortcut adds to the sums: its scale where the source's channel fires.</summary>
    /// <param name="spikes">Channel c of the block as bit c.</param>
    public static void AddIdentity(ulong spikes, int* scale, int width, int* sums)
    {
        for (int c = 0; c < width; c += TLanes.Count)
        {
            TLanes active = TLanes.KeepWhere(TLanes.Load(scale + c), TLanes.FromBits((uint)(spikes >> c)));
            TLanes.Store(TLanes.AddIntegers(TLanes.Load(sums + c), active), sums + c);
        }
    }

    /// <summary>The last layer: its output is added up over time (Eq. 11).</summary>
    /// <param name="block">The outputs.</param>
    /// <param name="total">[width]: the sum so far.</param>
    /// <param name="totals">Takes the sum after each step: [steps, stride].</param>
    /// <param name="stride">Of the totals.</param>
    public static void AddScores(in NeuronBlock block, float* total, float* totals, int stride)
    {
        for (int step = 0; step < block.Steps; step++)
        {
            for (int c = 0; c < block.Width; c += TLanes.Count)
            {
                TLanes sum = TLanes.ToFloats(TLanes.Load(block.Sums + step * block.Width + c));
                TLanes x = TLanes.AddFloats(
                    TLanes.Load(block.Analog + step * block.AnalogStride + c), TLanes.MultiplyFloats(sum, TLanes.Load(block.Scale + c)));
                TLanes after = TLanes.AddFloats(TLanes.Load(total + c), x);
                TLanes.Store(after, total + c);
                TLanes.Store(after, totals + step * stride + c);
            }
        }
    }
}

using System.Numerics;
using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Engine.Kernels;

/// <summary>
/// Computes one item of a layer's work over a block of time steps: adds up the weight rows of active inputs, then lets the neurons fire.
/// </summary>
internal static unsafe class LayerKernel<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <param name="run">Holds the layer's inputs and takes its spikes.</param>
    /// <param name="index">The layer.</param>
    /// <param name="item">The item of its schedule.</param>
    /// <param name="scratch">The worker's own.</param>
    public static void Run(RunState run, int index, int item, KernelScratch scratch)
    {
        SpikingLayer layer = run.Layers[index];
        (int firstLine, int endLine, int firstBlock, int endBlock) = run.Schedules[index][item];
        scratch.ListActiveRows<TLanes>(run, index, firstLine, endLine);
        // Block by block, so that its weights stay in the cache while all pixels use them.
        for (int block = firstBlock; block < endBlock; block++)
        {
            for (int y = firstLine; y < endLine; y++)
            {
                for (int x = 0; x < layer.Width; x++)
                    Compute(new PixelBlock(run, index, block, y, x, y - firstLine, scratch));
            }
        }
    }

    private static void Compute(in PixelBlock at)
    {
        (RunState run, SpikingLayer layer) = (at.Run, at.Layer);
        LayerState state = run.States[at.Index];
        AddRows(at);
        AddIdentities(at);
        if (run.Slots > 1 && layer.HasSpikes)
        {
            RowSums<TLanes>.JoinSlots(at.Width, at.Scratch.Sums.Pointer, run.Steps, run.Slots);
            at.Scratch.Ledger?.Add(
                at.Index, additions: (long)at.Channels * run.Steps * RowSums<TLanes>.AdditionsByJoining(run.Slots));
        }
        var neurons = new NeuronBlock
        {
            Sums = at.Scratch.Sums.Pointer,
            Scale = layer.Scale.Pointer + at.Channel,
            Width = at.Width,
            Steps = run.Steps,
        };
        neurons.Analog = BiasAndAnalogInput(at, out neurons.AnalogStride);
        long outputs = (long)at.Channels * run.Steps;
        if (layer.Threshold is null)
        {
            at.Scratch.Ledger?.Add(at.Index, additions: outputs, multiplications: outputs);
            NeuronKernel<TLanes>.AddScores(
                neurons, state.Scores!.Pointer + at.Channel, run.ScoresAfter(0) + at.Channel, layer.PaddedChannels);
            return;
        }
        neurons.Decay = layer.Decay!.Pointer + at.Channel;
        neurons.Threshold = layer.Threshold.Pointer + at.Channel;
        neurons.Membrane = state.Membrane is { } kept ? kept.Pointer + at.PixelOffset : at.Scratch.Membrane.Pointer;
        if (!run.HasStepBefore)
            new Span<float>(neurons.Membrane, at.Width).Clear();
        // The sum's scaling, and the leak.
        at.Scratch.Ledger?.Add(at.Index, multiplications: 2 * outputs);
        if (layer.HasSoftReset)
            at.Scratch.Ledger?.Add(at.Index, additions: layer.MaxSpikes * outputs);
        ulong* fired = stackalloc ulong[SpikePatterns.MaxSteps];
        if (run.Values is { } values)
            FireAndKeepValues(neurons, fired, at, values);
        else
            Fire<SpikesAlone>(neurons, fired, at);
        for (int slot = 0; slot < run.Steps * run.Slots; slot++)
            WriteSpikes(run.Spikes(at.Index, slot) + (nint)at.Pixel * layer.Words, at.Channel, at.Width, fired[slot]);
    }

    private static void Fire<TOutput>(in NeuronBlock neurons, ulong* fired, in PixelBlock at)
        where TOutput : struct, INeuronOutput
    {
        if (at.Layer.HasSoftReset)
            Fire<TOutput, SoftReset>(neurons, fired, at);
        else
            Fire<TOutput, HardReset>(neurons, fired, at);
    }

    private static void Fire<TOutput, TReset>(in NeuronBlock neurons, ulong* fired, in PixelBlock at)
        where TOutput : struct, INeuronOutput
        where TReset : struct, INeuronReset
    {
        if (at.Run.Slots == 1)
            NeuronKernel<TLanes>.Fire<TOutput, TReset>(neurons, fired);
        else
            NeuronKernel<TLanes>.FireMany<TOutput, TReset>(neurons, at.Layer.MaxSpikes, at.Run.Slots, fired);
    }

    private static void FireAndKeepValues(NeuronBlock neurons, ulong* fired, in PixelBlock at, NeuronValues values)
    {
        float* inputs = stackalloc float[SpikePatterns.MaxSteps * WeightRows.MaxBlockWidth];
        float* potentials = stackalloc float[SpikePatterns.MaxSteps * WeightRows.MaxBlockWidth];
        neurons.Inputs = inputs;
        neurons.Potentials = potentials;
        Fire<SpikesAndValues>(neurons, fired, at);
        int first = at.Pixel * at.Layer.Channels + at.Channel;
        for (int step = 0; step < neurons.Steps; step++)
        {
            new ReadOnlySpan<float>(inputs + step * at.Width, at.Channels).CopyTo(values.Inputs(step)[first..]);
            new ReadOnlySpan<float>(potentials + step * at.Width, at.Channels).CopyTo(values.Potentials(step)[first..]);
        }
    }

    /// <summary>The part of x that spikes add through weights: [slots of all steps, width].</summary>
    private static void AddRows(in PixelBlock at)
    {
        (RunState run, SpikingLayer layer, OperationLedger? ledger) = (at.Run, at.Layer, at.Scratch.Ledger);
        WeightRows weights = layer.Weights;
        int* sums = at.Scratch.Sums.Pointer;
        int width = at.Width, slots = run.Steps * run.Slots, patterns = SpikePatterns.Count(slots);
        if (layer.SpikeTerms.IsEmpty)
        {
            new Span<int>(sums, slots * width).Clear();
            return;
        }
        for (int i = 0; i < layer.SpikeTerms.Length; i++)
        {
            SpikeTerm term = layer.SpikeTerms[i];
            Window window = term.Window;
            ActiveRows active = at.Scratch.ActiveRows[i];
            int left = at.X * window.Stride - window.Padding;
            var rows = new WindowRows
            {
                Weights = active.Origin(weights.Block(at.Block), at.X),
                Entries = active.Entries,
                Starts = active.Starts(at.Line, Math.Max(0, left)),
                Ends = active.Starts(at.Line, Math.Min(window.Width, left + window.Kernel)),
                Patterns = patterns,
            };
            ledger?.AddRows(at.Index, rows, at.Channels, run.Slots);
            if (weights.IsNarrow)
            {
                RowSums<TLanes>.AddNarrow(rows, width, sums, i == 0, term.LongestNarrowSum);
                ledger?.AddNarrowSums(at.Index, rows, at.Channels, i == 0, term.LongestNarrowSum);
            }
            else
                RowSums<TLanes>.AddWide(rows, width, sums, i == 0);
        }
        if (slots == 1)
        {
            // One slot has one pattern.
            new ReadOnlySpan<int>(sums + width, width).CopyTo(new(sums, width));
            return;
        }
        // Three slots are computed like four.
        int computed = SpikePatterns.Count(slots + 1 & ~1);
        new Span<int>(sums + (patterns + 1) * width, (computed - patterns) * width).Clear();
        RowSums<TLanes>.ByStep(width, sums, slots);
        ledger?.Add(at.Index, additions: (long)at.Channels * RowSums<TLanes>.AdditionsByStep(slots));
    }

    private static void AddIdentities(in PixelBlock at)
    {
        foreach (IdentityTerm term in at.Layer.IdentityTerms)
        {
            for (int slot = 0; slot < at.Run.Steps * at.Run.Slots; slot++)
            {
                ulong* pixel = at.Run.Spikes(term.Source, slot) + (nint)at.Pixel * at.Layer.Words;
                ulong spikes = pixel[at.Channel / 64] >> at.Channel % 64;
                NeuronKernel<TLanes>.AddIdentity(
                    spikes, term.Scale.Pointer + at.Channel, at.Width, at.Scratch.Sums.Pointer + slot * at.Width);
                // Silent channels add a 0.
                at.Scratch.Ledger?.Add(
                    at.Index, BitOperations.PopCount(spikes << 64 - at.Width) << slot % at.Run.Slots, at.Channels);
            }
        }
    }

    /// <summary>The part of x that is no sum of spikes: the bias, and on top of it what real inputs add.</summary>
    private static float* BiasAndAnalogInput(in PixelBlock at, out int stride)
    {
        (RunState run, SpikingLayer layer) = (at.Run, at.Layer);
        float* bias = layer.Bias.Pointer + at.Channel;
        stride = 0;
        if (layer.AnalogTerms.IsEmpty)
            return bias;
        float* kept = run.States[at.Index].Analog is { } analog ? analog.Pointer + at.PixelOffset : at.Scratch.Analog.Pointer;
        if (layer.AnalogIsStatic && run.HasStepBefore)
            return kept;
        int steps = layer.AnalogIsStatic ? 1 : run.Steps;
        for (int step = 0; step < steps; step++)
        {
            float* sums = kept + step * at.Width;
            new ReadOnlySpan<float>(bias, at.Width).CopyTo(new(sums, at.Width));
            foreach (AnalogTerm term in layer.AnalogTerms)
            {
                AnalogKernel<TLanes>.Add(term, run.Analog(term, step), at.Y, at.X, at.Channel, at.Width, sums);
                at.Scratch.Ledger?.AddAnalog(at.Index, term, run.Analog(term, step), at.Y, at.X, at.Channels);
            }
        }
        stride = layer.AnalogIsStatic ? 0 : at.Width;
        return kept;
    }

    private static void WriteSpikes(ulong* pixel, int channel, int width, ulong fired)
    {
        byte* target = (byte*)pixel + channel / 8;
        switch (width)
        {
            case 64: *(ulong*)target = fired; break;
            case 32: *(uint*)target = (uint)fired; break;
            default: *(ushort*)target = (ushort)fired; break;
        }
    }

    /// <summary>A block of channels of one pixel, in a run, on a worker.</summary>
    private readonly ref struct PixelBlock
    {
        public readonly RunState Run;
        public readonly SpikingLayer Layer;
        public readonly KernelScratch Scratch;

        /// <summary>The layer's index in the run.</summary>
        public readonly int Index;

        /// <summary>The block's index in the layer's weights.</summary>
        public readonly int Block;

        /// <summary>Place of the pixel; Line is its row counted from the first of the schedule's item.</summary>
        public readonly int Y, X, Line, Pixel;

        /// <summary>First channel, number of channels with padding, and without.</summary>
        public readonly int Channel, Width, Channels;

        public PixelBlock(RunState run, int index, int block, int y, int x, int line, KernelScratch scratch)
        {
            (Run, Layer, Scratch) = (run, run.Layers[index], scratch);
            (Index, Block, Y, X, Line) = (index, block, y, x, line);
            Pixel = y * Layer.Width + x;
            Width = Layer.Weights.BlockWidth;
            Channel = block * Width;
            Channels = Math.Min(Width, Layer.Channels - Channel);
        }

        /// <summary>Where the block lies in an array [H, W, padded channels].</summary>
        public nint PixelOffset => (nint)Pixel * Layer.PaddedChannels + Channel;
    }
}

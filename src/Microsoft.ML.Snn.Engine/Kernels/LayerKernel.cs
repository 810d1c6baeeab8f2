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
        if (!scratch.Holds(index, firstLine))
        {
            for (int term = 0; term < layer.SpikeTerms.Length; term++)
                scratch.Terms[term].List<TLanes>(run, layer.SpikeTerms[term], layer.Weights.RowBytes, firstLine, endLine);
        }
        // Block by block, so that its weights stay in the cache while all pixels use them.
        for (int block = firstBlock; block < endBlock; block++)
        {
            for (int y = firstLine; y < endLine; y++)
            {
                for (int x = 0; x < layer.Width; x++)
                    ComputePixel(run, index, block, y, x, y - firstLine, scratch);
            }
        }
    }

    private static void ComputePixel(RunState run, int index, int block, int y, int x, int line, KernelScratch scratch)
    {
        SpikingLayer layer = run.Layers[index];
        LayerState state = run.States[index];
        int width = layer.Weights.BlockWidth, channel = block * width, pixel = y * layer.Width + x;
        int channels = Math.Min(width, layer.Channels - channel);
        AddRows(run, index, block, x, line, channels, scratch);
        AddIdentities(run, index, channel, pixel, channels, scratch);
        var neurons = new NeuronBlock
        {
            Sums = scratch.Sums.Pointer,
            Scale = layer.Scale.Pointer + channel,
            Width = width,
            Steps = run.Steps,
        };
        neurons.Base = Base(run, index, channel, y, x, channels, scratch, out neurons.BaseStride);
        long outputs = (long)channels * run.Steps;
        if (layer.Threshold is null)
        {
            scratch.Ledger?.Add(index, additions: outputs, multiplications: outputs);
            NeuronKernel<TLanes>.AddScores(neurons, state.Scores!.Pointer + channel, run.ScoresAfter(0) + channel, layer.PaddedChannels);
            return;
        }
        neurons.Decay = layer.Decay!.Pointer + channel;
        neurons.Threshold = layer.Threshold.Pointer + channel;
        neurons.Membrane = state.Membrane is { } kept
            ? kept.Pointer + (nint)pixel * layer.PaddedChannels + channel : scratch.Membrane.Pointer;
        if (!run.HasStepBefore)
            new Span<float>(neurons.Membrane, width).Clear();
        // The sum's scaling, and the leak.
        scratch.Ledger?.Add(index, multiplications: 2 * outputs);
        ulong* fired = stackalloc ulong[SpikePatterns.MaxSteps];
        NeuronKernel<TLanes>.Fire(neurons, fired);
        for (int step = 0; step < run.Steps; step++)
            WriteSpikes(run.Spikes(index, step) + (nint)pixel * layer.Words, channel, width, fired[step]);
    }

    /// <summary>The part of x that spikes add through weights: [steps, width].</summary>
    private static void AddRows(RunState run, int index, int block, int x, int line, int channels, KernelScratch scratch)
    {
        SpikingLayer layer = run.Layers[index];
        WeightRows weights = layer.Weights;
        int* sums = scratch.Sums.Pointer;
        int width = weights.BlockWidth, patterns = SpikePatterns.Count(run.Steps);
        if (layer.SpikeTerms.IsEmpty)
        {
            new Span<int>(sums, run.Steps * width).Clear();
            return;
        }
        for (int i = 0; i < layer.SpikeTerms.Length; i++)
        {
            SpikeTerm term = layer.SpikeTerms[i];
            Window window = term.Window;
            ActiveRows active = scratch.Terms[i];
            int left = x * window.Stride - window.Kernel / 2;
            var rows = new WindowRows
            {
                Weights = active.Origin(weights.Block(block), x),
                Entries = active.Entries,
                Starts = active.Starts(line, Math.Max(0, left)),
                Ends = active.Starts(line, Math.Min(window.Width, left + window.Kernel)),
                Patterns = patterns,
            };
            scratch.Ledger?.AddRows(index, rows, channels);
            if (weights.IsNarrow)
            {
                RowSums<TLanes>.AddNarrow(rows, width, sums, i == 0, term.LongestNarrowSum);
                scratch.Ledger?.AddNarrowSums(index, rows, channels, i == 0, term.LongestNarrowSum);
            }
            else
                RowSums<TLanes>.AddWide(rows, width, sums, i == 0);
        }
        if (run.Steps == 1)
        {
            // One step has one pattern.
            new ReadOnlySpan<int>(sums + width, width).CopyTo(new(sums, width));
            return;
        }
        // Three steps are computed like four.
        int computed = SpikePatterns.Count(run.Steps + 1 & ~1);
        new Span<int>(sums + (patterns + 1) * width, (computed - patterns) * width).Clear();
        RowSums<TLanes>.ByStep(width, sums, run.Steps);
        scratch.Ledger?.Add(index, additions: (long)channels * RowSums<TLanes>.AdditionsByStep(run.Steps));
    }

    private static void AddIdentities(RunState run, int index, int channel, int pixel, int channels, KernelScratch scratch)
    {
        SpikingLayer layer = run.Layers[index];
        int width = layer.Weights.BlockWidth;
        foreach (IdentityTerm term in layer.IdentityTerms)
        {
            for (int step = 0; step < run.Steps; step++)
            {
                ulong spikes = run.Spikes(term.Source, step)[(nint)pixel * layer.Words + channel / 64] >> channel % 64;
                NeuronKernel<TLanes>.AddIdentity(spikes, term.Scale.Pointer + channel, width, scratch.Sums.Pointer + step * width);
                // Silent channels add a 0.
                scratch.Ledger?.Add(index, BitOperations.PopCount(spikes << 64 - width), channels);
            }
        }
    }

    /// <summary>The part of x that is no sum of spikes: the bias, and on top of it what real inputs add.</summary>
    private static float* Base(
        RunState run, int index, int channel, int y, int x, int channels, KernelScratch scratch, out int stride)
    {
        SpikingLayer layer = run.Layers[index];
        stride = 0;
        if (layer.AnalogTerms.IsEmpty)
            return layer.Bias.Pointer + channel;
        int width = layer.Weights.BlockWidth;
        float* kept = run.States[index].Analog is { } analog
            ? analog.Pointer + ((nint)y * layer.Width + x) * layer.PaddedChannels + channel : scratch.Base.Pointer;
        if (layer.AnalogIsStatic && run.HasStepBefore)
            return kept;
        int steps = layer.AnalogIsStatic ? 1 : run.Steps;
        for (int step = 0; step < steps; step++)
        {
            float* sums = kept + step * width;
            new ReadOnlySpan<float>(layer.Bias.Pointer + channel, width).CopyTo(new(sums, width));
            foreach (AnalogTerm term in layer.AnalogTerms)
            {
                AnalogKernel<TLanes>.Add(term, run.Analog(term, step), y, x, channel, width, sums);
                scratch.Ledger?.AddAnalog(index, term, run.Analog(term, step), y, x, channels);
            }
        }
        stride = layer.AnalogIsStatic ? 0 : width;
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
}

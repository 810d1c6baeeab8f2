using System.Collections.Immutable;
using System.Numerics;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Engine.Kernels;

/// <summary>
/// Everything that changes while time steps go through a network, as the kernels see it: one block of steps, and what is carried over from
/// the blocks before it.
/// </summary>
internal sealed unsafe class RunState
{
    private readonly NetworkGraph<float> _graph;
    private readonly InputAffineNode<float>? _normalization;
    private readonly AlignedArray<float> _input;
    private readonly AlignedArray<float> _scoresAfter;

    /// <param name="network">The network.</param>
    /// <param name="workers">Number of threads that may compute at once.</param>
    /// <param name="blockSteps">Most steps in one block, 1 to <see cref="SpikePatterns.StepsFor"/> the network's slots.</param>
    /// <param name="isOneBlock">Whether no block follows another, so that nothing need be carried over.</param>
    public RunState(CompiledNetwork network, int workers, int blockSteps, bool isOneBlock)
    {
        _graph = network.Structure;
        Layers = network.Layers;
        Slots = network.Slots;
        _normalization = _graph.Nodes.OfType<InputAffineNode<float>>().FirstOrDefault();
        _input = new((long)SliceLength * (_graph.InputHasTimeSteps ? blockSteps : 1));
        States = [.. Layers.Select((layer, index) => CreateState(layer, index, blockSteps, isOneBlock))];
        _scoresAfter = new(blockSteps * Layers[^1].PaddedChannels);
        Schedules = [.. Layers.Select(layer => LayerSchedule.Of(layer, workers))];
    }

    public ImmutableArray<SpikingLayer> Layers { get; }

    public ImmutableArray<LayerState> States { get; }

    public ImmutableArray<LayerSchedule> Schedules { get; }

    /// <summary>Number of steps of the current block.</summary>
    public int Steps { get; private set; }

    /// <summary>Bits of the number of spikes that a neuron sends in a step.</summary>
    public int Slots { get; }

    /// <summary>Takes inputs and membrane potentials of the layer that is computed; null where nobody asks.</summary>
    public NeuronValues? Values { get; set; }

    /// <summary>Whether the current block continues another: if not, every membrane potential is 0.</summary>
    public bool HasStepBefore { get; private set; }

    /// <summary>Values of the input in one step: C * H * W.</summary>
    private int SliceLength => _graph.Channels * _graph.Height * _graph.Width;

    /// <summary>Forgets all steps.</summary>
    public void Clear()
    {
        Steps = 0;
        HasStepBefore = false;
        ClearScores();
    }

    /// <summary>Takes the membrane potentials that are there for those that a step has left: the next block continues it.</summary>
    public void Continue() => Steps = 1;

    /// <summary>Begins the sum of the outputs anew.</summary>
    public void ClearScores() => States[^1].Scores!.Span.Clear();

    /// <summary>Moves on to the next block, of which no layer is computed yet.</summary>
    /// <param name="steps">Its number of steps.</param>
    /// <param name="features">Begins with its input: [steps, C, H, W], or [C, H, W] where that is the same at every step.</param>
    /// <param name="ledger">Takes what the input's normalization costs.</param>
    public void StartBlock(int steps, ReadOnlySpan<float> features, OperationLedger? ledger)
    {
        HasStepBefore |= Steps > 0;
        Steps = steps;
        if (_graph.InputHasTimeSteps || !HasStepBefore)
            ReadInput(features, ledger);
    }

    /// <summary>Spikes of a layer in one slot of the block, which has <see cref="Slots"/> for each step: [H, W, words].</summary>
    public ulong* Spikes(int layer, int slot)
    {
        SpikingLayer source = Layers[layer];
        return States[layer].Spikes!.Pointer + (nint)slot * source.Height * source.Width * source.Words;
    }

    /// <summary>Spikes of a layer in one step of the block: [slots, H, W, words].</summary>
    public ReadOnlySpan<ulong> SpikesOf(int layer, int step)
    {
        SpikingLayer source = Layers[layer];
        return new(Spikes(layer, step * Slots), Slots * source.Height * source.Width * source.Words);
    }

    /// <summary>The real numbers that a term weighs, in one step of the block: [H, W, C].</summary>
    public float* Analog(AnalogTerm term, int step)
    {
        if (term.Source is { } layer)
            return States[layer].Counts!.Pointer + (nint)step * Layers[layer].Channels;
        return _graph.InputHasTimeSteps ? _input.Pointer + (nint)step * SliceLength : _input.Pointer;
    }

    /// <summary>Output of the last layer added up over all steps until this one of the block: [classes], padded.</summary>
    public float* ScoresAfter(int step) => _scoresAfter.Pointer + step * Layers[^1].PaddedChannels;

    /// <summary>Counts the spikes of a layer's channels in each step of the block, for the layers that weigh the counts.</summary>
    /// <returns>Additions: one for each bit that is set, of all channels and steps.</returns>
    public long CountSpikes(int layer)
    {
        SpikingLayer source = Layers[layer];
        AlignedArray<float> counts = States[layer].Counts!;
        counts.Span.Clear();
        long all = 0;
        for (int step = 0; step < Steps; step++)
        {
            float* count = counts.Pointer + step * source.Channels;
            ReadOnlySpan<ulong> spikes = SpikesOf(layer, step);
            int length = spikes.Length / Slots;
            for (int i = 0; i < spikes.Length; i++)
            {
                float* first = count + i % source.Words * 64;
                float value = 1 << i / length;
                all += BitOperations.PopCount(spikes[i]);
                for (ulong bits = spikes[i]; bits != 0; bits &= bits - 1)
                    first[BitOperations.TrailingZeroCount(bits)] += value;
            }
        }
        return all;
    }

    private LayerState CreateState(SpikingLayer layer, int index, int blockSteps, bool isOneBlock)
    {
        bool isCounted = Layers.Any(other => other.AnalogTerms.Any(term => term.Source == index));
        long pixels = (long)layer.Height * layer.Width;
        bool isLast = layer.Threshold is null;
        return new()
        {
            Spikes = isLast ? null : new(pixels * layer.Words * blockSteps * Slots),
            Membrane = isLast || isOneBlock ? null : new(pixels * layer.PaddedChannels),
            Analog = isOneBlock || !layer.AnalogIsStatic || layer.AnalogTerms.IsEmpty ? null : new(pixels * layer.PaddedChannels),
            Counts = isCounted ? new((long)layer.Channels * blockSteps) : null,
            Scores = isLast ? new(layer.PaddedChannels) : null,
        };
    }

    /// <summary>[steps, C, H, W] -> [steps, H, W, C], normalized.</summary>
    private void ReadInput(ReadOnlySpan<float> features, OperationLedger? ledger)
    {
        int channels = _graph.Channels, pixels = _graph.Height * _graph.Width;
        int slices = _graph.InputHasTimeSteps ? Steps : 1;
        ledger?.Add(layer: 0, multiplications: (long)slices * channels * pixels);
        for (int step = 0; step < slices; step++)
        {
            for (int c = 0; c < channels; c++)
            {
                ReadOnlySpan<float> plane = features.Slice((step * channels + c) * pixels, pixels);
                float scale = _normalization?.Scale[c] ?? 1, offset = _normalization?.Offset[c] ?? 0;
                float* target = _input.Pointer + (nint)step * channels * pixels + c;
                for (int i = 0; i < pixels; i++)
                    target[(nint)i * channels] = plane[i] * scale + offset;
            }
        }
    }
}

using System.Collections.Immutable;
using System.Numerics;

namespace Microsoft.ML.Snn;

/// <summary>What one layer keeps during a run. Maps are pixel by pixel, channels innermost.</summary>
internal sealed class LayerState
{
    /// <summary>[steps of a block, H, W, words]; null in the last layer.</summary>
    public AlignedArray<ulong>? Spikes { get; init; }

    /// <summary>Membrane potential between two blocks of steps: [H, W, PaddedChannels]. Null where one block holds all steps.</summary>
    public AlignedArray<float>? Membrane { get; init; }

    /// <summary>
    /// What a static input adds, kept for the blocks of steps to come: [H, W, PaddedChannels]. Null where one holds all steps.
    /// </summary>
    public AlignedArray<float>? Analog { get; init; }

    /// <summary>Spikes of each channel, where a later layer asks for them: [steps of a block, channels].</summary>
    public AlignedArray<float>? Counts { get; init; }

    /// <summary>Output of the last layer, added up over the steps so far: [PaddedChannels].</summary>
    public AlignedArray<float>? Scores { get; init; }
}

/// <summary>
/// One sample on its way through the network: the membrane potentials and everything else that changes. Rented for a call and given back.
/// </summary>
/// <remarks>
/// Steps are computed in blocks, layer by layer: <see cref="Begin"/>, then <see cref="Advance"/> as often as there are blocks. All blocks
/// but the last have <see cref="BlockSteps"/> steps; how steps are divided into blocks does not change any result. Longer blocks cost less:
/// what fires in several of their steps is added but once.
/// </remarks>
internal sealed unsafe class NetworkRun
{
    private readonly NetworkGraph<float> _graph;
    private readonly InputAffineNode<float>? _normalization;
    private readonly AlignedArray<float> _input;
    private readonly AlignedArray<float> _scoresAfter;
    private readonly KernelScratch[] _scratch;
    private readonly float[] _logits;
    private OperationLedger[]? _ledgers;
    private int _layer;
    private int _nextItem;

    /// <param name="graph">The network.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="workers">Number of threads that may compute at once.</param>
    /// <param name="blockSteps">Most steps in one block, 1 to <see cref="SpikePatterns.MaxSteps"/>.</param>
    public NetworkRun(
        NetworkGraph<float> graph, ImmutableArray<SpikingLayer> layers, int workers, int blockSteps = SpikePatterns.MaxSteps)
    {
        _graph = graph;
        Layers = layers;
        _logits = new float[graph.Classes];
        BlockSteps = Math.Min(graph.TimeSteps, blockSteps);
        _normalization = graph.Nodes.OfType<InputAffineNode<float>>().FirstOrDefault();
        _input = new((long)graph.Channels * graph.Height * graph.Width * (graph.InputHasTimeSteps ? BlockSteps : 1));
        States = [.. layers.Select((layer, index) => CreateState(layer, index))];
        _scoresAfter = new(BlockSteps * layers[^1].PaddedChannels);
        Schedules = [.. layers.Select(layer => LayerSchedule.Of(layer, workers))];
        _scratch = new KernelScratch[workers];
        for (int i = 0; i < workers; i++)
            _scratch[i] = new(layers, Schedules);
    }

    public ImmutableArray<SpikingLayer> Layers { get; }

    public ImmutableArray<LayerState> States { get; }

    public ImmutableArray<LayerSchedule> Schedules { get; }

    public int TimeSteps => _graph.TimeSteps;

    /// <summary>Steps of each block but the last, which may have fewer.</summary>
    public int BlockSteps { get; }

    /// <summary>Number of workers that may compute at once.</summary>
    public int Workers => _scratch.Length;

    public VectorWidth Width { get; set; }

    /// <summary>The first time step of the current block.</summary>
    public int FirstStep { get; private set; }

    /// <summary>Whether every step is computed.</summary>
    public bool IsComplete => FirstStep + Steps == TimeSteps;

    /// <summary>Number of steps of the current block.</summary>
    public int Steps { get; private set; }

    /// <summary>Starts with a new sample: every membrane potential is 0.</summary>
    /// <param name="countsOperations">Whether to keep a ledger for <see cref="Operations"/>.</param>
    public void Begin(bool countsOperations = false)
    {
        FirstStep = 0;
        Steps = 0;
        States[^1].Scores!.Span.Clear();
        if (countsOperations)
            _ledgers ??= Array.ConvertAll(_scratch, _ => new OperationLedger(Layers.Length));
        for (int i = 0; i < _scratch.Length; i++)
        {
            _scratch[i].Ledger = countsOperations ? _ledgers![i] : null;
            _scratch[i].Ledger?.Clear();
        }
    }

    /// <summary>Computes the next block of time steps.</summary>
    /// <param name="features">The sample, all steps of it.</param>
    /// <param name="team">Shares the work of each layer.</param>
    public void Advance(ReadOnlySpan<float> features, WorkerTeam team)
    {
        StartBlock(features);
        for (int layer = 0; layer < Layers.Length; layer++)
            ComputeLayer(layer, team);
    }

    /// <summary>The time steps of a new sample; each block is computed when its first step is asked for.</summary>
    /// <param name="features">The sample, all steps of it.</param>
    /// <param name="team">Shares the work of each layer.</param>
    /// <param name="countsOperations">Whether to keep a ledger for <see cref="Operations"/>.</param>
    public RowSteps StepsOf(ReadOnlySpan<float> features, WorkerTeam team, bool countsOperations = false) =>
        new(this, features, team, countsOperations);

    /// <summary>Moves on to the next block of time steps, of which no layer is computed yet.</summary>
    public void StartBlock(ReadOnlySpan<float> features)
    {
        FirstStep += Steps;
        Steps = Math.Min(BlockSteps, TimeSteps - FirstStep);
        ReadInput(_graph.InputHasTimeSteps ? features[(FirstStep * _graph.Channels * _graph.Height * _graph.Width)..] : features);
    }

    /// <summary>
    /// Computes one more time step of a stream without end (<see cref="SpikingNetwork.CreateStream"/>); the scores are those of this step
    /// alone.
    /// </summary>
    /// <param name="slice">The step's input, [C, H, W].</param>
    /// <param name="team">Shares the work of each layer.</param>
    public void AdvanceStream(ReadOnlySpan<float> slice, WorkerTeam team)
    {
        // Layers ask no more than whether there was a step before, and streams may be longer than an int can count.
        FirstStep = Math.Min(FirstStep + Steps, 1);
        Steps = 1;
        States[^1].Scores!.Span.Clear();
        ReadInput(slice);
        for (int layer = 0; layer < Layers.Length; layer++)
            ComputeLayer(layer, team);
    }

    /// <summary>Computes the block's steps of a layer whose sources are computed.</summary>
    public void ComputeLayer(int layer, WorkerTeam team)
    {
        foreach (AnalogTerm term in Layers[layer].AnalogTerms)
        {
            if (term.Source is { } source)
            {
                Count(source);
                _scratch[0].Ledger?.Add(layer, additions: CountSpikes(source));
            }
        }
        _layer = layer;
        _nextItem = 0;
        foreach (KernelScratch scratch in _scratch)
            scratch.Forget();
        team.Compute(this);
    }

    /// <summary>Computes items of the current layer until none is left. Called by several workers at once.</summary>
    public void ComputeShare(int worker)
    {
        int items = Schedules[_layer].Items;
        for (int item; (item = Interlocked.Increment(ref _nextItem) - 1) < items;)
        {
            switch (Width)
            {
                case VectorWidth.Bits512: LayerKernel<Lanes512>.Run(this, _layer, item, _scratch[worker]); break;
                case VectorWidth.Bits256: LayerKernel<Lanes256>.Run(this, _layer, item, _scratch[worker]); break;
                case VectorWidth.Bits128: LayerKernel<Lanes128>.Run(this, _layer, item, _scratch[worker]); break;
                default: LayerKernel<ScalarLanes>.Run(this, _layer, item, _scratch[worker]); break;
            }
        }
    }

    /// <summary>Spikes of a layer in one step of the block: [H, W, words].</summary>
    public ulong* Spikes(int layer, int step)
    {
        SpikingLayer source = Layers[layer];
        return States[layer].Spikes!.Pointer + (nint)step * source.Height * source.Width * source.Words;
    }

    /// <summary>The same for managed code.</summary>
    public ReadOnlySpan<ulong> SpikesOf(int layer, int step)
    {
        SpikingLayer source = Layers[layer];
        return new(Spikes(layer, step), source.Height * source.Width * source.Words);
    }

    /// <summary>Whether each neuron of a layer fired in one step of the block: [C, H, W].</summary>
    public void CopySpikes(int layer, int step, Span<bool> fired) => SpikeBits.CopyTo(SpikesOf(layer, step), Layers[layer].Shape, fired);

    /// <summary>Neurons of all layers.</summary>
    public long NeuronCount => Layers.Take(Layers.Length - 1).Sum(layer => (long)layer.Shape.NeuronCount);

    /// <summary>What a layer has computed since <see cref="Begin"/>, which must have been told to count.</summary>
    public OperationCount Operations(int layer)
    {
        OperationCount sum = default;
        foreach (KernelScratch scratch in _scratch)
            sum += scratch.Ledger![layer];
        return sum;
    }

    /// <summary>What all layers have computed since <see cref="Begin"/>, which must have been told to count.</summary>
    public OperationCount TotalOperations()
    {
        OperationCount sum = default;
        for (int layer = 0; layer < Layers.Length; layer++)
            sum += Operations(layer);
        return sum;
    }

    /// <summary>The real numbers that a term weighs, in one step of the block: [H, W, C].</summary>
    public float* Analog(AnalogTerm term, int step)
    {
        if (term.Source is { } layer)
            return States[layer].Counts!.Pointer + (nint)step * Layers[layer].Channels;
        return _graph.InputHasTimeSteps ? _input.Pointer + (nint)step * _graph.Channels * _graph.Height * _graph.Width : _input.Pointer;
    }

    /// <summary>Output of the last layer added up over all steps until this one of the block: [classes], padded.</summary>
    public float* ScoresAfter(int step) => _scoresAfter.Pointer + step * Layers[^1].PaddedChannels;

    /// <summary>Output of the last layer in the step that <see cref="AdvanceStream"/> computed last: [classes].</summary>
    public ReadOnlySpan<float> StepScores => new(ScoresAfter(0), _graph.Classes);

    /// <summary>Output of the last layer, averaged over the steps until this one of the block (Eq. 11).</summary>
    public void ReadLogits(int step, Span<float> logits)
    {
        float* sums = ScoresAfter(step);
        for (int c = 0; c < logits.Length; c++)
            logits[c] = sums[c] / (FirstStep + step + 1);
    }

    /// <summary>The softmax of these.</summary>
    public void ReadScores(int step, Span<float> scores)
    {
        ReadLogits(step, _logits);
        Softmax.Apply(_logits, scores);
    }

    private LayerState CreateState(SpikingLayer layer, int index)
    {
        bool isCounted = Layers.Any(other => other.AnalogTerms.Any(term => term.Source == index));
        long pixels = (long)layer.Height * layer.Width;
        bool isLast = layer.Threshold is null, isOneBlock = BlockSteps == TimeSteps;
        return new()
        {
            Spikes = isLast ? null : new(pixels * layer.Words * BlockSteps),
            Membrane = isLast || isOneBlock ? null : new(pixels * layer.PaddedChannels),
            Analog = isOneBlock || !layer.AnalogIsStatic || layer.AnalogTerms.IsEmpty ? null : new(pixels * layer.PaddedChannels),
            Counts = isCounted ? new((long)layer.Channels * BlockSteps) : null,
            Scores = isLast ? new(layer.PaddedChannels) : null,
        };
    }

    /// <summary>Takes the steps of the block from what begins with them: [.., C, H, W] -> [steps, H, W, C], normalized.</summary>
    private void ReadInput(ReadOnlySpan<float> features)
    {
        int channels = _graph.Channels, pixels = _graph.Height * _graph.Width;
        if (!_graph.InputHasTimeSteps && FirstStep > 0)
            return;
        int slices = _graph.InputHasTimeSteps ? Steps : 1;
        _scratch[0].Ledger?.Add(layer: 0, multiplications: (long)slices * channels * pixels);
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

    /// <summary>Spikes of a layer in all steps of the block.</summary>
    private long CountSpikes(int layer)
    {
        long spikes = 0;
        for (int step = 0; step < Steps; step++)
            spikes += SpikeBits.Count(SpikesOf(layer, step));
        return spikes;
    }

    private void Count(int layer)
    {
        SpikingLayer source = Layers[layer];
        AlignedArray<float> counts = States[layer].Counts!;
        counts.Span.Clear();
        int words = source.Height * source.Width * source.Words;
        for (int step = 0; step < Steps; step++)
        {
            float* count = counts.Pointer + step * source.Channels;
            ulong* spikes = Spikes(layer, step);
            for (int i = 0; i < words; i++)
            {
                float* first = count + i % source.Words * 64;
                for (ulong bits = spikes[i]; bits != 0; bits &= bits - 1)
                    first[BitOperations.TrailingZeroCount(bits)]++;
            }
        }
    }
}

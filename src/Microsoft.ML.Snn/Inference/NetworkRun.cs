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

    /// <summary>What a static input adds, kept from the first step on: [H, W, PaddedChannels].</summary>
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
/// Steps are computed in blocks, layer by layer: <see cref="Begin"/>, then <see cref="Advance"/> as often as there are blocks. A block may
/// have any number of steps up to <see cref="BlockSteps"/>; how steps are divided into blocks does not change any result.
/// </remarks>
internal sealed unsafe class NetworkRun
{
    /// <summary>Steps in one block where nobody asks for less: longer blocks would only need more memory.</summary>
    public const int DefaultBlockSteps = 8;

    private readonly FoldedGraph<float> _graph;
    private readonly InputAffineNode<float>? _normalization;
    private readonly AlignedArray<float> _input;
    private readonly AlignedArray<float> _scoresAfter;
    private readonly KernelScratch[] _scratch;
    private int _layer;
    private int _nextLine;

    /// <param name="graph">The network.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="workers">Number of threads that may compute at once.</param>
    /// <param name="blockSteps">Most steps in one block, at least 1.</param>
    public NetworkRun(FoldedGraph<float> graph, ImmutableArray<SpikingLayer> layers, int workers, int blockSteps = DefaultBlockSteps)
    {
        _graph = graph;
        Layers = layers;
        BlockSteps = Math.Min(graph.TimeSteps, blockSteps);
        _normalization = graph.Nodes.OfType<InputAffineNode<float>>().FirstOrDefault();
        _input = new((long)graph.Channels * graph.Height * graph.Width * (graph.InputHasTimeSteps ? BlockSteps : 1));
        States = [.. layers.Select(CreateState)];
        _scoresAfter = new(BlockSteps * layers[^1].PaddedChannels);
        _scratch = new KernelScratch[workers];
        for (int i = 0; i < workers; i++)
            _scratch[i] = new(layers.Max(layer => layer.Rows), layers.Max(layer => layer.PaddedChannels));
    }

    public ImmutableArray<SpikingLayer> Layers { get; }

    public ImmutableArray<LayerState> States { get; }

    public int TimeSteps => _graph.TimeSteps;

    /// <summary>Room for the steps of one block.</summary>
    public int BlockSteps { get; }

    /// <summary>Number of workers that may compute at once.</summary>
    public int Workers => _scratch.Length;

    public VectorWidth Width { get; set; }

    /// <summary>The first time step of the current block.</summary>
    public int FirstStep { get; private set; }

    /// <summary>Number of steps of the current block.</summary>
    public int Steps { get; private set; }

    /// <summary>Starts with a new sample: every membrane potential is 0.</summary>
    public void Begin()
    {
        FirstStep = 0;
        Steps = 0;
        States[^1].Scores!.Span.Clear();
    }

    /// <summary>Computes the next <paramref name="steps"/> time steps.</summary>
    /// <param name="features">The sample, all steps of it.</param>
    /// <param name="steps">1 to <see cref="BlockSteps"/>.</param>
    /// <param name="team">Shares the work of each layer.</param>
    public void Advance(ReadOnlySpan<float> features, int steps, WorkerTeam team)
    {
        StartBlock(features, steps);
        for (int layer = 0; layer < Layers.Length; layer++)
            ComputeLayer(layer, team);
    }

    /// <summary>Moves on to the next <paramref name="steps"/> time steps, of which no layer is computed yet.</summary>
    public void StartBlock(ReadOnlySpan<float> features, int steps)
    {
        FirstStep += Steps;
        Steps = steps;
        ReadInput(_graph.InputHasTimeSteps ? features[(FirstStep * _graph.Channels * _graph.Height * _graph.Width)..] : features);
    }

    /// <summary>
    /// Computes one more time step of a stream without end (<see cref="FoldedNetwork.CreateStream"/>); the scores are those of this step
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
                Count(source);
        }
        _layer = layer;
        _nextLine = 0;
        team.Compute(this);
    }

    /// <summary>Computes lines of the current layer until none is left. Called by several workers at once.</summary>
    public void ComputeShare(int worker)
    {
        SpikingLayer layer = Layers[_layer];
        // Small enough that workers end together, large enough that they seldom meet.
        int share = Math.Max(1, layer.Height / (4 * Workers));
        for (int first; (first = Interlocked.Add(ref _nextLine, share) - share) < layer.Height;)
        {
            int end = Math.Min(layer.Height, first + share);
            switch (Width)
            {
                case VectorWidth.Bits512: LayerKernel<Lanes512>.Run(this, _layer, first, end, _scratch[worker]); break;
                case VectorWidth.Bits256: LayerKernel<Lanes256>.Run(this, _layer, first, end, _scratch[worker]); break;
                case VectorWidth.Bits128: LayerKernel<Lanes128>.Run(this, _layer, first, end, _scratch[worker]); break;
                default: LayerKernel<ScalarLanes>.Run(this, _layer, first, end, _scratch[worker]); break;
            }
        }
    }

    /// <summary>Spikes of a layer in one step of the block: [H, W, words].</summary>
    public ulong* Spikes(int layer, int step)
    {
        SpikingLayer source = Layers[layer];
        return States[layer].Spikes!.Pointer + (nint)step * source.Height * source.Width * source.Words;
    }

    /// <summary>Whether each neuron of a layer fired in one step of the block: [C, H, W].</summary>
    public bool[] CopySpikes(int layer, int step)
    {
        SpikingLayer source = Layers[layer];
        int pixels = source.Height * source.Width;
        ulong* spikes = Spikes(layer, step);
        bool[] fired = new bool[source.Channels * pixels];
        for (int c = 0; c < source.Channels; c++)
        {
            for (int i = 0; i < pixels; i++)
                fired[c * pixels + i] = (spikes[(nint)i * source.Words + c / 64] >> c % 64 & 1) != 0;
        }
        return fired;
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

    private LayerState CreateState(SpikingLayer layer)
    {
        long pixels = (long)layer.Height * layer.Width;
        bool isLast = layer.Threshold is null;
        return new()
        {
            Spikes = isLast ? null : new(pixels * layer.Words * BlockSteps),
            Membrane = isLast || BlockSteps == TimeSteps ? null : new(pixels * layer.PaddedChannels),
            Analog = layer.AnalogIsStatic && !layer.AnalogTerms.IsEmpty ? new(pixels * layer.PaddedChannels) : null,
            Counts = layer.IsCounted ? new((long)layer.Channels * BlockSteps) : null,
            Scores = isLast ? new(layer.PaddedChannels) : null,
        };
    }

    /// <summary>Takes the steps of the block from what begins with them: [.., C, H, W] -> [steps, H, W, C], normalised.</summary>
    private void ReadInput(ReadOnlySpan<float> features)
    {
        int channels = _graph.Channels, pixels = _graph.Height * _graph.Width;
        if (!_graph.InputHasTimeSteps && FirstStep > 0)
            return;
        for (int step = 0; step < (_graph.InputHasTimeSteps ? Steps : 1); step++)
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

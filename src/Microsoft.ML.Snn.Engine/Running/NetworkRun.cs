using System.Collections.Immutable;
using Microsoft.ML.Snn.Engine.Kernels;
using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Tracing;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Engine.Running;

/// <summary>
/// Time steps on their way through the network, layer by layer: the membrane potentials and everything else that changes, and the memory of
/// the workers that share each layer.
/// </summary>
internal abstract unsafe class NetworkRun
{
    private readonly KernelScratch[] _scratch;
    private readonly int _blockSteps;
    private OperationLedger[]? _ledgers;
    private int _layer;
    private int _nextItem;

    /// <param name="network">The network.</param>
    /// <param name="workers">Number of threads that may compute at once.</param>
    /// <param name="blockSteps">Most steps in one block, 1 to <see cref="CompiledNetwork.BlockSteps"/>.</param>
    /// <param name="isOneBlock">Whether one block holds all steps.</param>
    protected NetworkRun(CompiledNetwork network, int workers, int blockSteps, bool isOneBlock)
    {
        _blockSteps = blockSteps;
        State = new(network, workers, blockSteps, isOneBlock);
        _scratch = new KernelScratch[workers];
        for (int i = 0; i < workers; i++)
            _scratch[i] = new(State.Layers, State.Schedules);
    }

    public ImmutableArray<SpikingLayer> Layers => State.Layers;

    public VectorWidth Width { get; set; }

    /// <summary>Looks at the neurons of each layer that is computed; null for nobody, and then nothing is kept for it.</summary>
    public INeuronObserver? Observer
    {
        get;
        set
        {
            field = value;
            State.Values = value is null ? null : new(Layers, _blockSteps);
        }
    }

    /// <summary>Number of steps of the current block.</summary>
    public int Steps => State.Steps;

    /// <summary>Neurons of all layers.</summary>
    public long NeuronCount => Layers.Take(Layers.Length - 1).Sum(layer => (long)layer.Shape.NeuronCount);

    protected RunState State { get; }

    /// <summary>Computes the block's steps of a layer whose sources are computed.</summary>
    public void ComputeLayer(int layer, WorkerTeam team)
    {
        foreach (AnalogTerm term in Layers[layer].AnalogTerms)
        {
            if (term.Source is not { } source)
                continue;
            long spikes = State.CountSpikes(source);
            _scratch[0].Ledger?.Add(layer, additions: spikes);
        }
        _layer = layer;
        _nextItem = 0;
        foreach (KernelScratch scratch in _scratch)
            scratch.Forget();
        team.Compute(this);
        if (State.Values is { } values && Layers[layer].Threshold is not null)
            ShowNeurons(layer, values);
    }

    private void ShowNeurons(int layer, NeuronValues values)
    {
        int neurons = Layers[layer].Shape.NeuronCount;
        for (int step = 0; step < Steps; step++)
            Observer!.Observe(layer, values.Inputs(step)[..neurons], values.Potentials(step)[..neurons]);
    }

    /// <summary>Computes items of the current layer until none is left. Called by several workers at once.</summary>
    public void ComputeShare(int worker)
    {
        int items = State.Schedules[_layer].Items;
        for (int item; (item = Interlocked.Increment(ref _nextItem) - 1) < items;)
        {
            switch (Width)
            {
                case VectorWidth.Bits512: LayerKernel<Lanes512>.Run(State, _layer, item, _scratch[worker]); break;
                case VectorWidth.Bits256: LayerKernel<Lanes256>.Run(State, _layer, item, _scratch[worker]); break;
                case VectorWidth.Bits128: LayerKernel<Lanes128>.Run(State, _layer, item, _scratch[worker]); break;
                default: LayerKernel<ScalarLanes>.Run(State, _layer, item, _scratch[worker]); break;
            }
        }
    }

    /// <summary>Bits of the number of spikes that a neuron sends in a step.</summary>
    public int Slots => State.Slots;

    /// <summary>Spikes of a layer in one slot of the block, which has <see cref="Slots"/> for each step: [H, W, words].</summary>
    public ulong* Spikes(int layer, int slot) => State.Spikes(layer, slot);

    /// <summary>Spikes of a layer in one step of the block: [slots, H, W, words].</summary>
    public ReadOnlySpan<ulong> SpikesOf(int layer, int step) => State.SpikesOf(layer, step);

    /// <summary>What a layer has computed since the run began, which must have been told to count.</summary>
    public OperationCount Operations(int layer)
    {
        OperationCount sum = default;
        foreach (KernelScratch scratch in _scratch)
            sum += scratch.Ledger![layer];
        return sum;
    }

    /// <summary>What all layers have computed since the run began, which must have been told to count.</summary>
    public OperationCount TotalOperations()
    {
        OperationCount sum = default;
        for (int layer = 0; layer < Layers.Length; layer++)
            sum += Operations(layer);
        return sum;
    }

    /// <summary>Starts anew: every membrane potential is 0.</summary>
    /// <param name="countsOperations">Whether to keep a ledger for <see cref="Operations"/>.</param>
    protected void Clear(bool countsOperations)
    {
        State.Clear();
        if (countsOperations)
            _ledgers ??= Array.ConvertAll(_scratch, _ => new OperationLedger(Layers.Length));
        for (int i = 0; i < _scratch.Length; i++)
        {
            _scratch[i].Ledger = countsOperations ? _ledgers![i] : null;
            _scratch[i].Ledger?.Clear();
        }
    }

    /// <summary>Moves on to the next block of time steps, of which no layer is computed yet.</summary>
    /// <param name="steps">Its number of steps.</param>
    /// <param name="features">Begins with its input.</param>
    protected void StartBlock(int steps, ReadOnlySpan<float> features) => State.StartBlock(steps, features, _scratch[0].Ledger);

    /// <summary>Computes the block's steps of all layers.</summary>
    protected void ComputeBlock(WorkerTeam team)
    {
        for (int layer = 0; layer < Layers.Length; layer++)
            ComputeLayer(layer, team);
    }
}

using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Engine.Running;

/// <summary>A stream without end on its way through a network whose input has time steps.</summary>
internal sealed unsafe class StreamRun : NetworkRun
{
    private readonly int _classes;

    /// <param name="network">The network.</param>
    /// <param name="workers">Number of threads that may compute at once.</param>
    public StreamRun(CompiledNetwork network, int workers)
        : base(network, workers, blockSteps: 1, isOneBlock: false) => _classes = network.Structure.Classes;

    /// <summary>Output of the last layer in the latest step alone: [classes].</summary>
    public ReadOnlySpan<float> StepScores => new(State.ScoresAfter(0), _classes);

    /// <summary>Starts with a new stream: every membrane potential is 0.</summary>
    public void Begin() => Clear(countsOperations: false);

    /// <summary>Computes one more time step.</summary>
    /// <param name="slice">The step's input, [C, H, W].</param>
    /// <param name="team">Shares the work of each layer.</param>
    public void Advance(ReadOnlySpan<float> slice, WorkerTeam team)
    {
        State.ClearScores();
        StartBlock(steps: 1, slice);
        ComputeBlock(team);
    }

    /// <summary>Takes the membrane potentials and spikes that are there for those of the latest step.</summary>
    public void Continue() => State.Continue();

    /// <summary>What the latest step has left of the membrane potentials of one pixel of a layer with neurons: [C].</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="pixel">Its row times the layer's width, and its column.</param>
    public Span<float> Potentials(int layer, int pixel) =>
        State.States[layer].Membrane!.Span.Slice(pixel * Layers[layer].PaddedChannels, Layers[layer].Channels);

    /// <summary>
    /// The spikes of a layer with neurons in the latest step, a bit each: [slots, H, W, words], with those of no channel 0.
    /// </summary>
    public Span<ulong> SpikesOf(int layer) => State.States[layer].Spikes!.Span;

    /// <summary>Whether each neuron of a layer fired in the latest step: [C, H, W].</summary>
    public void CopySpikes(int layer, Span<bool> fired) => SpikeBits.CopyTo(SpikesOf(layer, step: 0), Slots, Layers[layer].Shape, fired);

    /// <summary>The number of spikes of each neuron of a layer in the latest step: [C, H, W].</summary>
    public void CopySpikes(int layer, Span<byte> spikes) => SpikeBits.CopyTo(SpikesOf(layer, step: 0), Slots, Layers[layer].Shape, spikes);
}

using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Tracing;

namespace Microsoft.ML.Snn;

/// <summary>
/// The spikes of one layer while a network scored one row; where asked for, the inputs and membrane potentials behind them.
/// </summary>
public sealed class LayerTrace
{
    // For each step, as SpikeBits says.
    private readonly ulong[][] _words;
    // For each step [C, H, W]; no step where they were not asked for.
    private readonly float[][] _inputs, _potentials;
    private readonly int _slots;

    internal LayerTrace(
        SpikingLayerShape shape, int slots, ulong[][] words, float[][] inputs, float[][] potentials, OperationCount operations,
        long dense)
    {
        Shape = shape;
        (_slots, _words, _inputs, _potentials) = (slots, words, inputs, potentials);
        SpikeCounts = Array.ConvertAll(words, step => SpikeBits.Count(step, slots));
        SynapticOperations = operations.SynapticOperations;
        Additions = operations.Additions;
        MultiplyAdds = operations.MultiplyAdds;
        DenseMultiplyAdds = dense;
    }

    /// <summary>The name of the layer's neurons, and their shape.</summary>
    public SpikingLayerShape Shape { get; }

    /// <summary>Number of spikes in each time step: [T].</summary>
    public IReadOnlyList<int> SpikeCounts { get; }

    /// <summary>
    /// Synaptic operations in all steps: one for each neuron of this layer that a spike reaches, directly or through a pooling; see
    /// <see cref="SpikingTrace.SynapticOperations"/>.
    /// </summary>
    public long SynapticOperations { get; }

    /// <summary>Additions that the engine did for this layer.</summary>
    public long Additions { get; }

    /// <summary>Multiply-adds that the engine did for this layer.</summary>
    public long MultiplyAdds { get; }

    /// <summary>Multiply-adds that a dense layer of the same convolutions takes for the row.</summary>
    public long DenseMultiplyAdds { get; }

    /// <summary>Whether the trace has inputs and membrane potentials: see <see cref="SpikingNetwork.Trace"/>.</summary>
    public bool HasPotentials => _potentials.Length > 0;

    /// <summary>Copies which neurons fired in a step, in the order [C, H, W].</summary>
    /// <param name="step">The time step, 0 to T - 1.</param>
    /// <param name="destination">Takes a value for each of the layer's neurons.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length than there are neurons.</exception>
    public void CopySpikes(int step, Span<bool> destination)
    {
        CheckStep(step);
        SpikeBits.CopyTo(_words[step], _slots, Shape, destination);
    }

    /// <summary>Copies how many spikes each neuron sent in a step, in the order [C, H, W]: 0 or 1, or up to its MaxSpikes.</summary>
    /// <param name="step">The time step, 0 to T - 1.</param>
    /// <param name="destination">Takes a value for each of the layer's neurons.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length than there are neurons.</exception>
    public void CopySpikes(int step, Span<byte> destination)
    {
        CheckStep(step);
        SpikeBits.CopyTo(_words[step], _slots, Shape, destination);
    }

    /// <summary>
    /// Copies the input x[t] of each neuron in a step, in the order [C, H, W]: what spikes or real numbers add through weights and
    /// shortcuts, and the bias.
    /// </summary>
    /// <param name="step">The time step, 0 to T - 1.</param>
    /// <param name="destination">Takes a value for each of the layer's neurons.</param>
    /// <exception cref="InvalidOperationException">The trace was made without (<see cref="HasPotentials"/> is false).</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length than there are neurons.</exception>
    public void CopyInputs(int step, Span<float> destination) => Copy(_inputs, step, destination);

    /// <summary>
    /// Copies the membrane potential u[t] of each neuron in a step, before the reset, in the order [C, H, W] (Eq. 1 and 2). The neuron
    /// fires where it is above the threshold of its channel (<see cref="NetworkLayer.Threshold"/> of the network's layer of this name), in
    /// whose unit it is; after k spikes it is 0, or less by k thresholds where the layer <see cref="NetworkLayer.HasSoftReset"/>.
    /// </summary>
    /// <param name="step">The time step, 0 to T - 1.</param>
    /// <param name="destination">Takes a value for each of the layer's neurons.</param>
    /// <exception cref="InvalidOperationException">The trace was made without (<see cref="HasPotentials"/> is false).</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length than there are neurons.</exception>
    public void CopyMembranePotentials(int step, Span<float> destination) => Copy(_potentials, step, destination);

    private void Copy(float[][] values, int step, Span<float> destination)
    {
        if (!HasPotentials)
            throw new InvalidOperationException("The trace has no membrane potentials: trace the row with potentials: true.");
        CheckStep(step);
        Shape.CheckLength(destination.Length, nameof(destination));
        values[step].CopyTo(destination);
    }

    private void CheckStep(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, _words.Length);
    }
}

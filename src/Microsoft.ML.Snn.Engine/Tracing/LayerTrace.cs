using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Tracing;

namespace Microsoft.ML.Snn;

/// <summary>The spikes of one layer while a network scored one row.</summary>
public sealed class LayerTrace
{
    // For each step, as SpikeBits says.
    private readonly ulong[][] _words;
    private readonly int _slots;

    internal LayerTrace(SpikingLayerShape shape, int slots, ulong[][] words, OperationCount operations, long dense)
    {
        Shape = shape;
        _slots = slots;
        _words = words;
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

    /// <summary>Copies which neurons fired in a step, in the order [C, H, W].</summary>
    /// <param name="step">The time step, 0 to T - 1.</param>
    /// <param name="destination">Takes a value for each of the layer's neurons.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length than there are neurons.</exception>
    public void CopySpikes(int step, Span<bool> destination)
    {
        SpikeBits.CopyTo(Words(step), _slots, Shape, destination);
    }

    /// <summary>Copies how many spikes each neuron sent in a step, in the order [C, H, W]: 0 or 1, or up to its MaxSpikes.</summary>
    /// <param name="step">The time step, 0 to T - 1.</param>
    /// <param name="destination">Takes a value for each of the layer's neurons.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length than there are neurons.</exception>
    public void CopySpikes(int step, Span<byte> destination) => SpikeBits.CopyTo(Words(step), _slots, Shape, destination);

    private ulong[] Words(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, _words.Length);
        return _words[step];
    }
}

using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Engine.Tracing;

namespace Microsoft.ML.Snn;

/// <summary>What happened inside a network while it scored one row: see <see cref="SpikingNetwork.Trace"/>.</summary>
/// <remarks>
/// <para>
/// <see cref="SynapticOperations"/> depend on the spikes alone. <see cref="Additions"/> and <see cref="MultiplyAdds"/> are what the
/// engine really did: it computes up to four steps as one block (up to two where neurons send up to three spikes a step, one where they
/// send more) and adds once what fires in the same steps of it; with an early exit it works step by step.
/// </para>
/// <para>
/// Not counted are comparisons with the threshold, the lists of what is active, the averages over time and the softmax.
/// </para>
/// </remarks>
public sealed class SpikingTrace
{
    private readonly float[][] _scores;

    internal SpikingTrace(float[][] scores, int predictedClass, LayerTrace[] layers, OperationCount operations, long dense)
    {
        _scores = scores;
        PredictedClass = predictedClass;
        Layers = layers;
        Spikes = layers.Sum(layer => layer.SpikeCounts.Sum(count => (long)count));
        SynapticOperations = operations.SynapticOperations;
        Additions = operations.Additions;
        MultiplyAdds = operations.MultiplyAdds;
        DenseMultiplyAdds = dense;
    }

    /// <summary>Number of time steps that were computed: T, or fewer after an early exit.</summary>
    public int TimeSteps => _scores.Length;

    /// <summary>The index of the class with the highest probability after the last step, the first one of several.</summary>
    public int PredictedClass { get; }

    /// <summary>The layers that have neurons, in the order of computation.</summary>
    public IReadOnlyList<LayerTrace> Layers { get; }

    /// <summary>Spikes of all neurons in all steps.</summary>
    public long Spikes { get; }

    /// <summary>
    /// Synaptic operations (SOPs) in all steps: one for each neuron that a spike reaches through a weight or an identity shortcut. What a
    /// spike-driven machine without the engine's savings would add. A spike that a pooling counts reaches every neuron of the linear layer
    /// after it; the engine multiplies the counts there instead (see <see cref="MultiplyAdds"/>).
    /// </summary>
    public long SynapticOperations { get; }

    /// <summary>
    /// Additions that the engine did, in all steps: rows of weights, sums of firing patterns that become sums of time steps, identity
    /// shortcuts, counts of spikes in a pooling, and the output's sum over time.
    /// </summary>
    public long Additions { get; }

    /// <summary>
    /// Multiply-adds that the engine did, in all steps: two for each neuron and step (its input's scale and its leak, silent or not), one
    /// for each output and step, those on real numbers (the input, once where it is the same at every step, and counts of spikes after a
    /// pooling; values equal to 0 are left out), and the normalization of the input.
    /// </summary>
    public long MultiplyAdds { get; }

    /// <summary>
    /// Multiply-adds that one pass through a dense network of the same convolutions and linear layers takes; those on padding are left out.
    /// </summary>
    public long DenseMultiplyAdds { get; }

    /// <summary>The probability of each class after a step, from the output averaged over the steps until then.</summary>
    /// <param name="step">
    /// The time step, 0 to <see cref="TimeSteps"/> - 1; the last one's are those that <c>Score</c> gives, to the bit.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public IReadOnlyList<float> ScoresAt(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, TimeSteps);
        return _scores[step];
    }

    /// <summary>
    /// Estimated energy of the engine's arithmetic, in nanojoules, from <see cref="Additions"/> and <see cref="MultiplyAdds"/>; memory
    /// is left out. The literature takes <see cref="SynapticOperations"/> in place of the additions.
    /// </summary>
    /// <param name="energy">What an operation costs; null for the defaults of <see cref="EnergyModel"/>.</param>
    public double EnergyNanojoules(EnergyModel? energy = null) =>
        new OperationCount(SynapticOperations, Additions, MultiplyAdds).EnergyNanojoules(energy ?? new());

    /// <summary>Estimated energy of the dense network's arithmetic, in nanojoules; memory is left out.</summary>
    /// <param name="energy">What an operation costs; null for the defaults of <see cref="EnergyModel"/>.</param>
    public double DenseEnergyNanojoules(EnergyModel? energy = null) =>
        new OperationCount(0, 0, DenseMultiplyAdds).EnergyNanojoules(energy ?? new());
}

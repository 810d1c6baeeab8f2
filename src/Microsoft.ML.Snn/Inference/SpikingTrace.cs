namespace Microsoft.ML.Snn;

/// <summary>What happened inside a network while it scored one row: see <see cref="FoldedNetwork.Trace"/>.</summary>
/// <remarks>
/// <para>
/// Counted is the work that spikes cause: a spike adds one weight for every neuron that it reaches. Silence costs nothing. An engine that
/// adds up once what fires in several steps does fewer additions; the count does not depend on it.
/// </para>
/// <para>
/// Not counted are biases, the comparison with the threshold and the one scaling of a neuron's integer sum.
/// </para>
/// </remarks>
public sealed class SpikingTrace
{
    /// <summary>Energy of a 32-bit floating-point addition in 45 nm CMOS, in picojoule (Horowitz, ISSCC 2014).</summary>
    public const double AdditionPicojoule = 0.9;

    /// <summary>Energy of a 32-bit floating-point multiplication and addition in 45 nm CMOS, in picojoule (Horowitz, ISSCC 2014).</summary>
    public const double MultiplyAddPicojoule = 4.6;

    internal SpikingTrace(float[][] scores, LayerTrace[] layers, OperationCount output)
    {
        Scores = scores;
        Layers = layers;
        Spikes = layers.Sum(layer => layer.SpikeCounts.Sum(count => (long)count));
        Additions = layers.Sum(layer => layer.Additions) + output.Additions;
        MultiplyAdds = layers.Sum(layer => layer.MultiplyAdds) + output.MultiplyAdds;
        NeuronUpdates = layers.Sum(layer => (long)layer.NeuronCount) * scores.Length;
        DenseMultiplyAdds = layers.Sum(layer => layer.DenseMultiplyAdds) + output.DenseMultiplyAdds;
    }

    /// <summary>Number of time steps T.</summary>
    public int TimeSteps => Scores.Count;

    /// <summary>
    /// The probability of each class after each step, from the output averaged over the steps until then: [T][classes]. The last ones are
    /// those that <see cref="FoldedNetwork.Score"/> gives, to the bit.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<float>> Scores { get; }

    /// <summary>The layers that have neurons, in the order of computation.</summary>
    public IReadOnlyList<LayerTrace> Layers { get; }

    /// <summary>Spikes of all neurons in all steps.</summary>
    public long Spikes { get; }

    /// <summary>Weights added because of spikes, in all steps, the output layer's included.</summary>
    public long Additions { get; }

    /// <summary>
    /// Multiply-adds on numbers that are not spikes: the input's (once where it is the same at every step; values equal to 0 are left out)
    /// and those of the counts of spikes behind a pooling.
    /// </summary>
    public long MultiplyAdds { get; }

    /// <summary>Updates of membrane potentials, one multiply-add each: every neuron leaks at every step, silent or not.</summary>
    public long NeuronUpdates { get; }

    /// <summary>
    /// Multiply-adds that one pass through a dense network of the same convolutions and linear layers takes; those on padding are left out.
    /// </summary>
    public long DenseMultiplyAdds { get; }

    /// <summary>Estimated energy of the arithmetic, in nanojoule; memory is left out.</summary>
    /// <param name="additionPicojoule">Energy of an addition, in picojoule; 0 or more.</param>
    /// <param name="multiplyAddPicojoule">Energy of a multiply-add, in picojoule; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">An energy is negative or not a number.</exception>
    public double EnergyNanojoule(double additionPicojoule = AdditionPicojoule, double multiplyAddPicojoule = MultiplyAddPicojoule)
    {
        CheckEnergy(additionPicojoule, nameof(additionPicojoule));
        CheckEnergy(multiplyAddPicojoule, nameof(multiplyAddPicojoule));
        return (Additions * additionPicojoule + (MultiplyAdds + NeuronUpdates) * multiplyAddPicojoule) / 1000;
    }

    /// <summary>Estimated energy of the dense network's arithmetic, in nanojoule; memory is left out.</summary>
    /// <param name="multiplyAddPicojoule">Energy of a multiply-add, in picojoule; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The energy is negative or not a number.</exception>
    public double DenseEnergyNanojoule(double multiplyAddPicojoule = MultiplyAddPicojoule)
    {
        CheckEnergy(multiplyAddPicojoule, nameof(multiplyAddPicojoule));
        return DenseMultiplyAdds * multiplyAddPicojoule / 1000;
    }

    private static void CheckEnergy(double picojoule, string name)
    {
        if (!(picojoule >= 0))
            throw new ArgumentOutOfRangeException(name, picojoule, "An energy is 0 or more.");
    }
}

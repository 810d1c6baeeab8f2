namespace Microsoft.ML.Snn;

/// <summary>A layer of neurons in training, on the probe batch: see <see cref="TrainingDiagnosticsOptions"/>.</summary>
public sealed class LayerDiagnostics
{
    internal LayerDiagnostics()
    {
    }

    /// <summary>See <see cref="LayerFiringRate.Name"/>.</summary>
    public string Name { get; internal init; } = "";

    /// <summary>Spikes per neuron and time step: 0 to 1, or to <see cref="LifNeuronOptions.MaxSpikes"/>.</summary>
    public double FiringRate { get; internal init; }

    /// <summary>Share of the neurons, 0 to 1, that fired in no time step of any sample.</summary>
    public double NeverFiring { get; internal init; }

    /// <summary>Share of the neurons, 0 to 1, that fired in every time step of every sample.</summary>
    public double AlwaysFiring { get; internal init; }

    /// <summary>
    /// Share of membrane potentials, 0 to 1, within half a <see cref="LifNeuronOptions.SurrogateWidth"/> of a threshold: gradients pass
    /// only there or, with another <see cref="LifNeuronOptions.Surrogate"/> than the rectangle, mostly there.
    /// </summary>
    public double InWindow { get; internal init; }

    /// <summary>Mean of the input x[t] (Eq. 4), in thresholds.</summary>
    public double InputMean { get; internal init; }

    /// <summary>Standard deviation of the input x[t], in thresholds. tdBN aims at 1 (its alpha, where branches are added).</summary>
    public double InputDeviation { get; internal init; }

    /// <summary>Mean of the membrane potential u[t] before the reset (Eq. 1), in thresholds.</summary>
    public double MembraneMean { get; internal init; }

    /// <summary>Standard deviation of the membrane potential u[t] before the reset, in thresholds.</summary>
    public double MembraneDeviation { get; internal init; }

    /// <summary>Euclidean norm of the gradient of the probe's mean loss by the input, dL/dx, over all samples, steps and neurons.</summary>
    public double InputGradientNorm { get; internal init; }

    /// <summary>Euclidean norm of the gradient of the probe's mean loss by the weights that lead to the layer, dL/dW.</summary>
    public double WeightGradientNorm { get; internal init; }
}

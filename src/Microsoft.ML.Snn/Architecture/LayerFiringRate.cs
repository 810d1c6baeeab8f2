namespace Microsoft.ML.Snn;

/// <summary>How often the neurons of a layer fired.</summary>
public sealed class LayerFiringRate
{
    /// <summary>A layer whose neurons fire less often is called dead; saturated where less is missing to all that they could send.</summary>
    internal const double LeastRate = 0.001;

    internal LayerFiringRate(string name, double rate) => (Name, Rate) = (name, rate);

    /// <summary>
    /// The layer: <c>stem</c>, <c>stages.0.0.1</c> (inside the first block of the first stage), <c>stages.0.0</c> (that block's output),
    /// <c>head.hidden</c>.
    /// </summary>
    public string Name { get; }

    /// <summary>Spikes per neuron and time step: 0 to 1, or to <see cref="LifNeuronOptions.MaxSpikes"/>.</summary>
    public double Rate { get; }

    internal static bool IsDead(double rate) => rate < LeastRate;

    internal static bool IsSaturated(double rate, int maxSpikes) => rate > maxSpikes - LeastRate;
}

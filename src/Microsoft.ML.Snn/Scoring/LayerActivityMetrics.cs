using System.Collections.Immutable;
using Microsoft.ML.Snn.Scoring;

namespace Microsoft.ML.Snn;

/// <summary>What the neurons of one layer do on some data: see <see cref="SnnCatalog.EvaluateActivity"/>.</summary>
public sealed class LayerActivityMetrics
{
    internal LayerActivityMetrics(LayerActivityTotals totals, long rows)
    {
        double neurons = totals.Shape.NeuronCount, spikes = totals.AllSpikes;
        Shape = totals.Shape;
        FiringRate = spikes / neurons / totals.Spikes.Length / rows;
        StepFiringRates = [.. totals.Spikes.ToArray().Select(count => count / neurons / rows)];
        NeverFiring = totals.NeverFiring / neurons;
        AlwaysFiring = totals.AlwaysFiring / neurons;
        DeadChannels = totals.DeadChannels();
        Input = new(totals.Input);
        Membrane = new(totals.Membrane);
        MeanSpikes = spikes / rows;
        MeanSynapticOperations = (double)totals.SynapticOperations / rows;
    }

    /// <summary>The name of the layer's neurons, and their shape.</summary>
    public SpikingLayerShape Shape { get; }

    /// <summary>Spikes per neuron and time step, over all rows: 0 to 1, or to the neurons' most spikes in a step.</summary>
    public double FiringRate { get; }

    /// <summary>Spikes per neuron in each time step, over all rows: [T].</summary>
    public ImmutableArray<double> StepFiringRates { get; }

    /// <summary>Share of neurons that fired in no time step of any row, 0 to 1.</summary>
    public double NeverFiring { get; }

    /// <summary>Share of neurons that fired in every time step of every row, 0 to 1.</summary>
    public double AlwaysFiring { get; }

    /// <summary>Channels none of whose neurons fired in any row, 0 to C - 1, in ascending order.</summary>
    public ImmutableArray<int> DeadChannels { get; }

    /// <summary>The inputs x[t] (Eq. 4), in thresholds.</summary>
    public ActivityDistribution Input { get; }

    /// <summary>The membrane potentials u[t] before the reset (Eq. 1), in thresholds.</summary>
    public ActivityDistribution Membrane { get; }

    /// <summary>Spikes of the layer in all time steps, mean over rows.</summary>
    public double MeanSpikes { get; }

    /// <summary>
    /// Synaptic operations in all time steps, mean over rows: one for each neuron of this layer that a spike reaches. See
    /// <see cref="SpikingTrace.SynapticOperations"/>.
    /// </summary>
    public double MeanSynapticOperations { get; }
}

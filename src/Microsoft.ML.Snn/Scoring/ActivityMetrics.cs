using Microsoft.ML.Snn.Scoring;

namespace Microsoft.ML.Snn;

/// <summary>
/// What the neurons of a trained network do on some data, layer by layer: see <see cref="SnnCatalog.EvaluateActivity"/>. Means are over
/// rows.
/// </summary>
public sealed class ActivityMetrics
{
    internal ActivityMetrics(ActivityTotals totals, EnergyModel energy)
    {
        double rows = totals.Rows;
        RowCount = totals.Rows;
        LeftOutRowCount = totals.LeftOut;
        Layers = [.. totals.Layers.Select(layer => new LayerActivityMetrics(layer, totals.Rows))];
        MeanSpikes = totals.Layers.Sum(layer => layer.AllSpikes) / rows;
        MeanSynapticOperations = totals.Operations.SynapticOperations / rows;
        MeanAdditions = totals.Operations.Additions / rows;
        MeanMultiplyAdds = totals.Operations.MultiplyAdds / rows;
        MeanEnergyNanojoules = totals.Operations.EnergyNanojoules(energy) / rows;
    }

    /// <summary>Number of rows that were evaluated.</summary>
    public long RowCount { get; }

    /// <summary>Number of rows with a feature that is not finite: they cannot be scored, and are left out.</summary>
    public long LeftOutRowCount { get; }

    /// <summary>The layers that have neurons, in the order of computation.</summary>
    public IReadOnlyList<LayerActivityMetrics> Layers { get; }

    /// <summary>Spikes of all neurons.</summary>
    public double MeanSpikes { get; }

    /// <summary>Of all layers and the output: see <see cref="SpikingTrace.SynapticOperations"/>.</summary>
    public double MeanSynapticOperations { get; }

    /// <summary>See <see cref="SpikingTrace.Additions"/>.</summary>
    public double MeanAdditions { get; }

    /// <summary>See <see cref="SpikingTrace.MultiplyAdds"/>.</summary>
    public double MeanMultiplyAdds { get; }

    /// <summary>Estimated energy of the arithmetic, in nanojoules: see <see cref="SpikingTrace.EnergyNanojoules"/>.</summary>
    public double MeanEnergyNanojoules { get; }
}

using Microsoft.ML.Snn.Scoring;

namespace Microsoft.ML.Snn;

/// <summary>
/// What an early exit does to a network on some labeled data: one row of the table that
/// <see cref="SnnCatalog.EvaluateEarlyExit"/> gives. Means are over rows.
/// </summary>
public sealed class EarlyExitMetrics
{
    internal EarlyExitMetrics(EarlyExit exit, RunTotals totals, EnergyModel energy)
    {
        double rows = totals.Rows;
        Exit = exit;
        RowCount = totals.Rows;
        Accuracy = totals.Correct / rows;
        MeanSteps = totals.Steps / rows;
        MeanSpikes = totals.Spikes / rows;
        MeanSynapticOperations = totals.Operations.SynapticOperations / rows;
        MeanAdditions = totals.Operations.Additions / rows;
        MeanMultiplyAdds = totals.Operations.MultiplyAdds / rows;
        MeanEnergyNanojoules = totals.Operations.EnergyNanojoules(energy) / rows;
    }

    /// <summary>The early exit.</summary>
    public EarlyExit Exit { get; }

    /// <summary>Number of rows that were evaluated; those with a missing label or a feature that is not finite are left out.</summary>
    public long RowCount { get; }

    /// <summary>Share of rows whose predicted class is the label's, 0 to 1.</summary>
    public double Accuracy { get; }

    /// <summary>Time steps used, 1 to T.</summary>
    public double MeanSteps { get; }

    /// <summary>Spikes of all neurons.</summary>
    public double MeanSpikes { get; }

    /// <summary>See <see cref="SpikingTrace.SynapticOperations"/>.</summary>
    public double MeanSynapticOperations { get; }

    /// <summary>See <see cref="SpikingTrace.Additions"/>.</summary>
    public double MeanAdditions { get; }

    /// <summary>See <see cref="SpikingTrace.MultiplyAdds"/>.</summary>
    public double MeanMultiplyAdds { get; }

    /// <summary>Estimated energy of the arithmetic, in nanojoules: see <see cref="SpikingTrace.EnergyNanojoules"/>.</summary>
    public double MeanEnergyNanojoules { get; }
}

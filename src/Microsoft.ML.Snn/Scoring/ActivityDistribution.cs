using System.Collections.Immutable;
using Microsoft.ML.Snn.Scoring;

namespace Microsoft.ML.Snn;

/// <summary>
/// How the inputs or membrane potentials of a layer's neurons are distributed, over all neurons, time steps and rows, in units of each
/// neuron's own threshold: a neuron fires where its membrane potential is above 1.
/// </summary>
public sealed class ActivityDistribution
{
    private static readonly ImmutableArray<double> _edges = [.. Enumerable.Range(0, DistributionTotals.Bins + 1)
        .Select(i => (double)i / DistributionTotals.BinsPerThreshold - DistributionTotals.Limit)];

    internal ActivityDistribution(DistributionTotals totals)
    {
        Mean = totals.Mean;
        Deviation = totals.Deviation;
        BinCounts = [.. totals.Counts];
    }

    /// <summary>Mean, in thresholds.</summary>
    public double Mean { get; }

    /// <summary>Standard deviation (of the population), in thresholds.</summary>
    public double Deviation { get; }

    /// <summary>
    /// Edges of the histogram's 80 bins, in thresholds: 81 numbers from -5 to 5, 1/8 apart. Bin i has what is above edge i and not above
    /// edge i + 1; the first bin has everything below, too, the last one everything above.
    /// </summary>
    public ImmutableArray<double> BinEdges => _edges;

    /// <summary>
    /// How many values are in each of the 80 bins; together one for each neuron, time step and row. Of membrane potentials, the bins from
    /// 1 on have as many as there are spikes.
    /// </summary>
    public ImmutableArray<long> BinCounts { get; }
}

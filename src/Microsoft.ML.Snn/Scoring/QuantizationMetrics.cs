using Microsoft.ML.Snn.Scoring;

namespace Microsoft.ML.Snn;

/// <summary>
/// What 8-bit weights do to a network on some labeled data: see <see cref="SnnCatalog.EvaluateQuantization"/>.
/// </summary>
public sealed class QuantizationMetrics
{
    /// <param name="totals">Sums over at least one row.</param>
    /// <param name="neuronSteps">Neurons of the network times its time steps.</param>
    /// <param name="classes">Number of classes.</param>
    internal QuantizationMetrics(QuantizationTotals totals, long neuronSteps, int classes)
    {
        double rows = totals.Rows;
        RowCount = totals.Rows;
        Accuracy = totals.Correct / rows;
        QuantizedAccuracy = totals.QuantizedCorrect / rows;
        Agreement = totals.Same / rows;
        MeanAbsoluteScoreDifference = totals.ScoreDifference / rows / classes;
        Spikes = totals.Spikes;
        QuantizedSpikes = totals.QuantizedSpikes;
        SpikeDifference = totals.Differences / rows / neuronSteps;
    }

    /// <summary>Number of rows that were evaluated; those with a missing label or a feature that is not finite are left out.</summary>
    public long RowCount { get; }

    /// <summary>Share of rows whose class the network predicts, 0 to 1.</summary>
    public double Accuracy { get; }

    /// <summary>The same with 8-bit weights.</summary>
    public double QuantizedAccuracy { get; }

    /// <summary>Share of rows for which both predict the same class, right or wrong, 0 to 1.</summary>
    public double Agreement { get; }

    /// <summary>Mean over rows and classes of the absolute difference of the two probabilities.</summary>
    public double MeanAbsoluteScoreDifference { get; }

    /// <summary>Spikes of all neurons on all rows.</summary>
    public long Spikes { get; }

    /// <summary>The same with 8-bit weights.</summary>
    public long QuantizedSpikes { get; }

    /// <summary>
    /// Share of neurons and time steps, over all rows, in which a neuron fires in one network and not in the other, 0 to 1.
    /// </summary>
    public double SpikeDifference { get; }
}

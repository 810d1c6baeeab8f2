namespace Microsoft.ML.Snn;

/// <summary>
/// What 8-bit weights do to a network on some labeled data: see <see cref="SnnCatalog.EvaluateQuantization"/>.
/// </summary>
public sealed class QuantizationMetrics
{
    internal QuantizationMetrics()
    {
    }

    /// <summary>Number of rows that were evaluated; those with a missing label or a feature that is not finite are left out.</summary>
    public required long RowCount { get; init; }

    /// <summary>Share of rows whose class the network predicts, 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The same with 8-bit weights.</summary>
    public required double QuantizedAccuracy { get; init; }

    /// <summary>Share of rows for which both predict the same class, right or wrong, 0 to 1.</summary>
    public required double Agreement { get; init; }

    /// <summary>Mean over rows and classes of the absolute difference of the two probabilities.</summary>
    public required double MeanAbsoluteScoreDifference { get; init; }

    /// <summary>Spikes of all neurons on all rows.</summary>
    public required long Spikes { get; init; }

    /// <summary>The same with 8-bit weights.</summary>
    public required long QuantizedSpikes { get; init; }

    /// <summary>
    /// Share of neurons and time steps, over all rows, in which a neuron fires in one network and not in the other, 0 to 1.
    /// </summary>
    public required double SpikeDifference { get; init; }
}

using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Scoring;

namespace Microsoft.ML;

// Tables for a choice, on labeled data; what the neurons do, on any.
public static partial class SnnCatalog
{
    /// <summary>
    /// Evaluate what early exits do to a network's accuracy, time steps and energy, in one pass over labeled data. Each row of the table
    /// is what running with that exit would give.
    /// </summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="network">The network.</param>
    /// <param name="data">The data, preprocessed: with the features that the network takes.</param>
    /// <param name="exits">The early exits, at least one; <see cref="EarlyExit.Never"/> for comparison.</param>
    /// <param name="labelColumnName">
    /// The label column: a key. Its classes are found by name where it and the network have names, otherwise by order.
    /// </param>
    /// <param name="featureColumnName">The feature column: a vector of <see cref="float"/>.</param>
    /// <param name="energy">What an operation costs; null for the defaults of <see cref="EnergyModel"/>.</param>
    /// <param name="progress">
    /// Is told the number of rows that are done, those left out included: every 100 milliseconds at most, and at the end.
    /// </param>
    /// <param name="cancellationToken">Stops the evaluation between two rows.</param>
    /// <returns>The metrics of each exit, in the order of <paramref name="exits"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or does not suit the network, or the network does not know a label's class.
    /// </exception>
    /// <exception cref="ArgumentException">No exit is given.</exception>
    /// <exception cref="InvalidOperationException">No row has a label and finite features.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was stopped.</exception>
    /// <example>
    /// <code>
    /// EarlyExit[] exits = [new() { Confidence = 0.7f }, new() { Confidence = 0.9f }, EarlyExit.Never];
    /// foreach (EarlyExitMetrics metrics in ml.MulticlassClassification.EvaluateEarlyExit(network, data, exits))
    /// {
    ///     Console.WriteLine(
    ///         $"{metrics.Exit}: {metrics.Accuracy:P1} right, {metrics.MeanSteps:F2} steps, {metrics.MeanEnergyNanojoules:F0} nJ");
    /// }
    /// </code>
    /// </example>
    public static IReadOnlyList<EarlyExitMetrics> EvaluateEarlyExit(
        this MulticlassClassificationCatalog catalog,
        SpikingNetwork network,
        IDataView data,
        IEnumerable<EarlyExit> exits,
        string labelColumnName = DefaultColumnNames.Label,
        string featureColumnName = DefaultColumnNames.Features,
        EnergyModel? energy = null,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(exits);
        EarlyExit[] all = [.. exits];
        if (all.Length == 0)
            throw new ArgumentException("At least one early exit is needed.", nameof(exits));
        using var rows = new LabeledRows(data, network, labelColumnName, featureColumnName, progress, cancellationToken);
        RunTotals[] totals = EarlyExitEvaluation.Run(CatalogUtils.GetEnvironment(catalog), network, rows, all);
        energy ??= new();
        return [.. all.Zip(totals, (exit, sum) => new EarlyExitMetrics(exit, sum, energy))];
    }

    /// <summary>
    /// Evaluate what <see cref="SpikingNetwork.Quantize"/> does to a network's accuracy, scores and spikes, on labeled data.
    /// </summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="network">The network with 32-bit weights.</param>
    /// <param name="data">The data, preprocessed: with the features that the network takes.</param>
    /// <param name="labelColumnName">
    /// The label column: a key. Its classes are found by name where it and the network have names, otherwise by order.
    /// </param>
    /// <param name="featureColumnName">The feature column: a vector of <see cref="float"/>.</param>
    /// <param name="progress">
    /// Is told the number of rows that are done, those left out included: every 100 milliseconds at most, and at the end.
    /// </param>
    /// <param name="cancellationToken">Stops the evaluation between two rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or does not suit the network, or the network does not know a label's class.
    /// </exception>
    /// <exception cref="ArgumentException">The network's weights have 8 bits already.</exception>
    /// <exception cref="InvalidOperationException">No row has a label and finite features.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was stopped.</exception>
    /// <example>
    /// <code>
    /// QuantizationMetrics metrics = ml.MulticlassClassification.EvaluateQuantization(network, data);
    /// Console.WriteLine($"{metrics.Accuracy:P1} right with 32 bits, {metrics.QuantizedAccuracy:P1} with 8");
    /// if (metrics.QuantizedAccuracy > metrics.Accuracy - 0.01)
    ///     network.Quantize().Save("small.zip");
    /// </code>
    /// </example>
    public static QuantizationMetrics EvaluateQuantization(
        this MulticlassClassificationCatalog catalog,
        SpikingNetwork network,
        IDataView data,
        string labelColumnName = DefaultColumnNames.Label,
        string featureColumnName = DefaultColumnNames.Features,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        if (network.IsQuantized)
            throw new ArgumentException("The network's weights have 8 bits already: compare the one it was made from.", nameof(network));
        using var rows = new LabeledRows(data, network, labelColumnName, featureColumnName, progress, cancellationToken);
        return QuantizationEvaluation.Run(CatalogUtils.GetEnvironment(catalog), network, rows);
    }

    /// <summary>
    /// Evaluate what a network's neurons do on some data, layer by layer: firing rates, neurons that never or always fire, dead channels,
    /// the distributions of inputs and membrane potentials, operations and energy. In one pass; memory does not grow with the rows.
    /// </summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="network">
    /// The network; <see cref="SpikingNetwork.WithThreads"/> shares the work inside each row. The metrics do not depend on it.
    /// </param>
    /// <param name="data">The data, preprocessed: with the features that the network takes. No labels are needed.</param>
    /// <param name="featureColumnName">The feature column: a vector of <see cref="float"/>.</param>
    /// <param name="energy">What an operation costs; null for the defaults of <see cref="EnergyModel"/>.</param>
    /// <param name="progress">
    /// Is told the number of rows that are done, those left out included: every 100 milliseconds at most, and at the end.
    /// </param>
    /// <param name="cancellationToken">Stops the evaluation between two rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or does not suit the network.</exception>
    /// <exception cref="InvalidOperationException">No row has finite features.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was stopped.</exception>
    /// <example>
    /// <code>
    /// foreach (LayerActivityMetrics layer in ml.MulticlassClassification.EvaluateActivity(network, data).Layers)
    /// {
    ///     Console.WriteLine($"{layer.Shape.Name}: rate {layer.FiringRate:F3}, {layer.NeverFiring:P0} never fire, "
    ///         + $"{layer.DeadChannels.Length} of {layer.Shape.Channels} channels dead, "
    ///         + $"u {layer.Membrane.Mean:F2} +- {layer.Membrane.Deviation:F2} thresholds");
    /// }
    /// </code>
    /// </example>
    public static ActivityMetrics EvaluateActivity(
        this MulticlassClassificationCatalog catalog,
        SpikingNetwork network,
        IDataView data,
        string featureColumnName = DefaultColumnNames.Features,
        EnergyModel? energy = null,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        DataViewSchema.Column features = EvaluationRows.FindFeatures(data, network, featureColumnName);
        using var rows = new EvaluationRows(data, network, features, [], progress, cancellationToken);
        return new(ActivityEvaluation.Run(CatalogUtils.GetEnvironment(catalog), network, rows), energy ?? new());
    }
}

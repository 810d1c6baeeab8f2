using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn;

namespace Microsoft.ML;

/// <summary>The components of Microsoft.ML.Snn: deep spiking neural networks.</summary>
public static partial class SnnCatalog
{
    /// <summary>
    /// Create a <see cref="SpikingResNetTrainer"/>, which trains a deep spiking residual network to classify images, spike trains or
    /// event frames.
    /// </summary>
    /// <param name="catalog">The multiclass classification trainer catalog.</param>
    /// <param name="labelColumnName">The label column: a key.</param>
    /// <param name="featureColumnName">
    /// The feature column: a known-sized vector of <see cref="float"/> with the dimensions [C, H, W] or [T, C, H, W].
    /// </param>
    /// <param name="scoreColumnName">The output column of the class probabilities.</param>
    /// <param name="predictedLabelColumnName">The output column of the predicted class.</param>
    /// <param name="architecture">The network; null for <see cref="SpikingResNetArchitecture.ResNet19"/>.</param>
    /// <param name="timeSteps">
    /// Number of time steps, at least 1; null (default) for 4 with static images, and for the samples' own T with [T, C, H, W].
    /// </param>
    /// <param name="epochs">Passes over the training set, at least 1. Default 100.</param>
    /// <param name="validationSet">Samples to validate on after every epoch; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is outside its range.</exception>
    /// <exception cref="ArgumentException">The architecture is not a valid one.</exception>
    /// <exception cref="InvalidOperationException">Another version of Microsoft.ML is loaded than this library works with.</exception>
    /// <example>
    /// <format type="text/markdown"><![CDATA[
    /// [!code-csharp[SpikingResNet](~/../src/Samples/TrainAndScore/Program.cs)]
    /// ]]></format>
    /// </example>
    public static SpikingResNetTrainer SpikingResNet(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = DefaultColumnNames.Label,
        string featureColumnName = DefaultColumnNames.Features,
        string scoreColumnName = DefaultColumnNames.Score,
        string predictedLabelColumnName = DefaultColumnNames.PredictedLabel,
        SpikingResNetArchitecture? architecture = null,
        int? timeSteps = null,
        int epochs = 100,
        IDataView? validationSet = null) =>
        catalog.SpikingResNet(new SpikingResNetTrainer.Options
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            ScoreColumnName = scoreColumnName,
            PredictedLabelColumnName = predictedLabelColumnName,
            Architecture = architecture ?? SpikingResNetArchitecture.ResNet19,
            TimeSteps = timeSteps,
            Epochs = epochs,
            ValidationSet = validationSet,
        });

    /// <summary>
    /// Create a <see cref="SpikingResNetTrainer"/> with advanced options, which trains a deep spiking residual network to classify
    /// images, spike trains or event frames.
    /// </summary>
    /// <param name="catalog">The multiclass classification trainer catalog.</param>
    /// <param name="options">The trainer's options; they are copied.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    /// <example>
    /// <format type="text/markdown"><![CDATA[
    /// [!code-csharp[SpikingResNet](~/../src/Samples/TrainAndScore/Program.cs)]
    /// ]]></format>
    /// </example>
    public static SpikingResNetTrainer SpikingResNet(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, SpikingResNetTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new SpikingResNetTrainer(CatalogUtils.GetEnvironment(catalog), options);
    }

    /// <summary>Create a <see cref="SpikeEncodingEstimator"/>, which turns values into spikes.</summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="outputColumnName">The output column: a known-sized vector of <see cref="float"/> with the dimensions [T, ...].</param>
    /// <param name="inputColumnName">
    /// The input column: a known-sized vector of <see cref="float"/>, with values from 0 to 1 for most codes; null for the output column's
    /// name.
    /// </param>
    /// <param name="code">The code.</param>
    /// <param name="timeSteps">
    /// Number of time steps; null for 4, and with <see cref="SpikeCode.Delta"/> for the steps of the series.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is outside its range.</exception>
    /// <example>
    /// <format type="text/markdown"><![CDATA[
    /// [!code-csharp[EncodeSpikes](~/../test/Microsoft.ML.Snn.Tests/Encoding/EncodedTraining.cs)]
    /// ]]></format>
    /// </example>
    public static SpikeEncodingEstimator EncodeSpikes(
        this TransformsCatalog catalog,
        string outputColumnName,
        string? inputColumnName = null,
        SpikeCode code = SpikeCode.Rate,
        int? timeSteps = null) =>
        catalog.EncodeSpikes(new SpikeEncodingEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            Code = code,
            TimeSteps = timeSteps,
        });

    /// <summary>Create a <see cref="SpikeEncodingEstimator"/> with advanced options, which turns values into spikes.</summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="options">The estimator's options; they are copied.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    /// <exception cref="ArgumentException">An option is set that the code has no use for.</exception>
    /// <example>
    /// <format type="text/markdown"><![CDATA[
    /// [!code-csharp[EncodeSpikes](~/../test/Microsoft.ML.Snn.Tests/Encoding/EncodedTraining.cs)]
    /// ]]></format>
    /// </example>
    public static SpikeEncodingEstimator EncodeSpikes(this TransformsCatalog catalog, SpikeEncodingEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new SpikeEncodingEstimator(CatalogUtils.GetEnvironment(catalog), options);
    }

    /// <summary>Create an <see cref="EventLoadingEstimator"/>, which reads recordings of event cameras from files.</summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="outputColumnName">The output column of the recordings: <see cref="EventRecordingDataViewType"/>.</param>
    /// <param name="eventFolder">The folder that relative paths start from; null or empty for the working folder.</param>
    /// <param name="inputColumnName">The input column of the paths, text; null for the output column's name.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <example>
    /// <format type="text/markdown"><![CDATA[
    /// [!code-csharp[LoadEvents](~/../src/Samples/EventCamera/Training/EventPipeline.cs)]
    /// ]]></format>
    /// </example>
    public static EventLoadingEstimator LoadEvents(
        this TransformsCatalog catalog, string outputColumnName, string? eventFolder, string? inputColumnName = null) =>
        catalog.LoadEvents(new EventLoadingEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            EventFolder = eventFolder,
        });

    /// <summary>
    /// Create an <see cref="EventLoadingEstimator"/> with advanced options, which reads recordings of event cameras from files.
    /// </summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="options">The estimator's options; they are copied.</param>
    /// <exception cref="ArgumentException">An option is out of range, or a column name empty.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <example>
    /// <format type="text/markdown"><![CDATA[
    /// [!code-csharp[LoadEvents](~/../src/Samples/EventCamera/Training/EventPipeline.cs)]
    /// ]]></format>
    /// </example>
    public static EventLoadingEstimator LoadEvents(this TransformsCatalog catalog, EventLoadingEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new EventLoadingEstimator(CatalogUtils.GetEnvironment(catalog), options);
    }

    /// <summary>Create an <see cref="EventFramingEstimator"/>, which turns recordings of event cameras into frames.</summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="outputColumnName">
    /// The output column of the frames: a known-sized vector of <see cref="float"/> with the dimensions [T, 2, H, W].
    /// </param>
    /// <param name="inputColumnName">The input column of the recordings: <see cref="EventRecordingDataViewType"/>.</param>
    /// <param name="height">Height H of the sensor and the frames in pixels.</param>
    /// <param name="width">Width W of the sensor and the frames in pixels.</param>
    /// <param name="timeSteps">Number of slices T: the time steps of the network.</param>
    /// <param name="slicing">
    /// How a recording is cut into slices: <see cref="EventSlicing.EqualCount"/> or <see cref="EventSlicing.EqualDuration"/>; the others
    /// need the advanced options.
    /// </param>
    /// <exception cref="ArgumentException">A parameter is out of range, a column name is empty, or the slicing needs an advanced option.</exception>
    /// <example>
    /// <format type="text/markdown"><![CDATA[
    /// [!code-csharp[AccumulateEvents](~/../src/Samples/EventCamera/Training/EventPipeline.cs)]
    /// ]]></format>
    /// </example>
    public static EventFramingEstimator AccumulateEvents(
        this TransformsCatalog catalog,
        string outputColumnName,
        string? inputColumnName,
        int height,
        int width,
        int timeSteps,
        EventSlicing slicing = EventSlicing.EqualCount) =>
        catalog.AccumulateEvents(new EventFramingEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            Height = height,
            Width = width,
            TimeSteps = timeSteps,
            Slicing = slicing,
        });

    /// <summary>
    /// Create an <see cref="EventFramingEstimator"/> with advanced options, which turns recordings of event cameras into frames.
    /// </summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="options">The estimator's options; they are copied.</param>
    /// <exception cref="ArgumentException">An option is out of range, missing, or set though the slicing has no use for it.</exception>
    /// <example>
    /// <format type="text/markdown"><![CDATA[
    /// [!code-csharp[AccumulateEvents](~/../src/Samples/EventCamera/Training/EventPipeline.cs)]
    /// ]]></format>
    /// </example>
    public static EventFramingEstimator AccumulateEvents(this TransformsCatalog catalog, EventFramingEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new EventFramingEstimator(CatalogUtils.GetEnvironment(catalog), options);
    }

    /// <summary>Create a <see cref="SpikingNetworkEstimator"/>, which classifies rows with a trained spiking network.</summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="network">The network, as <see cref="GetSpikingNetwork"/> takes it out of a model.</param>
    /// <param name="outputColumnName">The output column of the class probabilities.</param>
    /// <param name="inputColumnName">
    /// The input column: a vector of <see cref="float"/> with as many values as the network takes.
    /// </param>
    /// <param name="predictedLabelColumnName">The output column of the predicted class, a key.</param>
    /// <exception cref="ArgumentException">A name is empty, or given twice.</exception>
    /// <example>
    /// <format type="text/markdown"><![CDATA[
    /// [!code-csharp[ApplySpikingNetwork](~/../test/Microsoft.ML.Snn.Tests/Scoring/ApplySpikingNetworkTests.cs)]
    /// ]]></format>
    /// </example>
    public static SpikingNetworkEstimator ApplySpikingNetwork(
        this TransformsCatalog catalog,
        FoldedNetwork network,
        string outputColumnName = DefaultColumnNames.Score,
        string inputColumnName = DefaultColumnNames.Features,
        string predictedLabelColumnName = DefaultColumnNames.PredictedLabel) =>
        catalog.ApplySpikingNetwork(network, new SpikingNetworkEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            PredictedLabelColumnName = predictedLabelColumnName,
        });

    /// <summary>
    /// Create a <see cref="SpikingNetworkEstimator"/> with advanced options, which classifies rows with a trained spiking network: early
    /// exit, and columns of what the network did.
    /// </summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="network">The network, as <see cref="GetSpikingNetwork"/> takes it out of a model.</param>
    /// <param name="options">The estimator's options; they are copied.</param>
    /// <exception cref="ArgumentException">A name is empty or given twice, or a number is outside its range.</exception>
    /// <example>
    /// <format type="text/markdown"><![CDATA[
    /// [!code-csharp[ApplySpikingNetwork](~/../test/Microsoft.ML.Snn.Tests/Scoring/ApplySpikingNetworkTests.cs)]
    /// ]]></format>
    /// </example>
    public static SpikingNetworkEstimator ApplySpikingNetwork(
        this TransformsCatalog catalog, FoldedNetwork network, SpikingNetworkEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new SpikingNetworkEstimator(CatalogUtils.GetEnvironment(catalog), network, options);
    }

    /// <summary>
    /// Evaluate what early exits do to a network's accuracy, time steps and energy, in one pass over labelled data. Each row of the table
    /// is what running with that exit would give.
    /// </summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="network">The network.</param>
    /// <param name="data">The data: with the features that the network takes, so behind its preprocessing.</param>
    /// <param name="exits">The early exits, at least one; <see cref="EarlyExit.Never"/> for comparison.</param>
    /// <param name="labelColumnName">
    /// The label column: a key. Its classes are found by name where it and the network have names, otherwise by order.
    /// </param>
    /// <param name="featureColumnName">The feature column: a vector of <see cref="float"/>.</param>
    /// <param name="additionPicojoule">Energy of an addition, in picojoule; 0 or more.</param>
    /// <param name="multiplyAddPicojoule">Energy of a multiply-add, in picojoule; 0 or more.</param>
    /// <returns>The metrics of each exit, in the order of <paramref name="exits"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or does not suit the network, the network does not know a label's class, or an energy is negative or not a number.
    /// </exception>
    /// <exception cref="ArgumentException">No exit is given.</exception>
    /// <exception cref="InvalidOperationException">No row has a label and finite features.</exception>
    /// <example>
    /// <format type="text/markdown"><![CDATA[
    /// [!code-csharp[EvaluateEarlyExit](~/../test/Microsoft.ML.Snn.Tests/Scoring/EvaluationTests.cs)]
    /// ]]></format>
    /// </example>
    public static IReadOnlyList<EarlyExitMetrics> EvaluateEarlyExit(
        this MulticlassClassificationCatalog catalog,
        FoldedNetwork network,
        IDataView data,
        IEnumerable<EarlyExit> exits,
        string labelColumnName = DefaultColumnNames.Label,
        string featureColumnName = DefaultColumnNames.Features,
        double additionPicojoule = SpikingTrace.AdditionPicojoule,
        double multiplyAddPicojoule = SpikingTrace.MultiplyAddPicojoule)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(exits);
        EarlyExit[] all = [.. exits];
        if (all.Length == 0)
            throw new ArgumentException("At least one early exit is needed.", nameof(exits));
        SpikingTrace.CheckEnergy(additionPicojoule, nameof(additionPicojoule));
        SpikingTrace.CheckEnergy(multiplyAddPicojoule, nameof(multiplyAddPicojoule));
        using var rows = new LabelledRows(data, network, labelColumnName, featureColumnName);
        RunTotals[] totals = EarlyExitEvaluation.Run(CatalogUtils.GetEnvironment(catalog), network, rows, all);
        return [.. all.Zip(totals, (exit, sum) => new EarlyExitMetrics(exit, sum, additionPicojoule, multiplyAddPicojoule))];
    }

    /// <summary>
    /// Evaluate what <see cref="FoldedNetwork.Quantize"/> does to a network's accuracy, scores and spikes, on labelled data.
    /// </summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="network">The network with 32-bit weights.</param>
    /// <param name="data">The data: with the features that the network takes, so behind its preprocessing.</param>
    /// <param name="labelColumnName">
    /// The label column: a key. Its classes are found by name where it and the network have names, otherwise by order.
    /// </param>
    /// <param name="featureColumnName">The feature column: a vector of <see cref="float"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or does not suit the network, or the network does not know a label's class.
    /// </exception>
    /// <exception cref="ArgumentException">The network's weights have 8 bits already.</exception>
    /// <exception cref="InvalidOperationException">No row has a label and finite features.</exception>
    /// <example>
    /// <format type="text/markdown"><![CDATA[
    /// [!code-csharp[EvaluateQuantization](~/../test/Microsoft.ML.Snn.Tests/Scoring/EvaluationTests.cs)]
    /// ]]></format>
    /// </example>
    public static QuantizationMetrics EvaluateQuantization(
        this MulticlassClassificationCatalog catalog,
        FoldedNetwork network,
        IDataView data,
        string labelColumnName = DefaultColumnNames.Label,
        string featureColumnName = DefaultColumnNames.Features)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        if (network.IsQuantized)
            throw new ArgumentException("The network's weights have 8 bits already: compare the one it was made from.", nameof(network));
        using var rows = new LabelledRows(data, network, labelColumnName, featureColumnName);
        return QuantizationEvaluation.Run(CatalogUtils.GetEnvironment(catalog), network, rows);
    }
}

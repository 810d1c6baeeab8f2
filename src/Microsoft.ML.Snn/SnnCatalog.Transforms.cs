using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn;

namespace Microsoft.ML;

// Encoding, event cameras, and trained networks as transforms.
public static partial class SnnCatalog
{
    /// <summary>Create a <see cref="SpikeEncodingEstimator"/>, which turns values into spikes.</summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="outputColumnName">The output column: a known-sized vector of <see cref="float"/> with the dimensions [T, ...].</param>
    /// <param name="inputColumnName">
    /// The input column: a known-sized vector of <see cref="float"/>, with values from 0 to 1 for most codes; null for the output column's
    /// name.
    /// </param>
    /// <param name="code">The code with its parameters; null for <see cref="SpikeCode.Rate"/> with its defaults.</param>
    /// <example>
    /// <code>
    /// // Measurements from 0 to 1: the larger, the earlier the spike.
    /// var pipeline = ml.Transforms.EncodeSpikes("Features", "Measurements", SpikeCode.Latency(timeSteps: 8))
    ///     .Append(ml.MulticlassClassification.Trainers.SpikingResNet(epochs: 20));
    /// ITransformer model = pipeline.Fit(data);
    /// IDataView scored = model.Transform(data);
    /// </code>
    /// </example>
    public static SpikeEncodingEstimator EncodeSpikes(
        this TransformsCatalog catalog,
        string outputColumnName,
        string? inputColumnName = null,
        SpikeCode? code = null) =>
        catalog.EncodeSpikes(new SpikeEncodingEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            Code = code ?? SpikeCode.Rate(),
        });

    /// <summary>Create a <see cref="SpikeEncodingEstimator"/> with advanced options, which turns values into spikes.</summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="options">The estimator's options; they are copied.</param>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
    /// <example>
    /// <code>
    /// var encoder = ml.Transforms.EncodeSpikes(new SpikeEncodingEstimator.Options
    /// {
    ///     OutputColumnName = "Features", InputColumnName = "Pixels",
    ///     Code = SpikeCode.Rate(timeSteps: 16, seed: 1, maximum: 255),
    /// });
    /// IDataView spikes = encoder.Fit(data).Transform(data);
    /// </code>
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
    /// <code>
    /// var pipeline = ml.Transforms.Conversion.MapValueToKey("Label")
    ///     .Append(ml.Transforms.LoadEvents("Events", eventFolder: "recordings", inputColumnName: "Path"))
    ///     .Append(ml.Transforms.AccumulateEvents("Features", "Events", height: 34, width: 34, timeSteps: 5))
    ///     .Append(ml.MulticlassClassification.Trainers.SpikingResNet(epochs: 20));
    /// ITransformer model = pipeline.Fit(data);
    /// </code>
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
    /// <code>
    /// var loader = ml.Transforms.LoadEvents(new EventLoadingEstimator.Options
    /// {
    ///     OutputColumnName = "Events", InputColumnName = "Path", EventFolder = "recordings",
    ///     Reading = new EventReadOptions { OnDamage = EventDamagePolicy.KeepEvents },
    /// });
    /// IDataView recordings = loader.Fit(data).Transform(data);
    /// </code>
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
    /// <param name="slicing">How a recording is cut into slices; null (default) for <see cref="EventSlicing.EqualCount"/>.</param>
    /// <exception cref="ArgumentException">A parameter is out of range, or a column name is empty.</exception>
    /// <example>
    /// <code>
    /// // Five slices of equal duration: [5, 2, 34, 34].
    /// var framing = ml.Transforms.AccumulateEvents(
    ///     "Features", "Events", height: 34, width: 34, timeSteps: 5, EventSlicing.EqualDuration);
    /// IDataView frames = framing.Fit(data).Transform(data);
    /// </code>
    /// </example>
    public static EventFramingEstimator AccumulateEvents(
        this TransformsCatalog catalog,
        string outputColumnName,
        string? inputColumnName,
        int height,
        int width,
        int timeSteps,
        EventSlicing? slicing = null) =>
        catalog.AccumulateEvents(new EventFramingEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            Height = height,
            Width = width,
            TimeSteps = timeSteps,
            Slicing = slicing ?? EventSlicing.EqualCount,
        });

    /// <summary>
    /// Create an <see cref="EventFramingEstimator"/> with advanced options, which turns recordings of event cameras into frames.
    /// </summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="options">The estimator's options; they are copied.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range or missing, or the slicing has another number of times than T + 1.
    /// </exception>
    /// <example>
    /// <code>
    /// // A sensor of 128 x 128 as frames of 32 x 32, ten slices of 10 ms each.
    /// var framing = ml.Transforms.AccumulateEvents(new EventFramingEstimator.Options
    /// {
    ///     OutputColumnName = "Features", InputColumnName = "Events", TimeSteps = 10,
    ///     Height = 32, Width = 32, SensorHeight = 128, SensorWidth = 128,
    ///     Slicing = EventSlicing.FixedDuration(TimeSpan.FromMilliseconds(10)),
    ///     Filters = [EventFilter.HotPixelsAbove(500), EventFilter.BackgroundActivity(TimeSpan.FromMilliseconds(5))],
    ///     Accumulation = EventAccumulation.TimeSurface(TimeSpan.FromMilliseconds(30)),
    /// });
    /// IDataView frames = framing.Fit(data).Transform(data);
    /// </code>
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
    /// <code>
    /// SpikingNetwork network = SpikingNetwork.Load("model.zip");
    /// var scoring = ml.Transforms.ApplySpikingNetwork(network.Quantize())
    ///     .Append(ml.Transforms.Conversion.MapKeyToValue("Guess", "PredictedLabel"));
    /// IDataView scored = scoring.Fit(data).Transform(data);
    /// </code>
    /// </example>
    public static SpikingNetworkEstimator ApplySpikingNetwork(
        this TransformsCatalog catalog,
        SpikingNetwork network,
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
    /// <code>
    /// var scoring = ml.Transforms.ApplySpikingNetwork(network, new SpikingNetworkEstimator.Options
    /// {
    ///     Exit = new() { Confidence = 0.9f },
    ///     StepsUsedColumnName = "StepsUsed",
    ///     EnergyNanojoulesColumnName = "EnergyNanojoules",
    /// });
    /// IDataView scored = scoring.Fit(data).Transform(data);
    /// Console.WriteLine(scored.GetColumn&lt;int>("StepsUsed").Average());
    /// </code>
    /// </example>
    public static SpikingNetworkEstimator ApplySpikingNetwork(
        this TransformsCatalog catalog, SpikingNetwork network, SpikingNetworkEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new SpikingNetworkEstimator(CatalogUtils.GetEnvironment(catalog), network, options);
    }
}

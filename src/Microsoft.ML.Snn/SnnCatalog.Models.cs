using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Data;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.EventTransforms.Streaming;
using Microsoft.ML.Snn.Scoring;
using Microsoft.ML.Snn.Scoring.Verification;

namespace Microsoft.ML;

// What is done with models, beside ML.NET's own Save and Load.
public static partial class SnnCatalog
{
    /// <summary>The spiking network inside a model: inside a trained or loaded chain, or a transformer by itself.</summary>
    /// <param name="catalog">The model operations catalog.</param>
    /// <param name="model">The model to look into.</param>
    /// <returns>The last spiking network of the model.</returns>
    /// <exception cref="ArgumentException">The model holds no spiking network.</exception>
    /// <example>
    /// <code>
    /// ITransformer model = ml.Model.Load("model.zip", out DataViewSchema inputSchema);
    /// SpikingNetwork network = ml.Model.GetSpikingNetwork(model);
    /// float[] features = new float[network.FeatureCount];
    /// Console.WriteLine(network.ClassLabels![network.Predict(features)]);
    /// </code>
    /// </example>
    public static SpikingNetwork GetSpikingNetwork(this ModelOperationsCatalog catalog, ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        return NetworkInChain.Find(model)?.Network
            ?? throw new ArgumentException($"The model, a {model.GetType().Name}, holds no spiking network.", nameof(model));
    }

    /// <summary>
    /// The spiking network inside a model, if there is one, and the column that it reads: inside a trained or loaded chain, or a
    /// transformer by itself.
    /// </summary>
    /// <param name="catalog">The model operations catalog.</param>
    /// <param name="model">The model to look into.</param>
    /// <param name="network">The last spiking network of the model; null where it holds none.</param>
    /// <param name="featureColumnName">The column that this network takes its features from; null where there is none.</param>
    /// <returns>Whether the model holds a spiking network.</returns>
    /// <example>
    /// <code>
    /// // Features as the model's own steps compute them, for the network by itself.
    /// if (ml.Model.TryGetSpikingNetwork(model, out SpikingNetwork? network, out string? features))
    /// {
    ///     foreach (float[] row in model.Transform(data).GetColumn&lt;float[]>(features))
    ///         Console.WriteLine(network.Trace(row).Spikes);
    /// }
    /// </code>
    /// </example>
    public static bool TryGetSpikingNetwork(
        this ModelOperationsCatalog catalog, ITransformer model, [NotNullWhen(true)] out SpikingNetwork? network,
        [NotNullWhen(true)] out string? featureColumnName)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        NetworkInChain? found = NetworkInChain.Find(model);
        (network, featureColumnName) = (found?.Network, found?.FeatureColumn);
        return found is not null;
    }

    /// <summary>
    /// Verify that a saved model is as it was written, before <see cref="ModelOperationsCatalog.Load(string, out DataViewSchema)"/> reads
    /// it.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Named as .NET's other methods that compare data with their checksums. <c>Load</c> trusts what it reads: a single bit that has
    /// changed on a disk or in a copy may give other scores, or make it wait forever. This reads the file once, with little memory, and
    /// compares the CRC-32 and the size of every entry, the layout of the zip, the checksums of each spiking network in it, and the names
    /// of the classes in the network with those in the rest of the model. Zips of ML.NET's other models, and of
    /// <see cref="SpikingNetwork.Save(string)"/>, can be verified as well.
    /// </para>
    /// <para>
    /// Damage is found, forgery is not: whoever changes a model on purpose can make the checksums fit. Load models only from sources that
    /// you trust. A file that may be replaced at any time is best read into memory once: verify and load a <see cref="MemoryStream"/>.
    /// </para>
    /// </remarks>
    /// <param name="catalog">The model operations catalog.</param>
    /// <param name="filePath">Path of the zip.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged or no zip, or a network in it is of a newer version; the message names file and entry, and says what to do.
    /// </exception>
    /// <exception cref="InvalidOperationException">Another version of Microsoft.ML is loaded than this library works with.</exception>
    /// <example>
    /// <code>
    /// // Throws an InvalidDataException that names the entry where the file is not as it was saved.
    /// ml.Model.Verify("model.zip");
    /// ITransformer model = ml.Model.Load("model.zip", out DataViewSchema inputSchema);
    /// SpikingNetwork network = ml.Model.GetSpikingNetwork(model);
    /// Console.WriteLine($"{network.ClassCount} classes, T = {network.TimeSteps}");
    /// </code>
    /// </example>
    public static void Verify(this ModelOperationsCatalog catalog, string filePath)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        using FileStream stream = File.OpenRead(filePath);
        ModelVerification.Verify(CatalogUtils.GetEnvironment(catalog), stream, $"'{filePath}'");
    }

    /// <summary>Verifies a model in a stream, which stays open and at its position.</summary>
    /// <param name="catalog">The model operations catalog.</param>
    /// <param name="stream">The zip, from the start of the stream to its end; readable and seekable.</param>
    /// <exception cref="ArgumentException">The stream cannot be read or cannot seek.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    /// <exception cref="InvalidDataException">As above.</exception>
    /// <exception cref="InvalidOperationException">As above.</exception>
    /// <example>
    /// <code>
    /// // A file that may be replaced at any time is read once: what is verified is what is loaded.
    /// using var zip = new MemoryStream(File.ReadAllBytes("model.zip"));
    /// ml.Model.Verify(zip);
    /// ITransformer model = ml.Model.Load(zip, out DataViewSchema inputSchema);
    /// </code>
    /// </example>
    public static void Verify(this ModelOperationsCatalog catalog, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead || !stream.CanSeek)
            throw new ArgumentException("The stream must be readable and seekable: copy it into a MemoryStream.", nameof(stream));
        ModelVerification.Verify(CatalogUtils.GetEnvironment(catalog), stream, "The model");
    }

    /// <summary>Create an <see cref="EventStreamSession"/>, which scores a live stream of events with a model.</summary>
    /// <param name="catalog">The model operations catalog.</param>
    /// <param name="model">
    /// A trained or loaded chain in which the network's features come straight from AccumulateEvents: sensor, frame size and accumulation
    /// are taken from there.
    /// </param>
    /// <param name="options">The session's options; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// The model is not such a chain, or its slicing needs the whole recording and the options name no other.
    /// </exception>
    /// <example>
    /// <code>
    /// EventStreamSession session = ml.Model.CreateEventStreamSession(model, new() { Slicing = EventSlicing.FixedCount(1000) });
    /// ReadOnlyMemory&lt;PolarityEvent> events = recording.Events;   // in packets, as the camera delivers them
    /// while (session.Push(events.Span, out int consumed))
    /// {
    ///     Console.WriteLine($"slice {session.SliceCount}: {session.Scores[0]:F2}");
    ///     events = events[consumed..];
    /// }
    /// </code>
    /// </example>
    public static EventStreamSession CreateEventStreamSession(
        this ModelOperationsCatalog catalog, ITransformer model, EventStreamOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        EventStreamModel found = EventStreamModel.Find(model);
        return new EventStreamSession(found.Network, found.Framing, options);
    }
}

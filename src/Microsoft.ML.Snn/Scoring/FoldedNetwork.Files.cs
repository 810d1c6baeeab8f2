namespace Microsoft.ML.Snn;

// Here and not beside the engine, which knows nothing of ML.NET.
public sealed partial class FoldedNetwork
{
    /// <summary>
    /// Reads the one network of a file that <c>MLContext.Model.Save</c> or <see cref="Save(string)"/> wrote, without a pipeline around it: no
    /// <see cref="MLContext"/> is needed, and the app can be trimmed or compiled to native code (AOT). Features must be what the pipeline
    /// would have computed: behind <c>ExtractPixels</c>, raw values 0 to 255, channel after channel in the order of its options.
    /// </summary>
    /// <param name="path">Path of the zip.</param>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is not a zip, is damaged, is of a newer version, or holds no or several spiking networks; the message says which.
    /// </exception>
    /// <exception cref="InvalidOperationException">Another version of Microsoft.ML is loaded than the one this was made for.</exception>
    public static FoldedNetwork Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = File.OpenRead(path);
        try
        {
            return Load(stream);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}': {e.Message}", e);
        }
    }

    /// <summary>The same from a stream, which is left open.</summary>
    /// <param name="stream">The zip, from the start of the stream.</param>
    /// <exception cref="InvalidDataException">As above.</exception>
    /// <exception cref="InvalidOperationException">As above.</exception>
    public static FoldedNetwork Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return NetworkZip.Load(stream);
    }

    /// <summary>
    /// Writes the network alone, for <see cref="Load(string)"/>: a zip whose weights are not compressed, which is loaded in a fraction of
    /// the time that a model of <c>MLContext.Model.Save</c> takes. <c>MLContext.Model.Load</c> does not read it.
    /// </summary>
    /// <param name="path">Path of the zip; a file that is there is replaced.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = File.Create(path);
        Save(stream);
    }

    /// <summary>The same to a stream, which is left open.</summary>
    /// <param name="stream">Takes the zip.</param>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        NetworkZip.Save(ToGraph(), stream);
    }
}

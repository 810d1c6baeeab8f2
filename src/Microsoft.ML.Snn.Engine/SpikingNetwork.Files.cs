using Microsoft.ML.Snn.Engine.Format;

namespace Microsoft.ML.Snn;

public sealed partial class SpikingNetwork
{
    /// <summary>
    /// Reads the one network of a file that <c>MLContext.Model.Save</c> or <see cref="Save(string)"/> wrote, without a pipeline around it:
    /// no <c>MLContext</c> is needed, and the app can be trimmed or compiled to native code (AOT).
    /// </summary>
    /// <remarks>
    /// Features must be what the pipeline would have computed: after <c>ExtractPixels</c>, raw values 0 to 255, channel after channel in
    /// the order of its options. An early exit is the pipeline's, not the network's: give it to <c>Score</c>.
    /// </remarks>
    /// <param name="path">Path of the zip.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is not a zip, is damaged, is of a newer version, or holds no or several spiking networks; the message says which.
    /// </exception>
    public static SpikingNetwork Load(string path)
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

    /// <summary>Reads the one network of a zip in a stream, which is left open.</summary>
    /// <param name="stream">The zip, from the start of the stream.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    /// <exception cref="InvalidDataException">As above.</exception>
    public static SpikingNetwork Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return NetworkZip.Read(stream, Read);
    }

    /// <summary>
    /// Writes the network alone, for <see cref="Load(string)"/>: a zip whose weights are not compressed, so that nothing has to be unpacked
    /// when it is loaded. <c>MLContext.Model.Load</c> does not read it.
    /// </summary>
    /// <param name="path">
    /// Path of the zip; a file that is there is replaced as soon as the new one is complete. Windows replaces no file that is open: there
    /// it is tried for two seconds.
    /// </param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, is a folder or, on Windows, stays open.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        CompletedFile.Write(path, Save);
    }

    /// <summary>Writes the network alone to a stream, which is left open.</summary>
    /// <param name="stream">Takes the zip.</param>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        NetworkZip.Save(ToGraph(), stream);
    }

    /// <summary>Reads a network; of the weights as stored, those of two layers are in memory at most.</summary>
    /// <exception cref="InvalidDataException">
    /// The network is damaged, of a newer version or no valid one; the message says which.
    /// </exception>
    internal static SpikingNetwork Read(BinaryReader reader) =>
        NetworkFormat.Read(reader, (graph, nodes) => new SpikingNetwork(graph, nodes));
}

using Microsoft.ML.Snn.Interchange.Nir;

namespace Microsoft.ML.Snn;

/// <summary>
/// Networks from graphs in the Neuromorphic Intermediate Representation (NIR), as snnTorch, Norse, SpikingJelly and sinabs write them.
/// </summary>
/// <remarks>
/// <para>
/// Read are feed-forward graphs of the node types Conv2d, Affine, Linear, Scale, SumPool2d, AvgPool2d, Flatten, LIF, IF, CubaLIF (where
/// the synapses keep nothing for the next step) and Threshold, from one Input to one Output. Weights that follow each other without
/// neurons in between become one convolution. What the engine cannot run is refused, and the message names the node.
/// </para>
/// <para>
/// Neurons start at their reset potential and are reset to it by a spike; NIR has no word for other resets, and tools that subtract the
/// threshold write the same file (<see cref="NirImportOptions.Reset"/>). Scores are the softmax of the output averaged over time; where the
/// graph ends with neurons, the output is their spikes.
/// </para>
/// <code>
/// SpikingNetwork network = NirNetwork.Load("network.nir", new NirImportOptions { TimeSteps = 25 });
/// </code>
/// </remarks>
public static class NirNetwork
{
    /// <summary>Reads a graph that tells its number of time steps, as those of <c>SaveNir</c> do.</summary>
    /// <param name="path">Path of the HDF5 file.</param>
    /// <exception cref="ArgumentException">The path is empty, or the file does not tell its number of time steps.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    /// <exception cref="InvalidDataException">The file is no HDF5 file or no NIR graph, or is damaged; the message says where.</exception>
    /// <exception cref="NotSupportedException">The graph has what the engine cannot run; the message names the node.</exception>
    public static SpikingNetwork Load(string path) => Load(path, new NirImportOptions());

    /// <summary>Reads a graph, and takes what it does not tell from the options.</summary>
    /// <param name="path">Path of the HDF5 file.</param>
    /// <param name="options">Time steps, class names, and how to read the neurons' equations.</param>
    /// <exception cref="ArgumentException">
    /// The path is empty, neither the file nor the options tell the number of time steps, or there are other than as many class names as
    /// outputs.
    /// </exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    /// <exception cref="InvalidDataException">The file is no HDF5 file or no NIR graph, or is damaged; the message says where.</exception>
    /// <exception cref="NotSupportedException">The graph has what the engine cannot run; the message names the node.</exception>
    public static SpikingNetwork Load(string path, NirImportOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = File.OpenRead(path);
        try
        {
            return Load(stream, options);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}': {e.Message}", e);
        }
        catch (NotSupportedException e)
        {
            throw new NotSupportedException($"'{path}': {e.Message}", e);
        }
    }

    /// <summary>Reads a graph that tells its number of time steps from a stream, which is left open.</summary>
    /// <param name="stream">The HDF5 file, from the stream's beginning; the stream can seek.</param>
    /// <exception cref="ArgumentException">The stream cannot seek, or the file does not tell its number of time steps.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    /// <exception cref="InvalidDataException">As above.</exception>
    /// <exception cref="NotSupportedException">As above.</exception>
    public static SpikingNetwork Load(Stream stream) => Load(stream, new NirImportOptions());

    /// <summary>Reads a graph from a stream, which is left open, and takes what it does not tell from the options.</summary>
    /// <param name="stream">The HDF5 file, from the stream's beginning; the stream can seek.</param>
    /// <param name="options">Time steps, class names, and how to read the neurons' equations.</param>
    /// <exception cref="ArgumentException">
    /// The stream cannot seek, neither the file nor the options tell the number of time steps, or there are other than as many class names
    /// as outputs.
    /// </exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    /// <exception cref="InvalidDataException">As above.</exception>
    /// <exception cref="NotSupportedException">As above.</exception>
    public static SpikingNetwork Load(Stream stream, NirImportOptions options)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(options);
        if (!stream.CanSeek)
            throw new ArgumentException("An HDF5 file can only be read from a stream that can seek.", nameof(stream));
        using var file = new NirFile(stream);
        return new NirImport(NirGraph.Read(file), options).Read();
    }
}

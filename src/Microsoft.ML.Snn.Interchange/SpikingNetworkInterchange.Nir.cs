using Microsoft.ML.Snn.Engine.Format;
using Microsoft.ML.Snn.Interchange.Nir;
using PureHDF;

namespace Microsoft.ML.Snn;

public static partial class SpikingNetworkInterchange
{
    /// <summary>
    /// Writes the network as a graph in the Neuromorphic Intermediate Representation (NIR), an HDF5 file, which snnTorch, Norse,
    /// SpikingJelly and other tools for spiking networks and chips read.
    /// </summary>
    /// <remarks>
    /// <para>
    /// The graph takes what the network takes, [C, H, W] in each time step: what the pipeline would have computed, after
    /// <c>ExtractPixels</c> raw values 0 to 255. It has nodes of the types Input, Conv2d, LIF (IF where nothing leaks) and Output alone;
    /// what flows into one node is summed. Scores are the softmax of the mean of the output, [classes, 1, 1], over the network's time
    /// steps, which are <see cref="NirExportOptions.TimeStep"/> apart: tell the reader, and that it takes the forward Euler method.
    /// </para>
    /// <para>
    /// NIR's neurons fire above their threshold, as the engine's do; SpikingJelly's fire at it. Parameters are rounded to float32, so that
    /// a neuron whose membrane potential is that near its threshold may fire in one and not in the other. 8-bit weights are written as the
    /// numbers that they stand for.
    /// </para>
    /// <code>
    /// network.SaveNir("network.nir");
    /// </code>
    /// </remarks>
    /// <param name="network">The network to write.</param>
    /// <param name="path">Path of the graph; a file that is there is replaced as soon as the new one is complete.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="NotSupportedException">
    /// The network has what NIR cannot say: neurons that send more than one spike a step, whose layer the message names.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, is a folder or, on Windows, stays open.</exception>
    public static void SaveNir(this SpikingNetwork network, string path) => network.SaveNir(path, new NirExportOptions());

    /// <summary>Writes the network as a NIR graph, with the time step that the options say.</summary>
    /// <param name="network">The network to write.</param>
    /// <param name="path">Path of the graph; a file that is there is replaced as soon as the new one is complete.</param>
    /// <param name="options">Time step and metadata.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="NotSupportedException">The network has what NIR cannot say, as above.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, is a folder or, on Windows, stays open.</exception>
    public static void SaveNir(this SpikingNetwork network, string path, NirExportOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        // Before a file is begun: what cannot be exported leaves none.
        H5File file = Export(network, options);
        CompletedFile.Write(path, stream => file.Write(stream));
    }

    /// <summary>Writes the network as a NIR graph to a stream, which is left open.</summary>
    /// <param name="network">The network to write.</param>
    /// <param name="stream">Takes the file, of at most 2 GB.</param>
    /// <exception cref="NotSupportedException">The network has what NIR cannot say, as above.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void SaveNir(this SpikingNetwork network, Stream stream) => network.SaveNir(stream, new NirExportOptions());

    /// <summary>Writes the network as a NIR graph, with the time step that the options say, to a stream, which is left open.</summary>
    /// <param name="network">The network to write.</param>
    /// <param name="stream">Takes the file, of at most 2 GB.</param>
    /// <param name="options">Time step and metadata.</param>
    /// <exception cref="NotSupportedException">The network has what NIR cannot say, as above.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void SaveNir(this SpikingNetwork network, Stream stream, NirExportOptions options)
    {
        ArgumentNullException.ThrowIfNull(stream);
        // HDF5 goes back and forth in its file.
        using var file = new MemoryStream();
        Export(network, options).Write(file);
        file.WriteTo(stream);
    }

    private static H5File Export(SpikingNetwork network, NirExportOptions options)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        return new NirExport(network.ToGraph(), options).Write();
    }
}

using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Engine.Format;

/// <summary>
/// The binary form of a folded network, which a zip holds as one entry: its structure, then its weights. Little-endian.
/// </summary>
/// <remarks>
/// <para>Structure: <c>int32 version; int32 length; byte[length] body; uint32 CRC-32C of the body</c>. The body, in which a string is
/// <c>int32 length; UTF-8</c>:</para>
/// <code>
/// int32 channels, height, width, time steps; bool input has time steps; int32 classes
/// byte labels (0 none, 1 text, 2 numbers); then for each class a string or a float64
/// int64 bytes of the weights; uint32 CRC-32C of them
/// int32 nodes; each: byte kind (<see cref="NetworkLayerKind"/>); string name; int32 inputs; strings; then by kind
///     convolution: int32 in, out, kernel, stride; [3: int32 rows, columns that are kept, or 0 twice;] bool quantized
///     neuron: int32 decays, thresholds; byte reset (<see cref="ResetKind"/>; readers name one that they do not know); [2: byte spikes]
///     linear: int32 in, out; bool quantized                          input affine, affine: int32 channels
///     add, pool: nothing
/// </code>
/// <para>
/// Weights: the arrays of the nodes in their order: scale and offset; weights and bias; decay and threshold. All are float32, but for the
/// weights of a quantized layer: float32 units, one for each output, then the weights in units as int8.
/// </para>
/// <para>
/// A version is raised when an older reader would misunderstand what a newer one wrote. Written is the oldest that can say what there is
/// to say: 1, 2 where neurons send more than one spike a step, or 3 where a convolution keeps only a part of its output.
/// <see cref="OldestVersion"/> to <see cref="Version"/> are read.
/// </para>
/// </remarks>
internal static class NetworkFormat
{
    public const int Version = 3, OldestVersion = 1;

    /// <summary>Name of a network's entry in a zip, in whatever folder.</summary>
    public const string EntryName = "SnnNetwork";

    /// <summary>The version that a graph is written in.</summary>
    public static int VersionOf(NetworkGraph<float> graph) =>
        graph.Nodes.OfType<ConvolutionNode<float>>().Any(convolution => convolution.Kept is not null) ? 3
            : graph.Nodes.OfType<NeuronNode<float>>().Any(neuron => neuron.MaxSpikes > 1) ? 2 : 1;

    internal enum LabelKind : byte
    {
        None = 0,
        Text = 1,
        Numbers = 2,
    }

    public static void Write(NetworkGraph<float> graph, BinaryWriter writer) => NetworkWriter.Write(graph, writer);

    /// <summary>Tells a network from others: two with the same structure, names, labels and weights have the same.</summary>
    public static ulong Fingerprint(NetworkGraph<float> graph) => NetworkWriter.Fingerprint(graph);

    /// <summary>Reads the graph as it was written.</summary>
    /// <exception cref="InvalidDataException">As below; that the graph is a valid one is not checked.</exception>
    public static NetworkGraph<float> ReadGraph(BinaryReader reader) =>
        Read(reader, (graph, nodes) => graph with { Nodes = [.. nodes] });

    /// <summary>Reads a network and compares its checksums; in memory are the weights of two layers at most.</summary>
    /// <returns>The graph without its nodes.</returns>
    /// <exception cref="InvalidDataException">As below; that the graph is a valid one is not checked.</exception>
    public static NetworkGraph<float> Verify(BinaryReader reader) =>
        Read(reader, (graph, nodes) =>
        {
            foreach (NetworkNode<float> _ in nodes)
            {
            }
            return graph;
        });

    /// <summary>Reads a network node by node, so that not all of its weights need be in memory at once.</summary>
    /// <param name="reader">Where the network begins.</param>
    /// <param name="read">Makes a result of what is known but for the nodes, and of the nodes, which are read as they are taken.</param>
    /// <exception cref="InvalidDataException">
    /// The network is damaged, or was written by a version of the library that this one does not understand; the message says which.
    /// </exception>
    public static T Read<T>(BinaryReader reader, Func<NetworkGraph<float>, IEnumerable<NetworkNode<float>>, T> read)
    {
        try
        {
            (NetworkGraph<float> graph, IEnumerable<NetworkNode<float>> nodes) = NetworkReader.Open(reader);
            return read(graph, nodes);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("The folded network is damaged: it ends too early.", e);
        }
    }
}

namespace Microsoft.ML.Snn;

/// <summary>
/// The binary form of a folded network, in two streams: its structure, and its weights. Little-endian.
/// </summary>
/// <remarks>
/// <para>Structure: <c>int32 version; int32 length; byte[length] body; uint64 XxHash3 of the body</c>. The body, in which a string is
/// <c>int32 length; UTF-8</c>:</para>
/// <code>
/// int32 channels, height, width, time steps; bool input has time steps; int32 classes
/// byte labels (0 none, 1 text, 2 numbers); then for each class a string or a float64
/// int64 number of weights; uint64 XxHash3 of the weights
/// int32 nodes; each: byte kind; string name; int32 inputs; strings; then by kind
///     convolution: int32 in, out, kernel, stride     linear: int32 in, out     neuron: int32 decays, thresholds; byte reset
///     input affine, affine: int32 channels           add, pool: nothing
/// </code>
/// <para>Weights: the float32 arrays of the nodes in their order: scale and offset, weights and bias, decay and threshold.</para>
/// <para>
/// A version is raised when an older reader would misunderstand what a newer one wrote. <see cref="Version"/> is written;
/// <see cref="OldestVersion"/> to <see cref="Version"/> are read.
/// </para>
/// </remarks>
internal static class FoldedNetworkFormat
{
    public const int Version = 1, OldestVersion = 1;

    internal enum NodeKind : byte
    {
        InputAffine = 1,
        Convolution = 2,
        Affine = 3,
        Add = 4,
        Neuron = 5,
        Pool = 6,
        Linear = 7,
    }

    internal enum LabelKind : byte
    {
        None = 0,
        Text = 1,
        Numbers = 2,
    }

    public static void Write(FoldedGraph<float> graph, BinaryWriter structure, BinaryWriter weights) =>
        FoldedNetworkWriter.Write(graph, structure, weights);

    /// <exception cref="InvalidDataException">
    /// The network is damaged, or was written by a version of the library that this one does not understand; the message says which.
    /// </exception>
    public static FoldedGraph<float> Read(BinaryReader structure, BinaryReader weights)
    {
        try
        {
            return FoldedNetworkReader.Read(structure, weights);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("The folded network is damaged: it ends too early.", e);
        }
    }

    /// <summary>All arrays of a node, in the order in which they are stored.</summary>
    internal static ReadOnlySpan<float[]> Arrays(FoldedNode<float> node) => node switch
    {
        InputAffineNode<float> n => new[] { n.Scale, n.Offset },
        ConvolutionNode<float> n => new[] { n.Weights, n.Bias },
        AffineNode<float> n => new[] { n.Scale, n.Offset },
        NeuronNode<float> n => new[] { n.Decay, n.Threshold },
        LinearNode<float> n => new[] { n.Weights, n.Bias },
        _ => [],
    };
}

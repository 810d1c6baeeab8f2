using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using static Microsoft.ML.Snn.FoldedNetworkFormat;

namespace Microsoft.ML.Snn;

/// <summary>Writes what <see cref="FoldedNetworkFormat"/> describes.</summary>
internal static class FoldedNetworkWriter
{
    public static void Write(FoldedGraph<float> graph, BinaryWriter structure, BinaryWriter weights)
    {
        (long count, ulong hash) = WriteWeights(graph, weights);
        using var memory = new MemoryStream();
        using (var body = new BinaryWriter(memory, Encoding.UTF8, leaveOpen: true))
            WriteBody(graph, count, hash, body);
        ReadOnlySpan<byte> bytes = memory.GetBuffer().AsSpan(0, (int)memory.Length);
        structure.Write(FoldedNetworkFormat.Version);
        structure.Write(bytes.Length);
        structure.Write(bytes);
        structure.Write(XxHash3.HashToUInt64(bytes));
    }

    private static void WriteBody(FoldedGraph<float> graph, long weightCount, ulong weightHash, BinaryWriter body)
    {
        body.Write(graph.Channels);
        body.Write(graph.Height);
        body.Write(graph.Width);
        body.Write(graph.TimeSteps);
        body.Write(graph.InputHasTimeSteps);
        body.Write(graph.Classes);
        WriteLabels(graph.Labels, body);
        body.Write(weightCount);
        body.Write(weightHash);
        body.Write(graph.Nodes.Length);
        foreach (FoldedNode<float> node in graph.Nodes)
            WriteNode(node, body);
    }

    private static void WriteLabels(ClassLabels? labels, BinaryWriter body)
    {
        body.Write((byte)(labels is null ? LabelKind.None : labels.AreNumeric ? LabelKind.Numbers : LabelKind.Text));
        if (labels is null)
            return;
        if (labels.AreNumeric)
        {
            foreach (double number in labels.Numbers)
                body.Write(number);
            return;
        }
        foreach (string label in labels)
            WriteText(label, body);
    }

    private static void WriteNode(FoldedNode<float> node, BinaryWriter body)
    {
        body.Write((byte)Kind(node));
        WriteText(node.Name, body);
        body.Write(node.Inputs.Length);
        foreach (string input in node.Inputs)
            WriteText(input, body);
        switch (node)
        {
            case InputAffineNode<float> n:
                body.Write(n.Scale.Length);
                break;
            case AffineNode<float> n:
                body.Write(n.Scale.Length);
                break;
            case ConvolutionNode<float> n:
                body.Write(n.In);
                body.Write(n.Out);
                body.Write(n.Kernel);
                body.Write(n.Stride);
                break;
            case LinearNode<float> n:
                body.Write(n.In);
                body.Write(n.Out);
                break;
            case NeuronNode<float> n:
                body.Write(n.Decay.Length);
                body.Write(n.Threshold.Length);
                body.Write((byte)n.Reset);
                break;
        }
    }

    private static NodeKind Kind(FoldedNode<float> node) => node switch
    {
        InputAffineNode<float> => NodeKind.InputAffine,
        ConvolutionNode<float> => NodeKind.Convolution,
        AffineNode<float> => NodeKind.Affine,
        AddNode<float> => NodeKind.Add,
        NeuronNode<float> => NodeKind.Neuron,
        PoolNode<float> => NodeKind.Pool,
        LinearNode<float> => NodeKind.Linear,
        _ => throw new InvalidOperationException($"Node {node.Name} is of an unknown kind, {node.GetType().Name}."),
    };

    private static void WriteText(string text, BinaryWriter body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        body.Write(bytes.Length);
        body.Write(bytes);
    }

    private static (long Count, ulong Hash) WriteWeights(FoldedGraph<float> graph, BinaryWriter weights)
    {
        var hash = new XxHash3();
        long count = 0;
        foreach (FoldedNode<float> node in graph.Nodes)
        {
            foreach (float[] values in Arrays(node))
            {
                ReadOnlySpan<byte> bytes = LittleEndian(values);
                weights.Write(bytes);
                hash.Append(bytes);
                count += values.Length;
            }
        }
        return (count, hash.GetCurrentHashAsUInt64());
    }

    private static ReadOnlySpan<byte> LittleEndian(float[] values)
    {
        if (BitConverter.IsLittleEndian)
            return MemoryMarshal.AsBytes(values.AsSpan());
        int[] reversed = new int[values.Length];
        BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<float, int>(values.AsSpan()), reversed);
        return MemoryMarshal.AsBytes(reversed.AsSpan());
    }
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Snn.Engine.Graph;
using static Microsoft.ML.Snn.Engine.Format.NetworkFormat;

namespace Microsoft.ML.Snn.Engine.Format;

/// <summary>Writes what <see cref="NetworkFormat"/> describes.</summary>
internal static class NetworkWriter
{
    public static void Write(NetworkGraph<float> graph, BinaryWriter writer)
    {
        // The structure, which comes first, has the weights' checksum: they are gone through twice rather than kept as bytes.
        byte[] body = BodyOf(graph, WriteWeights(graph, null));
        writer.Write(VersionOf(graph));
        writer.Write(body.Length);
        writer.Write(body);
        writer.Write(Checksum.Of(body));
        WriteWeights(graph, writer);
    }

    /// <summary>The checksums of what would be written: of the structure, above, and of the weights.</summary>
    public static ulong Fingerprint(NetworkGraph<float> graph)
    {
        WeightWriter measured = WriteWeights(graph, null);
        return (ulong)Checksum.Of(BodyOf(graph, measured)) << 32 | measured.Checksum;
    }

    private static byte[] BodyOf(NetworkGraph<float> graph, WeightWriter measured)
    {
        using var memory = new MemoryStream();
        using (var body = new BinaryWriter(memory, Encoding.UTF8, leaveOpen: true))
            WriteBody(graph, VersionOf(graph), measured.Bytes, measured.Checksum, body);
        return memory.ToArray();
    }

    private static WeightWriter WriteWeights(NetworkGraph<float> graph, BinaryWriter? target)
    {
        var writer = new WeightWriter(target);
        foreach (NetworkNode<float> node in graph.Nodes)
            writer.Write(node);
        return writer;
    }

    private static void WriteBody(NetworkGraph<float> graph, int version, long weightBytes, uint weightChecksum, BinaryWriter body)
    {
        body.Write(graph.Channels);
        body.Write(graph.Height);
        body.Write(graph.Width);
        body.Write(graph.TimeSteps);
        body.Write(graph.InputHasTimeSteps);
        body.Write(graph.Classes);
        WriteLabels(graph.Labels, body);
        body.Write(weightBytes);
        body.Write(weightChecksum);
        body.Write(graph.Nodes.Length);
        foreach (NetworkNode<float> node in graph.Nodes)
            WriteNode(node, version, body);
    }

    private static void WriteLabels(LabelValues? labels, BinaryWriter body)
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

    private static void WriteNode(NetworkNode<float> node, int version, BinaryWriter body)
    {
        body.Write((byte)node.Kind);
        WriteText(node.Name, body);
        body.Write(node.Inputs.Length);
        foreach (string input in node.Inputs)
            WriteText(input, body);
        switch (node)
        {
            case ChannelScaleNode<float> n:
                body.Write(n.Scale.Length);
                break;
            case WeightedNode<float> n:
                body.Write(n.In);
                body.Write(n.Out);
                if (n is ConvolutionNode<float> convolution)
                {
                    body.Write(n.Kernel);
                    body.Write(n.Stride);
                    if (version > 2)
                    {
                        body.Write(convolution.Kept?.Height ?? 0);
                        body.Write(convolution.Kept?.Width ?? 0);
                    }
                }
                body.Write(n.Unit is not null);
                break;
            case NeuronNode<float> n:
                body.Write(n.Decay.Length);
                body.Write(n.Threshold.Length);
                body.Write((byte)n.Reset);
                if (version > 1)
                    body.Write((byte)n.MaxSpikes);
                break;
        }
    }

    private static void WriteText(string text, BinaryWriter body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        body.Write(bytes.Length);
        body.Write(bytes);
    }

    /// <summary>Writes arrays, or none where there is no target, counts their bytes and takes their checksum.</summary>
    private sealed class WeightWriter(BinaryWriter? target)
    {
        private readonly Checksum _checksum = new();

        public long Bytes { get; private set; }

        public uint Checksum => _checksum.Value;

        public void Write(NetworkNode<float> node)
        {
            switch (node)
            {
                case ChannelScaleNode<float> n:
                    Write(n.Scale);
                    Write(n.Offset);
                    break;
                case WeightedNode<float> n:
                    WriteLayer(n.Weights, n.Unit, n.Bias);
                    break;
                case NeuronNode<float> n:
                    Write(n.Decay);
                    Write(n.Threshold);
                    break;
            }
        }

        private void WriteLayer(float[] values, float[]? unit, float[] bias)
        {
            if (unit is null)
                Write(values);
            else
            {
                Write(unit);
                Write(MemoryMarshal.AsBytes(Quantization.Integers(values, unit).AsSpan()));
            }
            Write(bias);
        }

        private void Write(float[] values)
        {
            if (BitConverter.IsLittleEndian)
            {
                Write(MemoryMarshal.AsBytes(values.AsSpan()));
                return;
            }
            int[] reversed = new int[values.Length];
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<float, int>(values.AsSpan()), reversed);
            Write(MemoryMarshal.AsBytes(reversed.AsSpan()));
        }

        private void Write(ReadOnlySpan<byte> bytes)
        {
            target?.Write(bytes);
            _checksum.Append(bytes);
            Bytes += bytes.Length;
        }
    }
}

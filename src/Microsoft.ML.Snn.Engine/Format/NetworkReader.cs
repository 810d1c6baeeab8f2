using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Snn.Engine.Graph;
using static Microsoft.ML.Snn.Engine.Format.NetworkFormat;

namespace Microsoft.ML.Snn.Engine.Format;

/// <summary>Reads what <see cref="NetworkFormat"/> describes, and trusts no length: memory is taken for data that is there.</summary>
internal sealed class NetworkReader
{
    private const int ChunkBytes = 1 << 20;

    private static readonly UTF8Encoding _strictText = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly BinaryReader _body;
    // What follows the body: the weights.
    private readonly BinaryReader _weights;
    private readonly Checksum _checksum = new();
    private readonly int _version;
    private long _bytesLeft;

    private NetworkReader(int version, BinaryReader body, BinaryReader weights)
    {
        _version = version;
        _body = body;
        _weights = weights;
    }

    /// <summary>Reads the structure but for the nodes.</summary>
    public static (NetworkGraph<float> Graph, IEnumerable<NetworkNode<float>> Nodes) Open(BinaryReader source)
    {
        int version = source.ReadInt32();
        if (version is < OldestVersion or > NetworkFormat.Version)
        {
            throw new InvalidDataException(version > NetworkFormat.Version
                ? $"The folded network has format {version}; this version of Microsoft.ML.Snn reads up to {NetworkFormat.Version}. "
                    + "Use a newer one."
                : $"The folded network has format {version}, which does not exist: it is damaged.");
        }
        byte[] bytes = ReadBytes(source, source.ReadInt32());
        if (source.ReadUInt32() != Checksum.Of(bytes))
            throw Damaged("the checksum of its structure is wrong");
        var reader = new NetworkReader(version, new BinaryReader(new MemoryStream(bytes), Encoding.UTF8), source);
        NetworkGraph<float> graph = reader.ReadHeader();
        return (graph, reader.ReadNodes());
    }

    private NetworkGraph<float> ReadHeader()
    {
        int channels = _body.ReadInt32(), height = _body.ReadInt32(), width = _body.ReadInt32(), timeSteps = _body.ReadInt32();
        bool inputHasTimeSteps = _body.ReadBoolean();
        int classes = ReadCount("classes");
        return new()
        {
            Nodes = [],
            Channels = channels,
            Height = height,
            Width = width,
            TimeSteps = timeSteps,
            InputHasTimeSteps = inputHasTimeSteps,
            Classes = classes,
            Labels = ReadLabels(classes),
        };
    }

    private IEnumerable<NetworkNode<float>> ReadNodes()
    {
        _bytesLeft = _body.ReadInt64();
        uint checksum = _body.ReadUInt32();
        for (int count = ReadCount("nodes"); count > 0; count--)
            yield return ReadNode();
        if (_body.BaseStream.Position != _body.BaseStream.Length)
            throw Damaged("its structure is followed by other data");
        if (_bytesLeft != 0)
            throw Damaged($"its nodes leave {_bytesLeft} bytes of its weights over");
        if (_checksum.Value != checksum)
            throw Damaged("the checksum of its weights is wrong");
        if (_weights.BaseStream.ReadByte() >= 0)
            throw Damaged("other data follow its weights");
    }

    private LabelValues? ReadLabels(int classes)
    {
        var kind = (LabelKind)_body.ReadByte();
        switch (kind)
        {
            case LabelKind.None:
                return null;
            case LabelKind.Text:
                var text = new List<string>();
                for (int i = 0; i < classes; i++)
                    text.Add(ReadText());
                return LabelValues.FromText(text);
            case LabelKind.Numbers:
                var numbers = new List<double>();
                for (int i = 0; i < classes; i++)
                    numbers.Add(_body.ReadDouble());
                return LabelValues.FromNumbers(numbers);
            default:
                throw Unknown($"class labels of kind {(byte)kind}");
        }
    }

    private NetworkNode<float> ReadNode()
    {
        var kind = (NetworkLayerKind)_body.ReadByte();
        string name = ReadText();
        var inputs = ImmutableArray.CreateBuilder<string>();
        for (int count = ReadCount("inputs"); count > 0; count--)
            inputs.Add(ReadText());
        ImmutableArray<string> sources = inputs.ToImmutable();
        switch (kind)
        {
            case NetworkLayerKind.InputNormalization:
            {
                int channels = ReadSize();
                return new InputAffineNode<float>(name, sources, ReadValues<float>(channels), ReadValues<float>(channels));
            }
            case NetworkLayerKind.IdentityShortcut:
            {
                int channels = ReadSize();
                return new AffineNode<float>(name, sources, ReadValues<float>(channels), ReadValues<float>(channels));
            }
            case NetworkLayerKind.Convolution:
            {
                int @in = ReadSize(), @out = ReadSize(), kernel = ReadSize(), stride = ReadSize();
                (int Height, int Width) kept = _version > 2 ? (_body.ReadInt32(), _body.ReadInt32()) : (0, 0);
                (float[] weights, float[]? unit) = ReadLayer((Int128)@in * kernel * kernel, @out);
                float[] bias = ReadValues<float>(@out);
                return new ConvolutionNode<float>(name, sources, @in, @out, kernel, stride, weights, bias)
                {
                    Unit = unit, Kept = kept == (0, 0) ? null : kept,
                };
            }
            case NetworkLayerKind.Linear:
            {
                int @in = ReadSize(), @out = ReadSize();
                (float[] weights, float[]? unit) = ReadLayer(@in, @out);
                return new LinearNode<float>(name, sources, @in, @out, weights, ReadValues<float>(@out)) { Unit = unit };
            }
            case NetworkLayerKind.Neurons:
            {
                int decays = ReadSize(), thresholds = ReadSize();
                var reset = (ResetKind)_body.ReadByte();
                if (!Enum.IsDefined(reset))
                    throw Unknown($"a neuron ({name}) with a reset of kind {(int)reset}");
                int maxSpikes = _version > 1 ? _body.ReadByte() : 1;
                return new NeuronNode<float>(name, sources, ReadValues<float>(decays), ReadValues<float>(thresholds), reset)
                {
                    MaxSpikes = maxSpikes,
                };
            }
            case NetworkLayerKind.Addition:
                return new AddNode<float>(name, sources);
            case NetworkLayerKind.Pooling:
                return new PoolNode<float>(name, sources);
            default:
                throw Unknown($"a node ({name}) of kind {(byte)kind}");
        }
    }

    /// <summary>The weights of a layer, with their units where they are quantized.</summary>
    private (float[] Weights, float[]? Unit) ReadLayer(Int128 inputs, int outputs)
    {
        if (!_body.ReadBoolean())
            return (ReadValues<float>(inputs * outputs), null);
        float[] unit = ReadValues<float>(outputs);
        sbyte[] weights = ReadValues<sbyte>(inputs * outputs);
        // Bounds of sums count on it.
        if (weights.AsSpan().Contains(sbyte.MinValue))
            throw Damaged($"an 8-bit weight is {sbyte.MinValue}, and the least is {-Quantization.MaxWeight}");
        return (Quantization.Weights(weights, unit), unit);
    }

    private T[] ReadValues<T>(Int128 count)
        where T : unmanaged
    {
        int size = Unsafe.SizeOf<T>();
        if (count * size > _bytesLeft || count > Array.MaxLength)
            throw Damaged($"a node asks for {count * size} of the {_bytesLeft} bytes of weights that are left");
        _bytesLeft -= (long)count * size;
        Stream stream = _weights.BaseStream;
        bool isThere = stream.CanSeek && stream.Length - stream.Position >= (long)count * size;
        T[] values = GC.AllocateUninitializedArray<T>(isThere ? (int)count : Math.Min((int)count, ChunkBytes / size));
        for (int read = 0; read < (int)count;)
        {
            if (read == values.Length)
                Array.Resize(ref values, (int)Math.Min((long)count, 2L * read));
            Span<T> part = values.AsSpan(read);
            Span<byte> bytes = MemoryMarshal.AsBytes(part);
            _weights.ReadExactly(bytes);
            _checksum.Append(bytes);
            if (!BitConverter.IsLittleEndian && size == sizeof(int))
            {
                Span<int> bits = MemoryMarshal.Cast<T, int>(part);
                BinaryPrimitives.ReverseEndianness(bits, bits);
            }
            read = values.Length;
        }
        return values;
    }

    private int ReadSize()
    {
        int size = _body.ReadInt32();
        return size >= 1 ? size : throw Damaged($"a node has the size {size}");
    }

    private int ReadCount(string what)
    {
        int count = _body.ReadInt32();
        return count >= 0 ? count : throw Damaged($"it claims {count} {what}");
    }

    private string ReadText()
    {
        byte[] bytes = ReadBytes(_body, ReadCount("bytes of text"));
        try
        {
            return _strictText.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("The folded network is damaged: a name in it is not UTF-8.", e);
        }
    }

    private static byte[] ReadBytes(BinaryReader reader, int length)
    {
        if (length < 0)
            throw Damaged($"it claims {length} bytes");
        byte[] bytes = new byte[Math.Min(length, ChunkBytes)];
        for (int read = 0; read < length; read = bytes.Length)
        {
            if (read == bytes.Length)
                Array.Resize(ref bytes, (int)Math.Min(length, 2L * read));
            reader.ReadExactly(bytes.AsSpan(read));
        }
        return bytes;
    }

    private static InvalidDataException Damaged(string what) => new($"The folded network is damaged: {what}.");

    private static InvalidDataException Unknown(string what) => new(
        $"The folded network has {what}, which this version of Microsoft.ML.Snn does not know: it is damaged or was written by a newer "
        + "version.");
}

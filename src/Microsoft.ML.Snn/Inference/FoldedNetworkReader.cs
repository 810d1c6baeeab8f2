using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using static Microsoft.ML.Snn.FoldedNetworkFormat;

namespace Microsoft.ML.Snn;

/// <summary>Reads what <see cref="FoldedNetworkFormat"/> describes, and trusts no length: memory is taken as data arrives.</summary>
internal sealed class FoldedNetworkReader
{
    private const int ChunkBytes = 1 << 20;

    private static readonly UTF8Encoding _strictText = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly BinaryReader _body;
    private readonly BinaryReader _weights;
    private readonly XxHash3 _weightHash = new();
    private long _weightsLeft;

    private FoldedNetworkReader(BinaryReader body, BinaryReader weights)
    {
        _body = body;
        _weights = weights;
    }

    public static FoldedGraph<float> Read(BinaryReader structure, BinaryReader weights)
    {
        int version = structure.ReadInt32();
        if (version is < OldestVersion or > FoldedNetworkFormat.Version)
        {
            throw new InvalidDataException(version > FoldedNetworkFormat.Version
                ? $"The folded network has format {version}; this version of Microsoft.ML.Snn reads up to {FoldedNetworkFormat.Version}. "
                    + "Use a newer one."
                : $"The folded network has format {version}, which does not exist: it is damaged.");
        }
        byte[] bytes = ReadBytes(structure, structure.ReadInt32());
        if (structure.ReadUInt64() != XxHash3.HashToUInt64(bytes))
            throw Damaged("the checksum of its structure is wrong");
        using var body = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        FoldedGraph<float> graph = new FoldedNetworkReader(body, weights).ReadBody();
        return body.BaseStream.Position == bytes.Length ? graph : throw Damaged("its structure is followed by other data");
    }

    private FoldedGraph<float> ReadBody()
    {
        int channels = _body.ReadInt32(), height = _body.ReadInt32(), width = _body.ReadInt32(), timeSteps = _body.ReadInt32();
        bool inputHasTimeSteps = _body.ReadBoolean();
        int classes = ReadCount("classes");
        ClassLabels? labels = ReadLabels(classes);
        _weightsLeft = _body.ReadInt64();
        ulong hash = _body.ReadUInt64();
        var nodes = ImmutableArray.CreateBuilder<FoldedNode<float>>();
        for (int count = ReadCount("nodes"); count > 0; count--)
            nodes.Add(ReadNode());
        if (_weightsLeft != 0)
            throw Damaged($"its nodes leave {_weightsLeft} of its weights over");
        if (_weightHash.GetCurrentHashAsUInt64() != hash)
            throw Damaged("the checksum of its weights is wrong");
        return new()
        {
            Nodes = nodes.ToImmutable(),
            Channels = channels,
            Height = height,
            Width = width,
            TimeSteps = timeSteps,
            InputHasTimeSteps = inputHasTimeSteps,
            Classes = classes,
            Labels = labels,
        };
    }

    private ClassLabels? ReadLabels(int classes)
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
                return ClassLabels.FromText(text);
            case LabelKind.Numbers:
                var numbers = new List<double>();
                for (int i = 0; i < classes; i++)
                    numbers.Add(_body.ReadDouble());
                return ClassLabels.FromNumbers(numbers);
            default:
                throw Unknown($"class labels of kind {(byte)kind}");
        }
    }

    private FoldedNode<float> ReadNode()
    {
        var kind = (NodeKind)_body.ReadByte();
        string name = ReadText();
        var inputs = ImmutableArray.CreateBuilder<string>();
        for (int count = ReadCount("inputs"); count > 0; count--)
            inputs.Add(ReadText());
        ImmutableArray<string> sources = inputs.ToImmutable();
        switch (kind)
        {
            case NodeKind.InputAffine:
            {
                int channels = ReadSize();
                return new InputAffineNode<float>(name, sources, ReadWeights(channels), ReadWeights(channels));
            }
            case NodeKind.Affine:
            {
                int channels = ReadSize();
                return new AffineNode<float>(name, sources, ReadWeights(channels), ReadWeights(channels));
            }
            case NodeKind.Convolution:
            {
                int @in = ReadSize(), @out = ReadSize(), kernel = ReadSize(), stride = ReadSize();
                return new ConvolutionNode<float>(
                    name, sources, @in, @out, kernel, stride, ReadWeights((Int128)@in * @out * kernel * kernel), ReadWeights(@out));
            }
            case NodeKind.Linear:
            {
                int @in = ReadSize(), @out = ReadSize();
                return new LinearNode<float>(name, sources, @in, @out, ReadWeights((Int128)@in * @out), ReadWeights(@out));
            }
            case NodeKind.Neuron:
            {
                int decays = ReadSize(), thresholds = ReadSize();
                var reset = (ResetKind)_body.ReadByte();
                if (!Enum.IsDefined(reset))
                    throw Unknown($"a neuron ({name}) with a reset of kind {(int)reset}");
                return new NeuronNode<float>(name, sources, ReadWeights(decays), ReadWeights(thresholds), reset);
            }
            case NodeKind.Add:
                return new AddNode<float>(name, sources);
            case NodeKind.Pool:
                return new PoolNode<float>(name, sources);
            default:
                throw Unknown($"a node ({name}) of kind {(byte)kind}");
        }
    }

    private float[] ReadWeights(Int128 count)
    {
        if (count > _weightsLeft || count > Array.MaxLength)
            throw Damaged($"a node asks for {count} of the {_weightsLeft} weights that are left");
        _weightsLeft -= (long)count;
        var values = new float[Math.Min((int)count, ChunkBytes / sizeof(float))];
        for (int read = 0; read < (int)count;)
        {
            if (read == values.Length)
                Array.Resize(ref values, (int)Math.Min((long)count, 2L * read));
            Span<float> part = values.AsSpan(read);
            Span<byte> bytes = MemoryMarshal.AsBytes(part);
            _weights.ReadExactly(bytes);
            _weightHash.Append(bytes);
            if (!BitConverter.IsLittleEndian)
            {
                Span<int> bits = MemoryMarshal.Cast<float, int>(part);
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

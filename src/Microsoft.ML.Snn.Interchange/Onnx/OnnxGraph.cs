using System.Runtime.InteropServices;
using Google.Protobuf;

namespace Microsoft.ML.Snn.Interchange.Onnx;

/// <summary>A graph in work: nodes, constants, inputs and outputs. Every value gets a name of its own.</summary>
internal sealed class OnnxGraph
{
    /// <summary>More nodes take runtimes minutes to load.</summary>
    public const int MaxNodes = 100_000;

    /// <summary>The free size of the batch axis.</summary>
    public const string BatchAxis = "N";

    // A message of protocol buffers has at most 2 GB; the rest is for nodes.
    private const long MostBytes = int.MaxValue - (128L << 20);

    private readonly GraphProto _graph = new() { Name = "spiking_network" };
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, string> _constants = [];
    private long _bytes;

    /// <summary>Bytes that constants may have together.</summary>
    public long MaxBytes { get; init; } = MostBytes;

    /// <summary>The graph so far.</summary>
    public GraphProto Graph => _graph;

    /// <summary>Adds an input, [N, sizes].</summary>
    public string AddInput(string name, TensorProto.Types.DataType type, params ReadOnlySpan<int> sizes)
    {
        name = Unique(name);
        _graph.Input.Add(Describe(name, type, sizes));
        return name;
    }

    /// <summary>Names what <paramref name="value"/> holds as an output of float32, [N, sizes].</summary>
    public void AddOutput(string name, string value, params ReadOnlySpan<int> sizes)
    {
        name = Add("Identity", [value], name);
        _graph.Output.Add(Describe(name, TensorProto.Types.DataType.Float, sizes));
    }

    /// <summary>Adds a node with one output.</summary>
    /// <param name="operation">Of the standard operators.</param>
    /// <param name="inputs">Names of values.</param>
    /// <param name="output">The wish for the output's name.</param>
    /// <param name="attributes">The node's.</param>
    /// <returns>The output's name.</returns>
    /// <exception cref="NotSupportedException">There are too many nodes.</exception>
    public string Add(string operation, ReadOnlySpan<string> inputs, string output, params ReadOnlySpan<AttributeProto> attributes)
    {
        if (_graph.Node.Count == MaxNodes)
        {
            throw new NotSupportedException(
                $"The ONNX model would have more than {MaxNodes} nodes: export the form "
                + $"{nameof(OnnxGraphForm)}.{nameof(OnnxGraphForm.Step)}, which has one time step, or set "
                + $"{nameof(OnnxExportOptions.UseIntegers)} to false.");
        }
        output = Unique(output);
        var node = new NodeProto { Name = output, OpType = operation };
        foreach (string input in inputs)
            node.Input.Add(input);
        node.Output.Add(output);
        foreach (AttributeProto attribute in attributes)
            node.Attribute.Add(attribute);
        _graph.Node.Add(node);
        return output;
    }

    /// <summary>A constant, which is made when it is first asked for.</summary>
    /// <param name="name">The same for the same constant.</param>
    /// <param name="shape">Its shape; empty for a scalar.</param>
    /// <param name="values">Makes its values: float, int, long or sbyte.</param>
    /// <returns>The name of its value.</returns>
    /// <exception cref="NotSupportedException">There are too many bytes.</exception>
    public string Constant<T>(string name, ReadOnlySpan<int> shape, Func<T[]> values)
        where T : unmanaged
    {
        if (_constants.TryGetValue(name, out string? known))
            return known;
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values().AsSpan());
        if ((_bytes += bytes.Length) > MaxBytes)
        {
            throw new NotSupportedException(
                $"The weights take more than the {MaxBytes >> 20} MiB that an ONNX file can hold: quantize the network, "
                + "or save it as a zip.");
        }
        var tensor = new TensorProto { Name = Unique(name), DataType = TypeOf<T>(), RawData = ByteString.CopyFrom(bytes) };
        foreach (int size in shape)
            tensor.Dims.Add(size);
        _graph.Initializer.Add(tensor);
        return _constants[name] = tensor.Name;
    }

    /// <summary>The first rows and columns of maps [N, C, H, W]; all where none are told.</summary>
    public string Keep(string maps, (int Height, int Width)? kept) => kept is { } size
        ? Add("Slice", [maps, Numbers(0, 0), Numbers(size.Height, size.Width), Numbers(2, 3)], $"{maps}.kept") : maps;

    /// <summary>A list of whole numbers as a constant, such as axes.</summary>
    public string Numbers(params long[] values) => Constant($"[{string.Join(',', values)}]", [values.Length], () => values);

    public static AttributeProto Attribute(string name, long value) =>
        new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    public static AttributeProto Attribute(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.Add(values);
        return attribute;
    }

    private string Unique(string name)
    {
        while (!_names.Add(name))
            name += "_";
        return name;
    }

    private static TensorProto.Types.DataType TypeOf<T>() => default(T) switch
    {
        float => TensorProto.Types.DataType.Float,
        sbyte => TensorProto.Types.DataType.Int8,
        int => TensorProto.Types.DataType.Int32,
        long => TensorProto.Types.DataType.Int64,
        _ => throw new ArgumentException($"{typeof(T)} is no type of constants."),
    };

    private static ValueInfoProto Describe(string name, TensorProto.Types.DataType type, ReadOnlySpan<int> sizes)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = BatchAxis });
        foreach (int size in sizes)
            shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = size });
        return new()
        {
            Name = name,
            Type = new() { TensorType = new() { ElemType = type, Shape = shape } },
        };
    }
}

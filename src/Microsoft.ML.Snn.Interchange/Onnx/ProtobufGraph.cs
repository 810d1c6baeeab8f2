using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.Snn.Engine.Onnx;

namespace Microsoft.ML.Snn.Interchange.Onnx;

/// <summary>A graph in work as the message of a file: its inputs and outputs too.</summary>
internal sealed class ProtobufGraph : OnnxGraph
{
    /// <summary>The free size of the batch axis.</summary>
    public const string BatchAxis = "N";

    private readonly GraphProto _graph = new() { Name = "spiking_network" };
    private readonly HashSet<string> _names = [];

    /// <summary>The graph so far.</summary>
    public GraphProto Graph => _graph;

    protected override bool AxesAreInputs => true;

    protected override string AdviceForFewerNodes =>
        $"export the form {nameof(OnnxGraphForm)}.{nameof(OnnxGraphForm.Step)}, which has one time step, or set "
        + $"{nameof(OnnxExportOptions.UseIntegers)} to false";

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

    protected override string AddNode(
        string operation, ReadOnlySpan<string> inputs, string output, ReadOnlySpan<OnnxAttribute> attributes)
    {
        output = Unique(output);
        var node = new NodeProto { Name = output, OpType = operation };
        foreach (string input in inputs)
            node.Input.Add(input);
        node.Output.Add(output);
        foreach (OnnxAttribute attribute in attributes)
            node.Attribute.Add(Message(attribute));
        _graph.Node.Add(node);
        return output;
    }

    protected override string AddConstant<T>(string name, ReadOnlySpan<int> shape, T[] values)
    {
        var tensor = new TensorProto { Name = Unique(name), DataType = TypeOf<T>(), RawData = RawData(values) };
        foreach (int size in shape)
            tensor.Dims.Add(size);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>Numbers as a tensor's <c>raw_data</c> holds them: little-endian.</summary>
    internal static ByteString RawData<T>(T[] values)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan());
        if (BitConverter.IsLittleEndian)
            return ByteString.CopyFrom(bytes);
        byte[] reversed = bytes.ToArray();
        int size = Unsafe.SizeOf<T>();
        for (int first = 0; first < reversed.Length; first += size)
            reversed.AsSpan(first, size).Reverse();
        return UnsafeByteOperations.UnsafeWrap(reversed);
    }

    private string Unique(string name)
    {
        while (!_names.Add(name))
            name += "_";
        return name;
    }

    private static AttributeProto Message(OnnxAttribute attribute)
    {
        if (!attribute.IsList)
            return new() { Name = attribute.Name, I = attribute.Values[0], Type = AttributeProto.Types.AttributeType.Int };
        var list = new AttributeProto { Name = attribute.Name, Type = AttributeProto.Types.AttributeType.Ints };
        list.Ints.Add(attribute.Values);
        return list;
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

using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Snn.Interchange.Onnx;
using DataType = Microsoft.ML.Snn.Interchange.Onnx.TensorProto.Types.DataType;

namespace Microsoft.ML.Snn.Benchmarks.Inference;

/// <summary>
/// An exported float32 model whose convolutions are quantized after training, as is usual for ONNX Runtime: QLinearConv, whose input,
/// weights and output have 8 bits. Weights are symmetric with a scale for each output channel, outputs have the range that pictures give
/// them; spikes are whole numbers and lose nothing. Neurons, and the small linear layers, stay in float32.
/// </summary>
internal sealed class QuantizedOnnx
{
    // Half of 8 bits for inputs that use all of theirs: where the processor has no VNNI, ONNX Runtime adds two products in 16 bits.
    private const int WeightLimit = 127, WeightLimitOfFullInputs = 63, PicturesAtOnce = 4;

    private readonly ModelProto _model;
    private readonly Dictionary<string, TensorProto> _constants;
    private readonly Dictionary<string, NodeProto> _producers;
    private readonly List<NodeProto> _nodes = [];
    private readonly HashSet<string> _made = [];

    private QuantizedOnnx(ModelProto model)
    {
        _model = model;
        _constants = model.Graph.Initializer.ToDictionary(tensor => tensor.Name);
        _producers = model.Graph.Node.ToDictionary(node => node.Output[0]);
    }

    /// <summary>Quantizes a model that takes maps.</summary>
    /// <param name="model">The exported model, unrolled.</param>
    /// <param name="pictures">Features [C, H, W] of pictures that show the ranges.</param>
    /// <param name="shape">C, H and W.</param>
    public static byte[] Make(byte[] model, float[][] pictures, ReadOnlySpan<long> shape)
    {
        ModelProto proto = ModelProto.Parser.ParseFrom(model);
        Dictionary<string, (float Low, float High)> ranges = Measure(proto, pictures, shape);
        return new QuantizedOnnx(proto).Quantize(ranges);
    }

    /// <summary>The range of the input and the output of each convolution.</summary>
    private static Dictionary<string, (float Low, float High)> Measure(ModelProto proto, float[][] pictures, ReadOnlySpan<long> shape)
    {
        ModelProto measured = proto.Clone();
        string[] names = [.. proto.Graph.Node.Where(node => node.OpType == "Conv")
            .SelectMany(node => (string[])[node.Input[0], node.Output[0]]).Distinct()];
        foreach (string name in names)
        {
            measured.Graph.Output.Add(new ValueInfoProto
            {
                Name = name, Type = new() { TensorType = new() { ElemType = DataType.Float } },
            });
        }
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var session = new InferenceSession(measured.ToByteArray(), options);
        // 0 is always among them: what is outside the map is 0.
        var ranges = names.ToDictionary(name => name, _ => (Low: 0f, High: 0f));
        foreach (float[][] batch in pictures.Chunk(PicturesAtOnce))
        {
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(
                batch.SelectMany(picture => picture).ToArray(), [batch.Length, .. shape]);
            using var run = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, ["Features"], [input], names);
            for (int i = 0; i < names.Length; i++)
            {
                (float low, float high) = ranges[names[i]];
                foreach (float value in outputs[i].GetTensorDataAsSpan<float>())
                    (low, high) = (Math.Min(low, value), Math.Max(high, value));
                ranges[names[i]] = (low, high);
            }
        }
        return ranges;
    }

    private byte[] Quantize(Dictionary<string, (float Low, float High)> ranges)
    {
        foreach (NodeProto node in _model.Graph.Node)
        {
            if (node.OpType == "Conv")
                Convolve(node, ranges);
            else
                _nodes.Add(node);
        }
        _model.Graph.Node.Clear();
        _model.Graph.Node.Add(_nodes);
        var used = _nodes.SelectMany(node => node.Input).ToHashSet();
        _model.Graph.Initializer.Clear();
        _model.Graph.Initializer.Add(_constants.Values.Where(tensor => used.Contains(tensor.Name)));
        return _model.ToByteArray();
    }

    private void Convolve(NodeProto node, Dictionary<string, (float Low, float High)> ranges)
    {
        string source = node.Input[0], target = node.Output[0];
        NodeProto? producer = _producers.GetValueOrDefault(source);
        // Truth values as numbers, or their sums.
        bool isSpikes = producer?.OpType is "Cast" or "Sum";
        (float scale, byte zero) = isSpikes ? (1, (byte)0) : Grid(ranges[source]);
        string bytes = $"{source}.8bit";
        if (_made.Add(bytes))
        {
            if (isSpikes)
            {
                var cast = Node("Cast", [producer!.OpType == "Cast" ? producer.Input[0] : source], bytes);
                cast.Attribute.Add(
                    new AttributeProto { Name = "to", I = (long)DataType.Uint8, Type = AttributeProto.Types.AttributeType.Int });
                _nodes.Add(cast);
            }
            else
                _nodes.Add(Node("QuantizeLinear", [source, Scalar(scale), Scalar(zero)], bytes));
        }
        (string weights, string scales, string zeros, float[] steps) = Weights(
            node.Input[1], isSpikes ? WeightLimit : WeightLimitOfFullInputs);
        string bias = Bias(node.Input[2], [.. steps.Select(step => step * scale)], scale);
        (float outScale, byte outZero) = Grid(ranges[target]);
        NodeProto convolution = Node(
            "QLinearConv",
            [bytes, Scalar(scale), Scalar(zero), weights, scales, zeros, Scalar(outScale), Scalar(outZero), bias], $"{target}.8bit");
        convolution.Attribute.Add(node.Attribute);
        _nodes.Add(convolution);
        _nodes.Add(Node("DequantizeLinear", [$"{target}.8bit", Scalar(outScale), Scalar(outZero)], target));
    }

    /// <summary>Scale and zero point of 256 levels over a range, of which 0 is one.</summary>
    private static (float Scale, byte Zero) Grid((float Low, float High) range)
    {
        float scale = range.High > range.Low ? (range.High - range.Low) / byte.MaxValue : 1;
        return (scale, (byte)Math.Clamp(MathF.Round(-range.Low / scale), 0, byte.MaxValue));
    }

    /// <summary>The weights of a convolution, [Out, In, K, K], in steps of each output channel.</summary>
    private (string Weights, string Scales, string Zeros, float[] Steps) Weights(string name, int limit)
    {
        TensorProto tensor = _constants[name];
        ReadOnlySpan<float> weights = MemoryMarshal.Cast<byte, float>(tensor.RawData.Span);
        int channels = (int)tensor.Dims[0], size = weights.Length / channels;
        float[] steps = new float[channels];
        sbyte[] rounded = new sbyte[weights.Length];
        for (int c = 0; c < channels; c++)
        {
            float most = 0;
            foreach (float weight in weights.Slice(c * size, size))
                most = Math.Max(most, Math.Abs(weight));
            steps[c] = most > 0 ? most / limit : 1;
            for (int i = c * size; i < (c + 1) * size; i++)
                rounded[i] = (sbyte)Math.Clamp(MathF.Round(weights[i] / steps[c]), -limit, limit);
        }
        return (
            Constant($"{name}.8bit", DataType.Int8, tensor.Dims, rounded), Constant($"{name}.scales", DataType.Float, [channels], steps),
            Constant($"{name}.zeros", DataType.Int8, [channels], new sbyte[channels]), steps);
    }

    /// <summary>A bias in whole steps of the products.</summary>
    private string Bias(string name, float[] steps, float inputScale)
    {
        ReadOnlySpan<float> bias = MemoryMarshal.Cast<byte, float>(_constants[name].RawData.Span);
        int[] rounded = new int[bias.Length];
        for (int c = 0; c < rounded.Length; c++)
            rounded[c] = (int)Math.Clamp(Math.Round((double)bias[c] / steps[c]), int.MinValue, int.MaxValue);
        return Constant($"{name}.32bit.{inputScale:R}", DataType.Int32, [rounded.Length], rounded);
    }

    private string Scalar(float value) => Constant($"scale {value:R}", DataType.Float, [], [value]);

    private string Scalar(byte value) => Constant($"zero {value}", DataType.Uint8, [], [value]);

    private string Constant<T>(string name, DataType type, IEnumerable<long> shape, T[] values)
        where T : unmanaged
    {
        if (_constants.ContainsKey(name))
            return name;
        var tensor = new TensorProto
        {
            Name = name, DataType = type, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())),
        };
        tensor.Dims.Add(shape);
        _constants[name] = tensor;
        return name;
    }

    private static NodeProto Node(string operation, string[] inputs, string output)
    {
        var node = new NodeProto { Name = output, OpType = operation };
        node.Input.Add(inputs);
        node.Output.Add(output);
        return node;
    }
}

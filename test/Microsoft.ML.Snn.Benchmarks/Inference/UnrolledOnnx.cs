using System.Runtime.InteropServices;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Benchmarks.Inference;

/// <summary>
/// A folded network as an ONNX model (IR 8, operators 17) with its time steps unrolled: float32, <c>features</c> [N, C, H, W] ->
/// <c>scores</c> [N, classes]. What does not change over time is there once.
/// </summary>
internal sealed class UnrolledOnnx
{
    // Field numbers of onnx.proto.
    private const int ModelIrVersion = 1, ModelGraph = 7, ModelOperators = 8, OperatorsVersion = 2;
    private const int GraphNode = 1, GraphName = 2, GraphInitializer = 5, GraphInput = 11, GraphOutput = 12;
    private const int NodeInput = 1, NodeOutput = 2, NodeOperator = 4, NodeAttribute = 5;
    private const int AttributeName = 1, AttributeInteger = 3, AttributeIntegers = 8, AttributeType = 20, Integer = 2, Integers = 7;
    private const int TensorSize = 1, TensorType = 2, TensorName = 8, TensorBytes = 9, Float = 1, Int64 = 7;
    private const int ValueName = 1, ValueType = 2, TypeTensor = 1, TensorElement = 1, TensorShape = 2, ShapeSize = 1, SizeValue = 1;

    private readonly NetworkGraph<float> _graph;
    private readonly Protobuf _onnx = new();

    private UnrolledOnnx(NetworkGraph<float> graph) => _graph = graph;

    public static byte[] Write(NetworkGraph<float> graph, int rows) => new UnrolledOnnx(graph).WriteModel(rows);

    private byte[] WriteModel(int rows)
    {
        _onnx.Add(GraphName, "spiking");
        _onnx.Add(GraphInput, Value("features", rows, _graph.Channels, _graph.Height, _graph.Width));
        _onnx.Add(GraphOutput, Value("scores", rows, _graph.Classes));
        AddTensor("decay.zero", [], [0]);
        AddTensor("pool.axes", [2, 3]);
        // The name of each node's output at each step: one name where it is the same at all of them.
        var names = new Dictionary<string, string[]> { [NetworkNode<float>.NetworkInput] = ["features"] };
        foreach (NetworkNode<float> node in _graph.Nodes)
        {
            AddParameters(node);
            names[node.Name] = node is NeuronNode<float> neuron ? Fire(neuron, names[node.Inputs[0]]) : Steps(node, names);
        }
        string[] outputs = names[_graph.Nodes[^1].Name];
        AddNode("Mean", outputs, "logits");
        AddNode("Softmax", ["logits"], "scores", ("axis", [1]));
        return new Protobuf().Add(ModelIrVersion, 8).Add(ModelGraph, _onnx)
            .Add(ModelOperators, new Protobuf().Add(OperatorsVersion, 17)).ToArray();
    }

    private string[] Steps(NetworkNode<float> node, Dictionary<string, string[]> names)
    {
        int steps = node.Inputs.Max(input => names[input].Length);
        string[] outputs = new string[steps];
        for (int step = 0; step < steps; step++)
        {
            outputs[step] = $"{node.Name}@{step}";
            string[] inputs = [.. node.Inputs.Select(input => names[input][Math.Min(step, names[input].Length - 1)])];
            switch (node)
            {
                case ConvolutionNode<float> n:
                    int padding = n.Kernel / 2;
                    AddNode("Conv", [inputs[0], $"{n.Name}.weights", $"{n.Name}.bias"], outputs[step],
                        ("kernel_shape", [n.Kernel, n.Kernel]), ("strides", [n.Stride, n.Stride]),
                        ("pads", [padding, padding, padding, padding]));
                    break;
                case LinearNode<float> n:
                    AddNode("Gemm", [inputs[0], $"{n.Name}.weights", $"{n.Name}.bias"], outputs[step], ("transB", [1]));
                    break;
                case AffineNode<float> or InputAffineNode<float>:
                    AddNode("Mul", [inputs[0], $"{node.Name}.weights"], $"{outputs[step]}.scaled");
                    AddNode("Add", [$"{outputs[step]}.scaled", $"{node.Name}.bias"], outputs[step]);
                    break;
                case AddNode<float>:
                    AddNode("Add", inputs, outputs[step]);
                    break;
                case PoolNode<float>:
                    AddNode("ReduceSum", [inputs[0], "pool.axes"], outputs[step], ("keepdims", [0]));
                    break;
                default:
                    throw new NotSupportedException(node.GetType().Name);
            }
        }
        return outputs;
    }

    /// <summary>Eq. 1-3.</summary>
    private string[] Fire(NeuronNode<float> neuron, string[] currents)
    {
        AddTensor($"{neuron.Name}.decay", [], neuron.Decay);
        AddTensor($"{neuron.Name}.threshold", [], neuron.Threshold);
        string[] spikes = new string[_graph.TimeSteps];
        string membrane = "";
        for (int step = 0; step < spikes.Length; step++)
        {
            string name = $"{neuron.Name}@{step}", current = currents[Math.Min(step, currents.Length - 1)];
            if (step > 0)
            {
                AddNode("Where", [$"{neuron.Name}@{step - 1}.fired", "decay.zero", membrane], $"{name}.kept");
                AddNode("Mul", [$"{name}.kept", $"{neuron.Name}.decay"], $"{name}.decayed");
                AddNode("Add", [$"{name}.decayed", current], $"{name}.membrane");
            }
            membrane = step == 0 ? current : $"{name}.membrane";
            AddNode("Greater", [membrane, $"{neuron.Name}.threshold"], $"{name}.fired");
            AddNode("Cast", [$"{name}.fired"], name, ("to", [Float]));
            spikes[step] = name;
        }
        return spikes;
    }

    private void AddParameters(NetworkNode<float> node)
    {
        switch (node)
        {
            case ConvolutionNode<float> n:
                AddTensor($"{n.Name}.weights", [n.Out, n.In, n.Kernel, n.Kernel], n.Weights);
                AddTensor($"{n.Name}.bias", [n.Out], n.Bias);
                break;
            case LinearNode<float> n:
                AddTensor($"{n.Name}.weights", [n.Out, n.In], n.Weights);
                AddTensor($"{n.Name}.bias", [n.Out], n.Bias);
                break;
            case AffineNode<float> n:
                AddTensor($"{n.Name}.weights", [n.Scale.Length, 1, 1], n.Scale);
                AddTensor($"{n.Name}.bias", [n.Offset.Length, 1, 1], n.Offset);
                break;
            case InputAffineNode<float> n:
                AddTensor($"{n.Name}.weights", [n.Scale.Length, 1, 1], n.Scale);
                AddTensor($"{n.Name}.bias", [n.Offset.Length, 1, 1], n.Offset);
                break;
        }
    }

    private void AddNode(string @operator, string[] inputs, string output, params (string Name, int[] Values)[] attributes)
    {
        var node = new Protobuf();
        foreach (string input in inputs)
            node.Add(NodeInput, input);
        node.Add(NodeOutput, output).Add(NodeOperator, @operator);
        foreach ((string name, int[] values) in attributes)
        {
            var attribute = new Protobuf().Add(AttributeName, name);
            bool isList = name is "kernel_shape" or "strides" or "pads";
            foreach (int value in values)
                attribute.Add(isList ? AttributeIntegers : AttributeInteger, value);
            node.Add(NodeAttribute, attribute.Add(AttributeType, isList ? Integers : Integer));
        }
        _onnx.Add(GraphNode, node);
    }

    private void AddTensor(string name, int[] shape, float[] values) =>
        AddTensor(name, shape, Float, MemoryMarshal.AsBytes(values.AsSpan()));

    private void AddTensor(string name, long[] values) =>
        AddTensor(name, [values.Length], Int64, MemoryMarshal.AsBytes(values.AsSpan()));

    private void AddTensor(string name, int[] shape, int type, ReadOnlySpan<byte> bytes)
    {
        var tensor = new Protobuf();
        foreach (int size in shape)
            tensor.Add(TensorSize, size);
        _onnx.Add(GraphInitializer, tensor.Add(TensorType, type).Add(TensorName, name).Add(TensorBytes, bytes));
    }

    private static Protobuf Value(string name, params int[] shape)
    {
        var sizes = new Protobuf();
        foreach (int size in shape)
            sizes.Add(ShapeSize, new Protobuf().Add(SizeValue, size));
        var tensor = new Protobuf().Add(TensorElement, Float).Add(TensorShape, sizes);
        return new Protobuf().Add(ValueName, name).Add(ValueType, new Protobuf().Add(TypeTensor, tensor));
    }
}

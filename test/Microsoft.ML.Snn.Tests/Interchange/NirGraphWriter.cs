using Microsoft.ML.Snn.Tests.Reference;
using PureHDF;

namespace Microsoft.ML.Snn.Tests.Interchange;

/// <summary>Writes NIR graphs of random weights, node after node, as other tools write them.</summary>
internal sealed class NirGraphWriter(int seed)
{
    private const float TimeStep = 0.5f;

    private readonly Random _random = new(seed);
    private readonly H5Group _nodes = [];
    private readonly List<(string, string)> _edges = [];
    private string _last = "";
    // What the last node gives.
    private int[] _shape = [];

    public int[] InputShape { get; private set; } = [];

    public NirGraphWriter Input(params int[] shape)
    {
        InputShape = shape;
        return Node("input", new() { ["type"] = "Input", ["shape"] = Longs(shape) }, shape);
    }

    public NirGraphWriter Output() => Node("output", new() { ["type"] = "Output", ["shape"] = Longs(_shape) }, _shape);

    public NirGraphWriter Affine(string name, int outputs) => Matrix(name, "Affine", outputs);

    public NirGraphWriter Linear(string name, int outputs) => Matrix(name, "Linear", outputs);

    public NirGraphWriter Conv(
        string name, int outputs, (int Y, int X) kernel, object padding, int stride = 1, int dilation = 1, int groups = 1)
    {
        int inputs = _shape[0] / groups;
        float[] weights = Normal(outputs * inputs * kernel.Y * kernel.X, 1.2 / Math.Sqrt(inputs * kernel.Y * kernel.X));
        (int Y, int X) pad = padding switch
        {
            long both => ((int)both, (int)both),
            long[] pair => ((int)pair[0], (int)pair[1]),
            "valid" => (0, 0),
            _ => ((kernel.Y - 1) / 2, (kernel.X - 1) / 2),
        };
        return Node(name, new()
        {
            ["type"] = "Conv2d",
            ["weight"] = new H5Dataset(weights, fileDims: [(ulong)outputs, (ulong)inputs, (ulong)kernel.Y, (ulong)kernel.X]),
            ["bias"] = Normal(outputs, 0.1),
            ["stride"] = Longs(stride, stride), ["padding"] = padding, ["dilation"] = Longs(dilation, dilation), ["groups"] = (long)groups,
        }, [outputs, Size(_shape[1], kernel.Y, pad.Y), Size(_shape[2], kernel.X, pad.X)]);

        int Size(int input, int taps, int padding) => (input + 2 * padding - dilation * (taps - 1) - 1) / stride + 1;
    }

    public NirGraphWriter Pool(string name, string type, int kernel, int stride, int padding = 0) => Node(name, new()
    {
        ["type"] = type, ["kernel_size"] = Longs(kernel, kernel), ["stride"] = Longs(stride, stride), ["padding"] = Longs(padding, padding),
    }, [_shape[0], (_shape[1] + 2 * padding - kernel) / stride + 1, (_shape[2] + 2 * padding - kernel) / stride + 1]);

    public NirGraphWriter Flatten(string name) => Node(name, new()
    {
        ["type"] = "Flatten", ["start_dim"] = 0L, ["end_dim"] = -1L, ["input_type"] = Longs(_shape),
    }, [_shape.Aggregate((product, size) => product * size)]);

    public NirGraphWriter Scale(string name, params float[] scale) => Node(name, new()
    {
        ["type"] = "Scale", ["scale"] = scale.Length == 1 ? scale : new H5Dataset(scale, fileDims: [(ulong)scale.Length, 1, 1]),
    }, _shape);

    /// <summary>Without v_reset, as older versions of NIR write it.</summary>
    public NirGraphWriter Lif(string name, object tau, object r, object threshold) => Node(name, new()
    {
        ["type"] = "LIF", ["tau"] = tau, ["r"] = r, ["v_leak"] = 0f, ["v_threshold"] = threshold,
    }, _shape);

    /// <summary>Neurons that leak and are reset to a potential of their own.</summary>
    public NirGraphWriter RestingLif(string name, object tau, object r, object threshold, object rest) => Node(name, new()
    {
        ["type"] = "LIF", ["tau"] = tau, ["r"] = r, ["v_leak"] = rest, ["v_threshold"] = threshold, ["v_reset"] = rest,
    }, _shape);

    public NirGraphWriter If(string name, bool perNeuron = false)
    {
        int count = _shape.Aggregate((product, size) => product * size);
        ulong[] sizes = perNeuron ? [.. _shape.Select(size => (ulong)size)] : [1];
        return Node(name, new()
        {
            ["type"] = "IF", ["r"] = Filled(1 / TimeStep), ["v_threshold"] = Filled(0.6f), ["v_reset"] = Filled(0),
        }, _shape);

        H5Dataset Filled(float value) => new(Enumerable.Repeat(value, perNeuron ? count : 1).ToArray(), fileDims: sizes);
    }

    public NirGraphWriter Cuba(string name, float tau, float r, float weight, float threshold, float synapse = TimeStep) => Node(name, new()
    {
        ["type"] = "CubaLIF", ["tau_mem"] = tau, ["tau_syn"] = synapse, ["r"] = r, ["w_in"] = weight, ["v_leak"] = 0f,
        ["v_threshold"] = threshold, ["v_reset"] = 0f,
    }, _shape);

    public NirGraphWriter Threshold(string name, float threshold) =>
        Node(name, new() { ["type"] = "Threshold", ["threshold"] = threshold }, _shape);

    /// <summary>Adds a node, and an edge to it from the one before.</summary>
    public NirGraphWriter Node(string name, H5Group node, int[] shape)
    {
        _nodes[name] = node;
        if (_last != "")
            _edges.Insert(0, (_last, name));
        (_last, _shape) = (name, shape);
        return this;
    }

    /// <summary>The node that the next one comes after, and what it gives.</summary>
    public NirGraphWriter From(string node, params int[] shape)
    {
        (_last, _shape) = (node, shape);
        return this;
    }

    public NirGraphWriter Edge(string from, string to)
    {
        _edges.Add((from, to));
        return this;
    }

    public byte[] Write()
    {
        var file = new H5File
        {
            ["version"] = "0.2.0",
            ["node"] = new H5Group
            {
                ["type"] = "NIRGraph", ["nodes"] = _nodes,
                ["edges"] = new H5Dataset(
                    _edges.SelectMany(edge => (string[])[edge.Item1, edge.Item2]).ToArray(), fileDims: [(ulong)_edges.Count, 2]),
            },
        };
        using var stream = new MemoryStream();
        file.Write(stream);
        return stream.ToArray();
    }

    private NirGraphWriter Matrix(string name, string type, int outputs)
    {
        int inputs = _shape[0];
        var node = new H5Group
        {
            ["type"] = type,
            ["weight"] = new H5Dataset(Normal(outputs * inputs, 1.5 / Math.Sqrt(inputs)), fileDims: [(ulong)outputs, (ulong)inputs]),
        };
        if (type == "Affine")
            node["bias"] = Normal(outputs, 0.1);
        return Node(name, node, [outputs]);
    }

    private float[] Normal(int count, double deviation) => RandomNetworks.Normal(_random, count, 0.05, deviation);

    private static long[] Longs(params int[] values) => Array.ConvertAll(values, value => (long)value);
}

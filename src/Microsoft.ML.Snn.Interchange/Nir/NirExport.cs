using System.Text.Json;
using Microsoft.ML.Snn.Engine.Graph;
using PureHDF;

namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>
/// Writes a network as a NIR graph of Input, Conv2d, LIF, IF and Output alone, since tools differ in how they read the others.
/// </summary>
/// <remarks>
/// <para>
/// Forward Euler of NIR's <c>tau dv/dt = v_leak - v + r I</c> is <c>v[t] = v[t-1] + dt / tau * (r x[t] - v[t-1])</c>, v_leak being 0. With
/// <c>tau = dt / (1 - decay)</c> and r = 1, v is <c>(1 - decay)</c> times the engine's u, so the threshold is <c>(1 - decay)</c> times the
/// engine's; the reset to 0 has no scale. Neurons that do not leak are <c>dv/dt = r I</c> with r = 1 / dt.
/// </para>
/// <para>
/// What flows into the same neurons are several edges to one node, which are summed. Scales of channels are dense 1x1 convolutions
/// with a diagonal, since many importers misread groups; the linear layer after a pooling is a convolution as large as the map.
/// </para>
/// </remarks>
internal sealed class NirExport
{
    // Neurons that leak nothing among others that do: so slow that float32 does not tell.
    private const double SlowTau = 1L << 40;

    private readonly NetworkGraph<float> _graph;
    private readonly NirExportOptions _options;
    private readonly H5Group _nodes = [];
    private readonly List<(string, string)> _edges = [];
    // Names in the file, by those of our nodes; a pooling's is that of its neurons.
    private readonly Dictionary<string, string> _names = new() { [NetworkNode<float>.NetworkInput] = NirNames.Input };
    // What each layer of neurons sends.
    private readonly Dictionary<string, Signal> _maps = [];
    private readonly int _digits;

    public NirExport(NetworkGraph<float> graph, NirExportOptions options)
    {
        (_graph, _options) = (graph, options);
        _digits = $"{graph.Nodes.Length}".Length;
    }

    /// <exception cref="NotSupportedException">The network has what NIR cannot say.</exception>
    public H5File Write()
    {
        H5Group input = Add(NirNames.Input, "Input");
        input["shape"] = NirValues.Integers(_graph.Channels, _graph.Height, _graph.Width);
        var map = new Signal(SignalKind.Analog, _graph.Channels, _graph.Height, _graph.Width);
        foreach (InputAffineNode<float> node in _graph.Nodes.OfType<InputAffineNode<float>>())
            AddScales(node, map);
        foreach (LayerPlan layer in LayerPlan.Of(_graph))
        {
            string[] summands = [.. layer.Summands.Select(AddSummand)];
            _maps[layer.Name] = layer.Shape;
            string target = layer.Neuron is { } neuron ? AddNeurons(neuron, layer.Shape) : NirNames.Output;
            _edges.AddRange(summands.Select(summand => (summand, target)));
        }
        H5Group output = Add(NirNames.Output, "Output");
        output["shape"] = NirValues.Integers(_graph.Classes, 1, 1);

        var graph = new H5Group
        {
            [NirNames.Type] = "NIRGraph", [NirNames.Nodes] = _nodes, [NirNames.Edges] = NirValues.Pairs(_edges),
        };
        if (_options.WriteMetadata)
            graph[NirNames.Metadata] = Metadata();
        // Of the NIR library whose files these are like.
        return new() { [NirNames.Version] = "1.0.7", [NirNames.Graph] = graph };
    }

    private H5Group Metadata()
    {
        var metadata = new H5Group
        {
            [NirNames.Producer] = $"{NirNames.Library} {typeof(NirExport).Assembly.GetName().Version!.ToString(3)}",
            [NirNames.Scores] = "softmax of the mean of the output over time_steps steps of length dt",
            [NirNames.TimeStep] = _options.TimeStep,
            [NirNames.TimeSteps] = (long)_graph.TimeSteps,
            [NirNames.InputHasTimeSteps] = _graph.InputHasTimeSteps ? 1L : 0L,
        };
        if (_graph.Labels is { } labels)
        {
            metadata[NirNames.ClassLabels] = labels.AreNumeric
                ? JsonSerializer.Serialize<double[]>(labels.Numbers.ToArray()) : JsonSerializer.Serialize<string[]>([.. labels]);
        }
        return metadata;
    }

    /// <returns>The name of what gives the current.</returns>
    private string AddSummand(Summand summand) => summand.Node switch
    {
        ChannelScaleNode<float> node => AddScales(node, summand.Source),
        // All pixels of a channel have the same weight; those before the map's first and after its last have none.
        WeightedNode<float> node when summand.Source.Kind == SignalKind.Counts => AddPooled(node, summand),
        ConvolutionNode<float> { Kept: { } kept } node => AddKept(node, summand.Source, kept),
        WeightedNode<float> node => AddWeighted(
            node, summand.Source, node.Weights, node.Kernel, node.Stride, node.Kernel / 2, node.Kernel / 2),
        _ => throw new NotSupportedException($"Node {summand.Node.Name}, {summand.Node.Kind}, cannot be written as NIR."),
    };

    private string AddScales(ChannelScaleNode<float> node, Signal source)
    {
        int channels = source.Channels;
        CheckSize(node, (long)channels * channels);
        float[] diagonal = new float[channels * channels];
        for (int c = 0; c < channels; c++)
            diagonal[c * channels + c] = node.Scale[c];
        return AddConvolution(node, source, channels, diagonal, kernel: 1, stride: 1, 0, 0, node.Offset);
    }

    private string AddPooled(WeightedNode<float> node, Summand summand)
    {
        Signal map = _maps[summand.Sender!.Name];
        // Readers take kernels for square; one of the larger size reaches over the other's ends by padding.
        int kernel = Math.Max(map.Height, map.Width), top = (kernel - map.Height + 1) / 2, left = (kernel - map.Width + 1) / 2;
        int taps = kernel * kernel;
        CheckSize(node, (long)node.Weights.Length * taps);
        float[] weights = new float[node.Weights.Length * taps];
        for (int i = 0; i < node.Weights.Length; i++)
        {
            for (int y = 0; y < map.Height; y++)
                weights.AsSpan(i * taps + (y + top) * kernel + left, map.Width).Fill(node.Weights[i]);
        }
        _names[node.Inputs[0]] = _names[summand.Sender.Name];
        string name = AddWeighted(node, map, weights, kernel, stride: map.Height == map.Width ? 1 : kernel, top, left);
        if (_options.WriteMetadata)
            MetadataOf(name)[NirNames.Pooling] = node.Inputs[0];
        return name;
    }

    /// <summary>
    /// A convolution that keeps a part of its output: one with another padding, of a kernel with fewer zeros at its ends, or with more.
    /// </summary>
    private string AddKept(ConvolutionNode<float> node, Signal source, (int Height, int Width) kept)
    {
        int half = node.Kernel / 2, taps = node.Kernel * node.Kernel;
        int[] used = [.. Enumerable.Range(0, taps).Where(tap =>
            Enumerable.Range(0, node.Weights.Length / taps).Any(i => node.Weights[i * taps + tap] != 0)).DefaultIfEmpty(taps / 2)];
        KeptAxis y = Axis(source.Height, kept.Height, tap => tap / node.Kernel);
        KeptAxis x = Axis(source.Width, kept.Width, tap => tap % node.Kernel);
        int kernel = 1, top, left;
        while (!y.Fits(kernel, out top) | !x.Fits(kernel, out left))
        {
            // One side or the other has a size for each padding, larger and larger; none that both have is a matter of parity.
            if (++kernel > 4 * (node.Kernel + source.Height + source.Width))
            {
                throw new NotSupportedException(
                    $"Node {node.Name} keeps {kept.Height} rows and {kept.Width} columns, which is no one square kernel in NIR.");
            }
        }
        CheckSize(node, (long)node.Weights.Length / taps * kernel * kernel);
        float[] weights = new float[node.Weights.Length / taps * kernel * kernel];
        for (int i = 0; i < node.Weights.Length / taps; i++)
        {
            foreach (int tap in used)
            {
                int row = tap / node.Kernel - half + top, column = tap % node.Kernel - half + left;
                weights[(i * kernel + row) * kernel + column] = node.Weights[i * taps + tap];
            }
        }
        return AddWeighted(node, source, weights, kernel, node.Stride, top, left);

        KeptAxis Axis(int input, int output, Func<int, int> line) =>
            new(input, output, node.Stride, used.Min(line) - half, used.Max(line) - half);
    }

    private string AddWeighted(
        WeightedNode<float> node, Signal source, float[] weights, int kernel, int stride, int top, int left)
    {
        string name = AddConvolution(node, source, node.Out, weights, kernel, stride, top, left, node.Bias);
        if (_options.WriteMetadata && node.Unit is { } unit)
            MetadataOf(name)[NirNames.Unit] = NirValues.Floats(unit, unit.Length);
        return name;
    }

    private string AddConvolution(
        NetworkNode<float> node, Signal source, int outputs, float[] weights, int kernel, int stride, int top, int left, float[] bias)
    {
        string name = Name(node);
        H5Group group = Add(name, "Conv2d");
        group["input_shape"] = NirValues.Integers(source.Height, source.Width);
        group["weight"] = NirValues.Floats(weights, outputs, source.Channels, kernel, kernel);
        group["stride"] = NirValues.Integers(stride, stride);
        group["padding"] = NirValues.Integers(top, left);
        group["dilation"] = NirValues.Integers(1, 1);
        group["groups"] = 1L;
        group["bias"] = NirValues.Floats(bias, outputs);
        if (_options.WriteMetadata)
            group[NirNames.Metadata] = new H5Group { [NirNames.Layer] = node.Name, [NirNames.Kind] = $"{node.Kind}" };
        _edges.Add((_names[node.Inputs[0]], name));
        return name;
    }

    private string AddNeurons(NeuronNode<float> neuron, Signal shape)
    {
        if (neuron.MaxSpikes > 1)
        {
            throw new NotSupportedException(
                $"Neurons {neuron.Name} send up to {neuron.MaxSpikes} spikes a step, which NIR cannot say: train with MaxSpikes = 1.");
        }
        if (neuron.Reset != ResetKind.Hard)
        {
            throw new NotSupportedException(
                $"Neurons {neuron.Name} subtract their threshold where they fire (a soft reset), which NIR cannot say: other tools would "
                + "reset them to 0.");
        }
        string name = Name(neuron);
        double step = _options.TimeStep;
        bool isLeaking = Array.Exists(neuron.Decay, decay => decay < 1);
        H5Group group = Add(name, isLeaking ? "LIF" : "IF");
        if (isLeaking)
        {
            group["tau"] = PerNeuron(c => Tau(c) * step);
            group["r"] = PerNeuron(c => Decay(c) < 1 ? 1 : Tau(c));
            group["v_threshold"] = PerNeuron(c => Decay(c) < 1 ? (1 - Decay(c)) * Threshold(c) : Threshold(c));
            group["v_leak"] = PerNeuron(_ => 0);
        }
        else
        {
            group["r"] = PerNeuron(_ => 1 / step);
            group["v_threshold"] = PerNeuron(Threshold);
        }
        group["v_reset"] = PerNeuron(_ => 0);
        if (_options.WriteMetadata)
        {
            group[NirNames.Metadata] = new H5Group
            {
                [NirNames.Layer] = neuron.Name,
                [NirNames.Kind] = $"{neuron.Kind}",
                [NirNames.Decay] = NirValues.Floats(neuron.Decay, neuron.Decay.Length),
                [NirNames.Threshold] = NirValues.Floats(neuron.Threshold, neuron.Threshold.Length),
            };
        }
        return name;

        H5Dataset PerNeuron(Func<int, double> value) => NirValues.PerNeuron(shape, value);

        double Decay(int c) => neuron.Decay[neuron.Decay.Length == 1 ? 0 : c];

        double Threshold(int c) => neuron.Threshold[neuron.Threshold.Length == 1 ? 0 : c];

        // In steps.
        double Tau(int c) => Decay(c) < 1 ? 1 / (1 - Decay(c)) : SlowTau;
    }

    /// <summary>An axis of a convolution that keeps Output places; its taps are from First to Last, 0 being the place i * Stride.</summary>
    private readonly record struct KeptAxis(int Input, int Output, int Stride, int First, int Last)
    {
        /// <summary>Whether a kernel of that size gives that output, and with what padding.</summary>
        public bool Fits(int kernel, out int padding)
        {
            for (padding = Math.Max(0, -First); padding + Last < kernel; padding++)
            {
                int room = Input + 2 * padding - kernel;
                if (room >= (Output - 1) * Stride && room < Output * Stride)
                    return true;
            }
            return false;
        }
    }

    private H5Group Add(string name, string type)
    {
        // PureHDF writes an object that is there twice, as a constant is, once and links to it; NIR's own library has a text for each node.
        var group = new H5Group { [NirNames.Type] = new string(type.AsSpan()) };
        _nodes[name] = group;
        return group;
    }

    private H5Group MetadataOf(string name) => (H5Group)((H5Group)_nodes[name])[NirNames.Metadata];

    /// <summary>
    /// A name for a node, which later ones know it by: some readers take nodes in the order of their names, some cut names at a dot, and
    /// none may have a slash.
    /// </summary>
    private string Name(NetworkNode<float> node)
    {
        string number = $"{_nodes.Count}".PadLeft(_digits, '0');
        return _names[node.Name] = $"{number}_{node.Name.Replace('/', '_').Replace('.', '_')}";
    }

    private static void CheckSize(NetworkNode<float> node, long values)
    {
        if (values > Array.MaxLength)
            throw new NotSupportedException($"Node {node.Name} would have {values} weights in NIR, more than an array can hold.");
    }
}

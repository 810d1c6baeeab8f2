using System.Collections.Immutable;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Engine.Layout;

/// <summary>
/// Flattens a graph into layers: for each neuron, the terms that flow into it, their weights laid out for the kernels. Nodes are taken one
/// by one, and their weights let go as soon as a layer holds them. While one layer is laid out, the nodes of the next are read.
/// </summary>
internal sealed class SpikingLayerCompiler
{
    // Bytes of one array, and weights below which a layer is laid out before a thread could be woken for it.
    private const long MaxBytes = int.MaxValue - 64, FewWeights = 1 << 16;
    // Those of one array of float32.
    private const long MaxValues = (1 << 29) - 64;

    private readonly NetworkGraph<float> _graph;
    private readonly NetworkGraphValidation _validation;
    private readonly Dictionary<string, NetworkNode<float>> _nodes = [];
    private readonly Dictionary<string, int> _layerOfNeuron = [];
    private readonly ImmutableArray<SpikingLayer>.Builder _layers = ImmutableArray.CreateBuilder<SpikingLayer>();
    private Task<SpikingLayer>? _inWork;

    private SpikingLayerCompiler(NetworkGraph<float> graph)
    {
        _graph = graph;
        _validation = new(graph);
        CheckSize(
            "The input of the folded network", _validation.Signals[NetworkNode<float>.NetworkInput],
            graph.InputHasTimeSteps ? graph.TimeSteps : 1);
    }

    /// <summary>The layers in the order of computation; the last one, without neurons, gives the scores.</summary>
    /// <param name="graph">What is known but for the nodes.</param>
    /// <param name="nodes">The nodes.</param>
    /// <returns>
    /// The layers, the graph with all nodes but without the weights that are laid out in the layers, and what each node gives.
    /// </returns>
    /// <exception cref="InvalidDataException">The graph is not a valid one.</exception>
    public static CompiledNetwork Compile(NetworkGraph<float> graph, IEnumerable<NetworkNode<float>> nodes)
    {
        var compiler = new SpikingLayerCompiler(graph);
        try
        {
            return compiler.Compile(nodes);
        }
        finally
        {
            // Where reading has failed, a layer may still be in work. What becomes of it is of no interest any more.
            if (compiler._inWork is { } left)
            {
                Task.WaitAny(left);
                _ = left.Exception;
            }
        }
    }

    private CompiledNetwork Compile(IEnumerable<NetworkNode<float>> nodes)
    {
        var names = new List<string>();
        foreach (NetworkNode<float> node in nodes)
        {
            _validation.Add(node);
            CheckSize($"Node {node.Name} of the folded network", _validation.Signals[node.Name], 1);
            _nodes.Add(node.Name, node);
            names.Add(node.Name);
            if (node is NeuronNode<float> neuron)
            {
                CompileLayer(neuron.Name, neuron.Inputs[0], neuron);
                _layerOfNeuron.Add(neuron.Name, _layerOfNeuron.Count);
            }
        }
        _validation.Complete();
        CompileLayer(names[^1], names[^1], null);
        Finish();
        return new(_layers.ToImmutable(), _graph with { Nodes = [.. names.Select(name => _nodes[name])] }, _validation.Signals);
    }

    private void CompileLayer(string name, string current, NeuronNode<float>? neuron)
    {
        Signal shape = _validation.Signals[current];
        var parts = new LayerParts(name, shape, neuron, new float[shape.Channels]);
        foreach (NetworkNode<float> node in Summands(current))
        {
            (float[] weights, float[] offset, float[]? unit, int kernel, int stride) = node switch
            {
                WeightedNode<float> n => (n.Weights, n.Bias, n.Unit, n.Kernel, n.Stride),
                AffineNode<float> n => (n.Scale, n.Offset, null, 0, 0),
                _ => throw new InvalidOperationException($"Node {node.Name} gives no current."),
            };
            for (int c = 0; c < shape.Channels; c++)
                parts.Bias[c] += offset[c];
            string input = node.Inputs[0];
            Signal source = _validation.Signals[input];
            var window = new Window(source.Channels, source.Height, source.Width, kernel, stride, kernel / 2);
            switch (source.Kind)
            {
                case SignalKind.Spikes when node is AffineNode<float>:
                    parts.MaxSpikes = Math.Max(parts.MaxSpikes, MaxSpikes(input));
                    parts.Identities.Add((node.Name, _layerOfNeuron[input], weights));
                    break;
                case SignalKind.Spikes:
                    (window, weights) = KernelCrop.Of(window, weights, shape);
                    parts.MaxSpikes = Math.Max(parts.MaxSpikes, MaxSpikes(input));
                    parts.Spikes.Add((new(node.Name, _layerOfNeuron[input], window, parts.Rows), new(weights, unit)));
                    parts.Rows += CheckedRows(node.Name, window, shape.Channels, parts.Rows);
                    break;
                case SignalKind.Counts:
                    CheckedRows(node.Name, window, shape.Channels, 0);
                    parts.Analogs.Add((node.Name, _layerOfNeuron[_nodes[input].Inputs[0]], window, weights));
                    break;
                default:
                    CheckedRows(node.Name, window, shape.Channels, 0);
                    parts.Analogs.Add((node.Name, null, window, weights));
                    break;
            }
            _nodes[node.Name] = CompiledNetwork.WithoutWeights(node);
        }
        Finish();
        if ((long)parts.Rows * shape.Channels < FewWeights)
            _layers.Add(LayOut(parts));
        else
            _inWork = Task.Run(() => LayOut(parts));
    }

    private int MaxSpikes(string neuron) => ((NeuronNode<float>)_nodes[neuron]).MaxSpikes;

    /// <summary>A map must fit into an array, its channels padded.</summary>
    private static void CheckSize(string what, Signal signal, int steps)
    {
        if ((Int128)WeightRows.MaxPadded(signal.Channels) * signal.Height * signal.Width * steps > MaxValues)
            throw new InvalidDataException($"{what} is too large: {signal}.");
    }

    /// <summary>Whether so many rows of weights, one for each input of an output, fit into an array, padded.</summary>
    public static bool CanLayOut(Int128 rows, int channels) => rows * WeightRows.MaxPadded(channels) * sizeof(int) <= MaxBytes;

    /// <summary>Rows that a convolution or linear layer adds to those before it; padded, they must fit into an array.</summary>
    private static int CheckedRows(string node, Window window, int channels, int before)
    {
        long rows = (long)window.Taps * window.Channels;
        if (!CanLayOut(before + rows, channels))
            throw new InvalidDataException($"Node {node} of the folded network is too large: {rows} inputs of each of {channels} outputs.");
        return (int)rows;
    }

    /// <summary>Waits for the layer in work: there is never more than one, nor the weights of more.</summary>
    private void Finish()
    {
        if (_inWork is not { } task)
            return;
        _inWork = null;
        _layers.Add(task.GetAwaiter().GetResult());
    }

    private SpikingLayer LayOut(LayerParts parts)
    {
        int channels = parts.Shape.Channels;
        var units = ChannelUnits.Choose(
            channels, parts.Spikes.ConvertAll(spike => spike.Weights), parts.Identities.ConvertAll(identity => identity.Scale),
            parts.MaxSpikes);
        var laidOut = new WeightRows(parts.Rows, channels, units.AreQuantized);
        var spikeTerms = ImmutableArray.CreateBuilder<SpikeTerm>();
        foreach ((SpikeTerm term, SpikeWeights weights) in parts.Spikes)
        {
            int largest = laidOut.Set(term.FirstRow, term.Window, weights.Weights, units.Reciprocals);
            spikeTerms.Add(term with { LongestNarrowSum = short.MaxValue / Math.Max(1, largest) });
        }
        int padded = laidOut.Blocks * laidOut.BlockWidth;
        return new()
        {
            Shape = new(parts.Name, channels, parts.Shape.Height, parts.Shape.Width),
            AnalogTerms = [.. parts.Analogs.Select(term =>
                new AnalogTerm(term.Node, term.Source, term.Window, LayOutAnalog(term.Weights, term.Window, channels, padded), padded))],
            SpikeTerms = spikeTerms.ToImmutable(),
            IdentityTerms = [.. parts.Identities.Select(term =>
                new IdentityTerm(term.Node, term.Source, Round(term.Scale, units, padded)))],
            Weights = laidOut,
            Scale = PerChannel(units.Values, channels, padded, 0),
            Bias = PerChannel(parts.Bias, channels, padded, 0),
            Decay = parts.Neuron is { } decaying ? PerChannel(decaying.Decay, channels, padded, 0) : null,
            Threshold = parts.Neuron is { } firing ? PerChannel(firing.Threshold, channels, padded, float.PositiveInfinity) : null,
            MaxSpikes = parts.Neuron?.MaxSpikes ?? 1,
            HasSoftReset = parts.Neuron?.Reset == ResetKind.Soft,
            AnalogIsStatic = !_graph.InputHasTimeSteps && parts.Analogs.All(term => term.Source is null),
        };
    }

    /// <summary>What flows into a neuron, additions flattened, in the order of the graph.</summary>
    private List<NetworkNode<float>> Summands(string current)
    {
        var summands = new List<NetworkNode<float>>();
        var open = new Stack<string>([current]);
        while (open.TryPop(out string? name))
        {
            NetworkNode<float> node = _nodes[name];
            if (node is not AddNode<float>)
            {
                summands.Add(node);
                continue;
            }
            for (int i = node.Inputs.Length - 1; i >= 0; i--)
                open.Push(node.Inputs[i]);
        }
        return summands;
    }

    private static AlignedArray<int> Round(float[] scale, ChannelUnits units, int padded)
    {
        var rounded = new AlignedArray<int>(padded);
        for (int c = 0; c < scale.Length; c++)
            rounded.Span[c] = FixedPoint.Round(scale[c], units.Reciprocals[c]);
        return rounded;
    }

    /// <summary>[out, in, tap] -> [tap, in, padded out].</summary>
    private static AlignedArray<float> LayOutAnalog(float[] weights, Window window, int channels, int padded)
    {
        int inputs = window.Channels, taps = window.Taps;
        var laidOut = new AlignedArray<float>((long)taps * inputs * padded);
        Span<float> target = laidOut.Span;
        for (int c = 0; c < channels; c++)
        {
            for (int i = 0; i < inputs; i++)
            {
                for (int tap = 0; tap < taps; tap++)
                    target[(tap * inputs + i) * padded + c] = weights[(c * inputs + i) * taps + tap];
            }
        }
        return laidOut;
    }

    private static AlignedArray<float> PerChannel(float[] values, int channels, int padded, float padding)
    {
        var perChannel = new AlignedArray<float>(padded);
        perChannel.Span[channels..].Fill(padding);
        for (int c = 0; c < channels; c++)
            perChannel.Span[c] = values[values.Length == 1 ? 0 : c];
        return perChannel;
    }

    /// <summary>What flows into the neurons of a layer, as the nodes give it.</summary>
    private sealed record LayerParts(string Name, Signal Shape, NeuronNode<float>? Neuron, float[] Bias)
    {
        public List<(string Node, int? Source, Window Window, float[] Weights)> Analogs { get; } = [];

        public List<(SpikeTerm Term, SpikeWeights Weights)> Spikes { get; } = [];

        public List<(string Node, int Source, float[] Scale)> Identities { get; } = [];

        /// <summary>The most spikes that one of its sources sends in a step.</summary>
        public int MaxSpikes { get; set; } = 1;

        /// <summary>Rows of weights that the spike terms have.</summary>
        public int Rows { get; set; }
    }
}

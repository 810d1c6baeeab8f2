using System.Collections.Immutable;

namespace Microsoft.ML.Snn;

/// <summary>Flattens a graph into layers: for each neuron, the terms that flow into it, their weights laid out for the kernels.</summary>
internal sealed class SpikingLayerCompiler
{
    private readonly FoldedGraph<float> _graph;
    private readonly Dictionary<string, Signal> _signals;
    private readonly Dictionary<string, FoldedNode<float>> _nodes;
    private readonly Dictionary<string, int> _layerOfNeuron = [];
    private readonly HashSet<string> _counted;

    private SpikingLayerCompiler(FoldedGraph<float> graph)
    {
        _graph = graph;
        _signals = FoldedGraphValidation.Validate(graph);
        _nodes = graph.Nodes.ToDictionary(node => node.Name);
        _counted = [.. graph.Nodes.OfType<PoolNode<float>>().Select(pool => pool.Inputs[0])];
    }

    /// <summary>The layers in the order of computation; the last one, without neurons, gives the scores.</summary>
    /// <exception cref="InvalidDataException">The graph is not a valid one.</exception>
    public static ImmutableArray<SpikingLayer> Compile(FoldedGraph<float> graph)
    {
        var compiler = new SpikingLayerCompiler(graph);
        var layers = ImmutableArray.CreateBuilder<SpikingLayer>();
        foreach (NeuronNode<float> neuron in graph.Nodes.OfType<NeuronNode<float>>())
        {
            layers.Add(compiler.CompileLayer(neuron.Name, neuron.Inputs[0], neuron));
            compiler._layerOfNeuron[neuron.Name] = layers.Count - 1;
        }
        string output = graph.Nodes[^1].Name;
        layers.Add(compiler.CompileLayer(output, output, null));
        return layers.ToImmutable();
    }

    private SpikingLayer CompileLayer(string name, string current, NeuronNode<float>? neuron)
    {
        List<FoldedNode<float>> sums = Summands(current);
        Signal shape = _signals[current];
        int channels = shape.Channels, padded = SpikingLayer.Pad(channels);

        var bias = new AlignedArray<float>(padded);
        var analogs = ImmutableArray.CreateBuilder<AnalogTerm>();
        var spikes = new List<(SpikeTerm Term, float[] Weights)>();
        var identities = new List<(int Source, float[] Scale)>();
        int rows = 0;
        foreach (FoldedNode<float> node in sums)
        {
            (float[] weights, float[] offset, int kernel, int stride) = node switch
            {
                ConvolutionNode<float> convolution => (convolution.Weights, convolution.Bias, convolution.Kernel, convolution.Stride),
                LinearNode<float> linear => (linear.Weights, linear.Bias, 1, 1),
                AffineNode<float> affine => (affine.Scale, affine.Offset, 0, 0),
                _ => throw new InvalidOperationException($"Node {node.Name} gives no current."),
            };
            for (int c = 0; c < channels; c++)
                bias.Span[c] += offset[c];
            string input = node.Inputs[0];
            Signal source = _signals[input];
            var window = new Window(source.Channels, source.Height, source.Width, kernel, stride);
            switch (source.Kind)
            {
                case SignalKind.Spikes when node is AffineNode<float>:
                    identities.Add((_layerOfNeuron[input], weights));
                    break;
                case SignalKind.Spikes:
                    spikes.Add((new(_layerOfNeuron[input], window, rows), weights));
                    rows += window.Taps * window.Channels;
                    break;
                case SignalKind.Counts:
                    analogs.Add(new(_layerOfNeuron[_nodes[input].Inputs[0]], window, LayOutAnalog(weights, window, channels, padded)));
                    break;
                default:
                    analogs.Add(new(null, window, LayOutAnalog(weights, window, channels, padded)));
                    break;
            }
        }

        var fixedPoint = new AlignedArray<float>(padded);
        int[] exponents = ChooseExponents(
            channels, spikes.ConvertAll(spike => spike.Weights), identities.ConvertAll(identity => identity.Scale));
        for (int c = 0; c < channels; c++)
            fixedPoint.Span[c] = FixedPoint.Unit(exponents[c]);
        return new()
        {
            Name = name,
            Channels = channels,
            Height = shape.Height,
            Width = shape.Width,
            AnalogTerms = analogs.ToImmutable(),
            SpikeTerms = [.. spikes.Select(spike => spike.Term)],
            IdentityTerms = [.. identities.Select(identity =>
                new IdentityTerm(identity.Source, [.. identity.Scale.Select((scale, c) => FixedPoint.Round(scale, exponents[c]))]))],
            Rows = rows,
            Weights = LayOutSpiking(spikes, rows, padded, exponents),
            Scale = fixedPoint,
            Bias = bias,
            Decay = neuron is null ? null : PerChannel(neuron.Decay, channels, padded, 0),
            Threshold = neuron is null ? null : PerChannel(neuron.Threshold, channels, padded, float.PositiveInfinity),
            IsCounted = neuron is not null && _counted.Contains(neuron.Name),
            AnalogIsStatic = !_graph.InputHasTimeSteps && analogs.All(term => term.Source is null),
        };
    }

    /// <summary>What flows into a neuron, additions flattened, in the order of the graph.</summary>
    private List<FoldedNode<float>> Summands(string current)
    {
        var summands = new List<FoldedNode<float>>();
        var open = new Stack<string>([current]);
        while (open.TryPop(out string? name))
        {
            FoldedNode<float> node = _nodes[name];
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

    private static int[] ChooseExponents(int channels, List<float[]> convolved, List<float[]> scales)
    {
        int[] exponents = new int[channels];
        for (int c = 0; c < channels; c++)
        {
            double sum = 0;
            int count = scales.Count;
            foreach (float[] weights in convolved)
            {
                int inputs = weights.Length / channels;
                foreach (float weight in weights.AsSpan(c * inputs, inputs))
                    sum += Math.Abs((double)weight);
                count += inputs;
            }
            foreach (float[] scale in scales)
                sum += Math.Abs((double)scale[c]);
            exponents[c] = FixedPoint.Exponent(sum, count);
        }
        return exponents;
    }

    /// <summary>[out, in, tap] -> [block, first row + tap * in + c, channel of the block], in fixed point.</summary>
    private static AlignedArray<int> LayOutSpiking(List<(SpikeTerm Term, float[] Weights)> spikes, int rows, int padded, int[] exponents)
    {
        var laidOut = new AlignedArray<int>((long)rows * padded);
        Span<int> target = laidOut.Span;
        for (int c = 0; c < exponents.Length; c++)
        {
            int block = c / SpikingLayer.BlockWidth * SpikingLayer.BlockWidth;
            int width = Math.Min(SpikingLayer.BlockWidth, padded - block);
            foreach ((SpikeTerm term, float[] weights) in spikes)
            {
                int inputs = term.Window.Channels, taps = term.Window.Taps;
                ReadOnlySpan<float> source = weights.AsSpan(c * inputs * taps, inputs * taps);
                for (int i = 0; i < inputs; i++)
                {
                    for (int tap = 0; tap < taps; tap++)
                    {
                        int row = term.FirstRow + tap * inputs + i;
                        target[block * rows + row * width + c - block] = FixedPoint.Round(source[i * taps + tap], exponents[c]);
                    }
                }
            }
        }
        return laidOut;
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
}

using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Network;

namespace Microsoft.ML.Snn.Folding;

/// <summary>
/// The way back from a folded network to one that can be trained, as far as it goes: batch statistics are gone
/// (<see cref="InitialTensors.Normalizations"/>). A pure function. The folded network may have been for images of another size, for
/// another number of time steps and, where its head is left out, for other classes.
/// </summary>
internal sealed class NetworkUnfolder
{
    private const string Head = "head.";

    private readonly NetworkGraph<float> _graph;
    private readonly NetworkPlan _plan;
    private readonly LifNeuronOptions _neuron;
    private readonly Dictionary<string, NetworkNode<float>> _nodes;
    private readonly Dictionary<string, float[]> _tensors = [];
    private readonly Dictionary<string, FoldedNormalization> _normalizations = [];

    private NetworkUnfolder(NetworkGraph<float> graph, NetworkPlan plan, LifNeuronOptions neuron)
    {
        (_graph, _plan, _neuron) = (graph, plan, neuron);
        _nodes = graph.Nodes.ToDictionary(node => node.Name);
    }

    /// <param name="graph">The folded network.</param>
    /// <param name="plan">Of the network to train.</param>
    /// <param name="neuron">Its neurons.</param>
    /// <param name="keepsHead">Whether the output layer is taken over too.</param>
    /// <exception cref="InvalidDataException">The two networks are not of one kind; the message names what differs.</exception>
    public static InitialTensors Unfold(NetworkGraph<float> graph, NetworkPlan plan, LifNeuronOptions neuron, bool keepsHead) =>
        new NetworkUnfolder(graph, plan, neuron).Unfold(keepsHead);

    private InitialTensors Unfold(bool keepsHead)
    {
        TakeNormalized(_plan.Stem);
        TakeNeurons(_plan.Stem.Name, _plan.Stem.Name, _plan.Stem.Out);
        foreach (BlockPlan block in _plan.Blocks)
        {
            foreach (ConvolutionPlan convolution in block.Convolutions)
            {
                TakeNormalized(convolution);
                // In training a block's last neurons have the block's name.
                bool isLast = convolution == block.Convolutions[^1];
                TakeNeurons(convolution.Name, isLast ? block.Name : convolution.Name, convolution.Out);
            }
            if (block.Shortcut is { Convolution: { } projection })
                TakeNormalized(projection);
            else if (block.Shortcut is { } identity)
                TakeIdentity(identity);
            if (block.Shortcut is not null)
                Take<AddNode<float>>($"{block.Name}.add", "a shortcut");
        }
        // All that may be left is before the stem or behind the stages.
        RefuseMore(node => !node.Name.StartsWith(Head, StringComparison.Ordinal));
        TakePooling(isTakenOver: _plan.Hidden is not null || keepsHead);
        if (_plan.Hidden is { } hidden)
        {
            TakeFirstLinear(hidden);
            TakeNeurons(hidden.Name, hidden.Name, hidden.Out);
        }
        if (keepsHead)
        {
            if (_plan.Hidden is null)
                TakeFirstLinear(_plan.Output);
            else
                AddLinear(_plan.Output, TakeLinear(_plan.Output), divisor: 1);
        }
        _nodes.Remove(_plan.Output.Name);
        RefuseMore(_ => true);
        return new(_tensors, _normalizations);
    }

    private void RefuseMore(Predicate<NetworkNode<float>> where)
    {
        if (_nodes.Values.FirstOrDefault(node => node is not InputAffineNode<float> && where(node)) is { } left)
            throw new InvalidDataException($"it has a layer more, {left.Name}");
    }

    private void TakeNormalized(ConvolutionPlan layer)
    {
        ConvolutionNode<float> node = TakeConvolution(layer);
        _tensors.Add($"{layer.Name}.conv.weight", node.Weights);
        _normalizations.Add(layer.Name, new(Ones(layer.Out), Doubles(node.Bias), layer.Alpha * _neuron.InputDeviation));
    }

    private ConvolutionNode<float> TakeConvolution(ConvolutionPlan layer)
    {
        var node = Take<ConvolutionNode<float>>(layer.Name, "a convolution");
        if ((node.In, node.Out, node.Kernel, node.Stride) != (layer.In, layer.Out, layer.Kernel, layer.Stride))
        {
            throw new InvalidDataException(
                $"its convolution {layer.Name} is {Text(node.In, node.Out, node.Kernel, node.Stride)}, not "
                + Text(layer.In, layer.Out, layer.Kernel, layer.Stride));
        }
        return node;

        static string Text(int input, int output, int kernel, int stride) =>
            $"from {input} to {output} channels, {kernel}x{kernel} with stride {stride}";
    }

    private void TakeIdentity(ShortcutPlan layer)
    {
        var node = Take<AffineNode<float>>(layer.Name, "an identity shortcut");
        if (node.Scale.Length != layer.Channels)
            throw new InvalidDataException($"its shortcut {layer.Name} has {node.Scale.Length} channels, not {layer.Channels}");
        _normalizations.Add(layer.Name, new(Doubles(node.Scale), Doubles(node.Offset), layer.Alpha * _neuron.InputDeviation));
    }

    /// <summary>The pooling is a node of its own where it has one window, and otherwise in the layer behind it.</summary>
    /// <param name="isTakenOver">Whether that layer is; otherwise the pooling may be another.</param>
    private void TakePooling(bool isTakenOver)
    {
        PoolNode<float>? pool = _nodes.Values.OfType<PoolNode<float>>().FirstOrDefault();
        if (pool is not null)
            _nodes.Remove(pool.Name);
        if (!isTakenOver)
            return;
        PoolingPlan pooling = _plan.Pooling;
        string windows = $"{pooling.WindowHeight}x{pooling.WindowWidth}", map = $"{pooling.Height}x{pooling.Width}";
        if (pooling.IsGlobal && pool is null)
        {
            throw new InvalidDataException(
                "it does not average over the whole of its last feature map: set HeadPooling to what it was trained with");
        }
        if (!pooling.IsGlobal && pool is not null)
        {
            throw new InvalidDataException(
                $"it averages over the whole of its last feature map, and the architecture's HeadPooling over windows of {windows} of its "
                + $"map of {map}");
        }
        if (!pooling.IsGlobal && (_graph.Height, _graph.Width) != (_plan.Height, _plan.Width))
        {
            throw new InvalidDataException(
                $"its images are {_graph.Height}x{_graph.Width}, not {_plan.Height}x{_plan.Width}, and with a HeadPooling other than 0 a "
                + "network is for images of one size");
        }
    }

    /// <summary>The layer behind the pooling. The divisor of the averages is in its weights.</summary>
    private void TakeFirstLinear(LinearPlan layer)
    {
        PoolingPlan pooling = _plan.Pooling;
        if (pooling.IsGlobal)
        {
            // Of the pixels of the old size.
            AddLinear(layer, TakeLinear(layer), (double)Pooled(_graph.Height) * Pooled(_graph.Width));
            return;
        }
        ConvolutionNode<float> node = TakeConvolution(
            new(layer.Name, pooling.Channels, layer.Out, pooling.Kernel, pooling.Stride, Alpha: 1, OutHeight: 1, OutWidth: 1));
        float[] weights = WholeMapKernel.Gather(node.Weights, pooling.Height, pooling.Width, pooling.WindowHeight, pooling.WindowWidth)
            ?? throw new InvalidDataException(
                $"its layer {layer.Name} has several weights inside a window of {pooling.WindowHeight}x{pooling.WindowWidth} pixels: set "
                + "HeadPooling to what it was trained with");
        AddLinear(layer, node with { Weights = weights }, pooling.WindowPixels);
    }

    private void AddLinear(LinearPlan layer, WeightedNode<float> node, double divisor)
    {
        _tensors.Add($"{layer.Name}.weight", Multiply(node.Weights, divisor));
        if (layer.IsNormalized)
            _normalizations.Add(layer.Name, new(Ones(layer.Out), Doubles(node.Bias), _neuron.InputDeviation));
        else
            _tensors.Add($"{layer.Name}.bias", node.Bias);
    }

    private LinearNode<float> TakeLinear(LinearPlan layer)
    {
        var node = Take<LinearNode<float>>(layer.Name, "a linear layer");
        return (node.In, node.Out) == (layer.In, layer.Out)
            ? node
            : throw new InvalidDataException(
                $"its linear layer {layer.Name} is from {node.In} to {node.Out}, not from {layer.In} to {layer.Out}");
    }

    private void TakeNeurons(string name, string layer, int channels)
    {
        var node = Take<NeuronNode<float>>($"{name}.neuron", "a layer of neurons");
        if (node.MaxSpikes != _neuron.MaxSpikes)
        {
            throw new InvalidDataException(
                $"its neurons send up to {node.MaxSpikes} spikes a step, not {_neuron.MaxSpikes}: set Neuron.MaxSpikes");
        }
        if (node.Reset != ResetKind.Hard)
        {
            throw new InvalidDataException(
                $"its neurons {name} subtract their threshold where they fire (a soft reset), and those that are trained are reset to 0");
        }
        TakeLearned(
            NeuronParameters.DecayName(layer), "decay", "Decay", _neuron.LearnDecay, node.Decay, _neuron.Decay, NeuronParameters.RawDecay,
            channels);
        TakeLearned(
            NeuronParameters.ThresholdName(layer), "threshold", "Threshold", _neuron.LearnThreshold, node.Threshold, _neuron.Threshold,
            threshold => NeuronParameters.RawThreshold(threshold, _neuron), channels);

        void TakeLearned(
            string tensor, string what, string option, NeuronLearning learning, float[] values, double usual, Func<double, double> raw,
            int channels)
        {
            if (learning == NeuronLearning.None)
            {
                // A network from PyTorch has the number just below its threshold.
                int other = Array.FindIndex(values, value => Math.Abs(value - usual) > 1e-6 * usual);
                if (other >= 0)
                {
                    throw new InvalidDataException(FormattableString.Invariant(
                        $"its neurons {name} have a {what} of {values[other]}, not {usual}: set Neuron.{option}, or learn it"));
                }
                return;
            }
            if (learning == NeuronLearning.PerLayer && values.AsSpan().ContainsAnyExcept(values[0]))
            {
                throw new InvalidDataException(
                    $"its neurons {name} have a {what} for each channel: set Neuron.Learn{option} to PerChannel");
            }
            float[] own = new float[NeuronParameters.Count(learning, channels)];
            for (int c = 0; c < own.Length; c++)
            {
                float value = values[values.Length == 1 ? 0 : c];
                own[c] = (float)raw(value);
                if (!float.IsFinite(own[c]))
                {
                    throw new InvalidDataException(FormattableString.Invariant(
                        $"its neurons {name} have a {what} of {value}, from which nothing can be learned"));
                }
            }
            _tensors.Add(tensor, own);
        }
    }

    private T Take<T>(string name, string what)
        where T : NetworkNode<float>
    {
        if (!_nodes.Remove(name, out NetworkNode<float>? node))
            throw new InvalidDataException($"it has no layer {name}");
        return node as T ?? throw new InvalidDataException($"its layer {name} is not {what}");
    }

    /// <summary>What the strides from the stem to the pooling leave of a height or width.</summary>
    private int Pooled(int size) => _plan.Blocks.SelectMany(block => block.Convolutions).Prepend(_plan.Stem)
        .Aggregate(size, (left, convolution) => (left - 1) / convolution.Stride + 1);

    private static float[] Multiply(float[] values, double factor) => Array.ConvertAll(values, value => (float)(value * factor));

    private static double[] Doubles(float[] values) => Array.ConvertAll(values, value => (double)value);

    private static double[] Ones(int count)
    {
        double[] ones = new double[count];
        Array.Fill(ones, 1);
        return ones;
    }
}

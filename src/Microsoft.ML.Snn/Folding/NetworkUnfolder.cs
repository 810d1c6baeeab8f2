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
        TakeConvolution(_plan.Stem);
        TakeNeurons(_plan.Stem.Name, _plan.Stem.Name, _plan.Stem.Out);
        foreach (BlockPlan block in _plan.Blocks)
        {
            foreach (ConvolutionPlan convolution in block.Convolutions)
            {
                TakeConvolution(convolution);
                // In training a block's last neurons have the block's name.
                bool isLast = convolution == block.Convolutions[^1];
                TakeNeurons(convolution.Name, isLast ? block.Name : convolution.Name, convolution.Out);
            }
            if (block.Shortcut is { Convolution: { } projection })
                TakeConvolution(projection);
            else if (block.Shortcut is { } identity)
                TakeIdentity(identity);
            if (block.Shortcut is not null)
                Take<AddNode<float>>($"{block.Name}.add", "a shortcut");
        }
        // All that may be left is before the stem or behind the stages.
        RefuseMore(node => !node.Name.StartsWith(Head, StringComparison.Ordinal));
        if (_nodes.Values.OfType<PoolNode<float>>().FirstOrDefault() is not { } pool)
            throw new InvalidDataException("it has no pooling");
        _nodes.Remove(pool.Name);
        // The divisor of the average over pixels is in the weights of the layer behind it: of the pixels of the old size.
        double pixels = (double)Pooled(_graph.Height) * Pooled(_graph.Width);
        if (_plan.Hidden is { } hidden)
        {
            LinearNode<float> node = TakeLinear(hidden);
            _tensors.Add($"{hidden.Name}.weight", Multiply(node.Weights, pixels));
            _normalizations.Add(hidden.Name, new(Ones(hidden.Out), Doubles(node.Bias), _neuron.InputDeviation));
            TakeNeurons(hidden.Name, hidden.Name, hidden.Out);
            pixels = 1;
        }
        if (keepsHead)
        {
            LinearNode<float> output = TakeLinear(_plan.Output);
            _tensors.Add($"{_plan.Output.Name}.weight", Multiply(output.Weights, pixels));
            _tensors.Add($"{_plan.Output.Name}.bias", output.Bias);
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

    private void TakeConvolution(ConvolutionPlan layer)
    {
        var node = Take<ConvolutionNode<float>>(layer.Name, "a convolution");
        if ((node.In, node.Out, node.Kernel, node.Stride) != (layer.In, layer.Out, layer.Kernel, layer.Stride))
        {
            throw new InvalidDataException(
                $"its convolution {layer.Name} is {Text(node.In, node.Out, node.Kernel, node.Stride)}, not "
                + Text(layer.In, layer.Out, layer.Kernel, layer.Stride));
        }
        _tensors.Add($"{layer.Name}.conv.weight", node.Weights);
        _normalizations.Add(layer.Name, new(Ones(layer.Out), Doubles(node.Bias), layer.Alpha * _neuron.InputDeviation));

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

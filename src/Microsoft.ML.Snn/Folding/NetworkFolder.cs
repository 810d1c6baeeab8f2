using System.Collections.Immutable;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Network;

namespace Microsoft.ML.Snn.Folding;

/// <summary>
/// Turns a trained network into one without batch normalization: every tdBN disappears into the weights and the bias of the layer before it
/// (Eq. 9-10). A pure function, in float64 from first to last; <see cref="Round"/> is the only rounding.
/// </summary>
internal static class NetworkFolder
{
    private const string InputName = "input.normalization", PoolName = "head.pool";

    /// <exception cref="InvalidDataException">A tensor is missing or has another number of values than the plan asks for.</exception>
    public static NetworkGraph<double> Fold(TrainedNetwork network)
    {
        NetworkPlan plan = network.Plan;
        var nodes = ImmutableArray.CreateBuilder<NetworkNode<double>>();
        string input = NetworkNode<double>.NetworkInput;
        if (network.InputNormalization is { } normalization)
        {
            double[] scale = Array.ConvertAll(normalization.Deviation, deviation => 1 / (double)deviation);
            double[] offset = new double[scale.Length];
            for (int c = 0; c < offset.Length; c++)
                offset[c] = -normalization.Mean[c] * scale[c];
            input = Append(new InputAffineNode<double>(InputName, [input], scale, offset));
        }

        string spikes = AppendNeuron(plan.Stem.Name, plan.Stem.Name, plan.Stem.Out, AppendConvolution(plan.Stem, input));
        foreach (BlockPlan block in plan.Blocks)
        {
            string outer = spikes, current = "";
            foreach (ConvolutionPlan convolution in block.Convolutions)
            {
                current = AppendConvolution(convolution, spikes);
                if (convolution != block.Convolutions[^1])
                    spikes = AppendNeuron(convolution.Name, convolution.Name, convolution.Out, current);
            }
            if (block.Shortcut is { } shortcut)
            {
                string branch = shortcut.Convolution is { } strided ? AppendConvolution(strided, outer) : AppendIdentity(shortcut, outer);
                current = Append(new AddNode<double>($"{block.Name}.add", [current, branch]));
            }
            ConvolutionPlan last = block.Convolutions[^1];
            spikes = AppendNeuron(last.Name, block.Name, last.Out, current);
        }

        string first = AppendPooled(plan.FirstLinear, spikes);
        if (plan.Hidden is { } hidden)
            AppendLinear(plan.Output, AppendNeuron(hidden.Name, hidden.Name, hidden.Out, first), divisor: 1);

        return new()
        {
            Nodes = nodes.ToImmutable(),
            Channels = plan.Channels,
            Height = plan.Height,
            Width = plan.Width,
            TimeSteps = network.TimeSteps,
            InputHasTimeSteps = network.InputHasTimeSteps,
            Classes = plan.Classes,
            Labels = network.Labels,
        };

        string Append(NetworkNode<double> node)
        {
            nodes.Add(node);
            return node.Name;
        }

        // In training a block's last neurons have the block's name.
        string AppendNeuron(string name, string layer, int channels, string current)
        {
            LifNeuronOptions neuron = network.Neuron;
            double[] decay = Learned(
                network, NeuronParameters.DecayName(layer), neuron.LearnDecay, channels, neuron.Decay, NeuronParameters.Decay);
            double[] threshold = Learned(
                network, NeuronParameters.ThresholdName(layer), neuron.LearnThreshold, channels, neuron.Threshold,
                value => NeuronParameters.Threshold(value, neuron));
            return Append(
                new NeuronNode<double>($"{name}.neuron", [current], decay, threshold, ResetKind.Hard) { MaxSpikes = neuron.MaxSpikes });
        }

        string AppendConvolution(ConvolutionPlan layer, string source)
        {
            (double[] scale, double[] bias) = Normalization(network, $"{layer.Name}.norm", layer.Out, layer.Alpha);
            double[] weights = ScaleRows(Tensor(network, $"{layer.Name}.conv.weight", layer.WeightCount), scale, 1);
            return Append(
                new ConvolutionNode<double>(layer.Name, [source], layer.In, layer.Out, layer.Kernel, layer.Stride, weights, bias));
        }

        // The divisor of the averages goes into the weights.
        string AppendPooled(LinearPlan layer, string source)
        {
            PoolingPlan pooling = plan.Pooling;
            if (pooling.IsGlobal)
                return AppendLinear(layer, Append(new PoolNode<double>(PoolName, [source])), pooling.WindowPixels);
            (double[] weights, double[] bias) = Linear(network, layer, pooling.WindowPixels);
            double[] spread = WholeMapKernel.Spread(weights, pooling.Height, pooling.Width, pooling.WindowHeight, pooling.WindowWidth);
            return Append(new ConvolutionNode<double>(
                layer.Name, [source], pooling.Channels, layer.Out, pooling.Kernel, pooling.Stride, spread, bias));
        }

        string AppendLinear(LinearPlan layer, string source, double divisor)
        {
            (double[] weights, double[] bias) = Linear(network, layer, divisor);
            return Append(new LinearNode<double>(layer.Name, [source], layer.In, layer.Out, weights, bias));
        }

        string AppendIdentity(ShortcutPlan shortcut, string source)
        {
            (double[] scale, double[] offset) = Normalization(network, $"{shortcut.Name}.norm", shortcut.Channels, shortcut.Alpha);
            return Append(new AffineNode<double>(shortcut.Name, [source], scale, offset));
        }
    }

    /// <summary>The same graph with every number rounded to float32.</summary>
    public static NetworkGraph<float> Round(NetworkGraph<double> graph)
    {
        return new()
        {
            Nodes = [.. graph.Nodes.Select(RoundNode)],
            Channels = graph.Channels,
            Height = graph.Height,
            Width = graph.Width,
            TimeSteps = graph.TimeSteps,
            InputHasTimeSteps = graph.InputHasTimeSteps,
            Classes = graph.Classes,
            Labels = graph.Labels,
        };

        static float[] Values(double[] values) => Array.ConvertAll(values, value => (float)value);

        static NetworkNode<float> RoundNode(NetworkNode<double> node) => node switch
        {
            InputAffineNode<double> n => new InputAffineNode<float>(n.Name, n.Inputs, Values(n.Scale), Values(n.Offset)),
            ConvolutionNode<double> n =>
                new ConvolutionNode<float>(n.Name, n.Inputs, n.In, n.Out, n.Kernel, n.Stride, Values(n.Weights), Values(n.Bias)),
            AffineNode<double> n => new AffineNode<float>(n.Name, n.Inputs, Values(n.Scale), Values(n.Offset)),
            AddNode<double> n => new AddNode<float>(n.Name, n.Inputs),
            NeuronNode<double> n =>
                new NeuronNode<float>(n.Name, n.Inputs, Values(n.Decay), Values(n.Threshold), n.Reset) { MaxSpikes = n.MaxSpikes },
            PoolNode<double> n => new PoolNode<float>(n.Name, n.Inputs),
            LinearNode<double> n => new LinearNode<float>(n.Name, n.Inputs, n.In, n.Out, Values(n.Weights), Values(n.Bias)),
            _ => throw new InvalidOperationException($"Node {node.Name} is of an unknown kind, {node.GetType().Name}."),
        };
    }

    /// <summary>tdBN in evaluation mode as <c>y = scale * x + bias</c>, a channel each.</summary>
    private static (double[] Scale, double[] Bias) Normalization(TrainedNetwork network, string name, int channels, double alpha)
    {
        float[] lambda = Tensor(network, $"{name}.weight", channels), beta = Tensor(network, $"{name}.bias", channels);
        float[] mean = Tensor(network, $"{name}.running_mean", channels), variance = Tensor(network, $"{name}.running_var", channels);
        double[] scale = new double[channels], bias = new double[channels];
        for (int c = 0; c < channels; c++)
        {
            // Eq. 9 and 10, for a layer without a bias of its own (B = 0).
            scale[c] = lambda[c] * alpha * network.Neuron.InputDeviation / Math.Sqrt(variance[c] + BatchNormalization.Epsilon);
            bias[c] = beta[c] - scale[c] * mean[c];
        }
        return (scale, bias);
    }

    /// <summary>A linear layer with its tdBN, where it has one, of what is divided by a number.</summary>
    private static (double[] Weights, double[] Bias) Linear(TrainedNetwork network, LinearPlan layer, double divisor)
    {
        double[] scale = new double[layer.Out], bias;
        if (layer.IsNormalized)
        {
            (scale, bias) = Normalization(network, $"{layer.Name}.norm", layer.Out, alpha: 1);
        }
        else
        {
            Array.Fill(scale, 1);
            bias = Array.ConvertAll(Tensor(network, $"{layer.Name}.bias", layer.Out), value => (double)value);
        }
        return (ScaleRows(Tensor(network, $"{layer.Name}.weight", layer.WeightCount), scale, 1 / divisor), bias);
    }

    /// <summary>What a layer's neurons have learned, or the value of all neurons.</summary>
    private static double[] Learned(
        TrainedNetwork network, string name, NeuronLearning learning, int channels, double fixedValue, Func<double, double> value) =>
        learning == NeuronLearning.None
            ? [fixedValue]
            : Array.ConvertAll(Tensor(network, name, NeuronParameters.Count(learning, channels)), raw => value(raw));

    /// <summary>Multiplies the weights [Out, ...] by the scale of their output and by a factor common to all.</summary>
    private static double[] ScaleRows(float[] weights, double[] scale, double factor)
    {
        double[] scaled = new double[weights.Length];
        int row = weights.Length / scale.Length;
        for (int i = 0; i < scaled.Length; i++)
            scaled[i] = weights[i] * scale[i / row] * factor;
        return scaled;
    }

    private static float[] Tensor(TrainedNetwork network, string name, long length)
    {
        if (!network.Tensors.TryGetValue(name, out float[]? values))
            throw new InvalidDataException($"The trained network has no tensor {name}.");
        return values.Length == length
            ? values : throw new InvalidDataException($"Tensor {name} of the trained network has {values.Length} values, not {length}.");
    }
}

using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Network;

namespace Microsoft.ML.Snn.Tests.Reference;

/// <summary>
/// A trained network in evaluation mode, straight from its tensors: convolution, tdBN with running statistics, neurons, block by block and
/// step by step, in float64. What folding must not change.
/// </summary>
internal sealed class UnfoldedReference(TrainedNetwork network)
{
    private readonly NetworkPlan _plan = network.Plan;
    private Dictionary<string, ReferenceNeurons> _neurons = [];

    /// <summary>Sees the input of every tdBN, by its name, before the running statistics are read.</summary>
    public Action<string, Map>? Normalizing { get; init; }

    /// <summary>Spikes of every layer by its name, one map a step.</summary>
    public Dictionary<string, List<Map>> Spikes { get; private set; } = [];

    /// <summary>Softmax of the time-averaged output.</summary>
    public double[] Score(ReadOnlySpan<float> features)
    {
        _neurons = [];
        Spikes = [];
        double[] logits = new double[_plan.Classes];
        for (int t = 0; t < network.TimeSteps; t++)
        {
            Map output = Step(Input(features, t));
            for (int c = 0; c < logits.Length; c++)
                logits[c] += output.Values[c] / network.TimeSteps;
        }
        return ReferenceMath.Softmax(logits);
    }

    private Map Input(ReadOnlySpan<float> features, int t)
    {
        int size = _plan.Channels * _plan.Height * _plan.Width;
        Map input = Map.From(features.Slice(network.InputHasTimeSteps ? t * size : 0, size), _plan.Channels, _plan.Height, _plan.Width);
        return network.InputNormalization is { } n
            ? ReferenceMath.Affine(input, c => 1.0 / n.Deviation[c], c => -n.Mean[c] / (double)n.Deviation[c]) : input;
    }

    private Map Step(Map input)
    {
        Map spikes = Fire(_plan.Stem.Name, Convolve(_plan.Stem, input), _plan.Stem.Name);
        foreach (BlockPlan block in _plan.Blocks)
        {
            Map outer = spikes, current = input;
            foreach (ConvolutionPlan convolution in block.Convolutions)
            {
                current = Convolve(convolution, spikes);
                if (convolution == block.Convolutions[^1] && block.Shortcut is { } shortcut)
                {
                    current += shortcut.Convolution is { } strided
                        ? Convolve(strided, outer) : Normalize($"{shortcut.Name}.norm", outer, shortcut.Alpha);
                }
                spikes = Fire(convolution.Name, current, convolution == block.Convolutions[^1] ? block.Name : convolution.Name);
            }
        }
        Map features = ReferenceMath.Flat(ReferenceMath.Average(spikes, _plan.Pooling.WindowHeight, _plan.Pooling.WindowWidth));
        if (_plan.Hidden is { } hidden)
        {
            Map current = ReferenceMath.Convolve(features, Tensor($"{hidden.Name}.weight"), hidden.Out, 1, 1);
            current = network.Tensors.ContainsKey($"{hidden.Name}.bias")
                ? ReferenceMath.Affine(current, _ => 1, Tensor($"{hidden.Name}.bias")) : Normalize($"{hidden.Name}.norm", current, 1);
            features = Fire(hidden.Name, current, hidden.Name);
        }
        Map output = ReferenceMath.Convolve(features, Tensor($"{_plan.Output.Name}.weight"), _plan.Output.Out, 1, 1);
        return ReferenceMath.Affine(output, _ => 1, Tensor($"{_plan.Output.Name}.bias"));
    }

    private Map Convolve(ConvolutionPlan layer, Map input)
    {
        Map output = ReferenceMath.Convolve(input, Tensor($"{layer.Name}.conv.weight"), layer.Out, layer.Kernel, layer.Stride);
        return Normalize($"{layer.Name}.norm", output, layer.Alpha);
    }

    // Eq. 5-8 with the running statistics.
    private Map Normalize(string name, Map x, double alpha)
    {
        Normalizing?.Invoke(name, x);
        Func<int, double> lambda = Tensor($"{name}.weight"), beta = Tensor($"{name}.bias");
        Func<int, double> mean = Tensor($"{name}.running_mean"), variance = Tensor($"{name}.running_var");
        double deviation = network.Neuron.MaxSpikes > 1 ? 4 * network.Neuron.Threshold : network.Neuron.Threshold;
        var y = new Map(x.Channels, x.Height, x.Width);
        int pixels = x.Height * x.Width;
        for (int i = 0; i < y.Values.Length; i++)
        {
            int c = i / pixels;
            double normalized = alpha * deviation * (x.Values[i] - mean(c)) / Math.Sqrt(variance(c) + 1e-5);
            y.Values[i] = lambda(c) * normalized + beta(c);
        }
        return y;
    }

    private Map Fire(string layer, Map current, string neuronsName)
    {
        if (!_neurons.TryGetValue(layer, out ReferenceNeurons? neurons))
        {
            LifNeuronOptions neuron = network.Neuron;
            Func<int, double> decay = PerChannel(
                $"{neuronsName}.neuron.decay", neuron.LearnDecay, neuron.Decay, w => 1 / (1 + Math.Exp(-w)));
            Func<int, double> threshold = PerChannel(
                $"{neuronsName}.neuron.threshold", neuron.LearnThreshold, neuron.Threshold, v => Math.Exp(v) * neuron.Threshold);
            _neurons[layer] = neurons = new(decay, threshold, neuron.MaxSpikes);
            Spikes[layer] = [];
        }
        Map spikes = neurons.Step(current);
        Spikes[layer].Add(spikes);
        return spikes;
    }

    private Func<int, double> PerChannel(
        string name, NeuronLearning learning, double fixedValue, Func<double, double> value) => learning switch
    {
        NeuronLearning.None => _ => fixedValue,
        NeuronLearning.PerLayer => _ => value(network.Tensors[name].Single()),
        _ => c => value(network.Tensors[name][c]),
    };

    private Func<int, double> Tensor(string name)
    {
        float[] values = network.Tensors[name];
        return i => values[i];
    }
}

using Microsoft.ML.Snn.Network.Fused;
using Microsoft.ML.Snn.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>
/// What a layer of neurons learns: a decay of sigmoid(w) (Fang et al., ICCV 2021), which stays between 0 and 1, and a threshold of
/// Vth exp(v), which stays above 0 and, v being 0, begins at just Vth. Each is one number, or one a channel.
/// </summary>
internal sealed class NeuronParameters : ILearnedNeurons
{
    private readonly LifNeuronOptions _neuron;
    private readonly Parameter? _decay;
    private readonly Parameter? _threshold;

    private NeuronParameters(NetworkTensors tensors, string layer, int channels, LifNeuronOptions neuron)
    {
        (_neuron, Channels) = (neuron, channels);
        if (neuron.LearnDecay != NeuronLearning.None)
            _decay = tensors.AddParameter(DecayName(layer), Count(neuron.LearnDecay, channels), RawDecay(neuron.Decay));
        if (neuron.LearnThreshold != NeuronLearning.None)
            _threshold = tensors.AddParameter(ThresholdName(layer), Count(neuron.LearnThreshold, channels), 0);
    }

    /// <summary>C.</summary>
    public int Channels { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters => [.. new[] { _decay, _threshold }.OfType<Parameter>()];

    /// <summary>Adds what the neurons learn to a network's tensors; null where that is nothing.</summary>
    public static NeuronParameters? Create(NetworkTensors tensors, string layer, int channels, LifNeuronOptions neuron) =>
        neuron.Learns ? new(tensors, layer, channels, neuron) : null;

    /// <summary>The name of w, [1] or [C].</summary>
    public static string DecayName(string layer) => $"{layer}.neuron.decay";

    /// <summary>The name of v, [1] or [C].</summary>
    public static string ThresholdName(string layer) => $"{layer}.neuron.threshold";

    /// <summary>Whether a tensor is one of these.</summary>
    public static bool HasName(string tensor) => tensor.Contains(".neuron.", StringComparison.Ordinal);

    /// <summary>Number of values that are learned.</summary>
    public static int Count(NeuronLearning learning, int channels) => learning == NeuronLearning.PerChannel ? channels : 1;

    public static double Decay(double w) => 1 / (1 + Math.Exp(-w));

    /// <summary>The w of a decay; not finite where that is 0 or 1.</summary>
    public static double RawDecay(double decay) => Math.Log(decay) - Math.Log(1 - decay);

    /// <summary>The v of a threshold.</summary>
    public static double RawThreshold(double threshold, LifNeuronOptions neuron) => Math.Log(threshold / neuron.Threshold);

    public static double Threshold(double v, LifNeuronOptions neuron) => neuron.Threshold * Math.Exp(v);

    /// <summary>Decay and threshold, as far as they are learned, in torch's graph, to be multiplied by currents.</summary>
    /// <param name="dimensions">Of the currents: 4 for [T*N, C, H, W], 2 for [T*N, C].</param>
    public IReadOnlyList<Tensor> Values(long dimensions)
    {
        long[] shape = [-1, .. Enumerable.Repeat(1L, (int)dimensions - 2)];
        var values = new List<Tensor>();
        if (_decay is not null)
            values.Add(_decay.sigmoid().view(shape));
        if (_threshold is not null)
            values.Add((_threshold.exp() * _neuron.Threshold).view(shape));
        return values;
    }

    /// <inheritdoc/>
    public float[] Decays() => PerChannel(_decay, value => (float)Decay(value), (float)_neuron.Decay);

    /// <inheritdoc/>
    public float[] Thresholds() => PerChannel(_threshold, value => (float)Threshold(value, _neuron), (float)_neuron.Threshold);

    /// <inheritdoc/>
    public IEnumerable<(Parameter Parameter, float[] Gradient)> Gradients(double[] byDecay, double[] byThreshold)
    {
        // d sigmoid(w) / dw = sigmoid(w) (1 - sigmoid(w)), d Vth exp(v) / dv = Vth exp(v)
        if (_decay is not null)
            yield return (_decay, Gradient(_decay, byDecay, w => Decay(w) * (1 - Decay(w))));
        if (_threshold is not null)
            yield return (_threshold, Gradient(_threshold, byThreshold, v => Threshold(v, _neuron)));
    }

    private static unsafe ReadOnlySpan<float> Read(Parameter parameter) =>
        new(TensorMemory.Address<float>(parameter), (int)parameter.numel());

    private float[] PerChannel(Parameter? parameter, Func<double, float> value, float fixedValue)
    {
        var values = new float[Channels];
        for (int c = 0; c < Channels; c++)
            values[c] = parameter is null ? fixedValue : value(Read(parameter)[parameter.numel() == 1 ? 0 : c]);
        return values;
    }

    private float[] Gradient(Parameter parameter, double[] byValue, Func<double, double> slope)
    {
        ReadOnlySpan<float> raw = Read(parameter);
        var sums = new double[raw.Length];
        for (int c = 0; c < Channels; c++)
            sums[raw.Length == 1 ? 0 : c] += byValue[c];
        var gradient = new float[raw.Length];
        for (int i = 0; i < raw.Length; i++)
            gradient[i] = (float)(sums[i] * slope(raw[i]));
        return gradient;
    }
}

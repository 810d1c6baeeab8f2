using Microsoft.ML.Snn.Architecture;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>
/// Behind average pooling: the hidden linear layer (where the plan has one) with tdBN or a bias, and neurons, and the output layer, which
/// has a bias and no neurons: neurons there would cap the scores.
/// </summary>
/// <remarks>
/// In torch operations on every device: its input is firing rates, not spikes, and one row of numbers an image is too little for kernels
/// of ours to gain anything.
/// </remarks>
internal sealed class SpikingHead
{
    private readonly Parameter? _hiddenWeight;
    private readonly Parameter? _hiddenBias;
    private readonly ThresholdDependentBatchNorm? _hiddenNorm;
    private readonly LifNeuron? _hiddenNeurons;
    private readonly Parameter _outputWeight;
    private readonly Parameter _outputBias;

    public SpikingHead(NetworkPlan plan, NetworkTensors tensors, LifNeuronOptions neuron, Func<string, int, LifNeuron> newNeurons)
    {
        if (plan.Hidden is { } hidden)
        {
            _hiddenWeight = tensors.AddWeight($"{hidden.Name}.weight", hidden.Out, hidden.In);
            if (hidden.IsNormalized)
            {
                _hiddenNorm = new(tensors, hidden.Name, hidden.Out, 1, neuron.InputDeviation);
            }
            else
            {
                ScaleToThreshold(_hiddenWeight, plan.Pooling, neuron);
                _hiddenBias = tensors.AddParameter($"{hidden.Name}.bias", hidden.Out, 0);
            }
            _hiddenNeurons = newNeurons(hidden.Name, hidden.Out);
        }
        LinearPlan output = plan.Output;
        _outputWeight = tensors.AddWeight($"{output.Name}.weight", output.Out, output.In);
        _outputBias = tensors.AddParameter($"{output.Name}.bias", output.Out, 0);
    }

    /// <summary>Firing rates over windows of pixels, [T*N, features] -> [T*N, classes].</summary>
    public Tensor Forward(Tensor rates, int timeSteps, Pass pass)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = rates;
        if (_hiddenNeurons is not null)
        {
            Tensor current = nn.functional.linear(x, _hiddenWeight!, _hiddenBias);
            if (_hiddenNorm is not null)
                current = _hiddenNorm.Forward(current, pass);
            x = _hiddenNeurons.Forward(current, timeSteps);
        }
        return nn.functional.linear(x, _outputWeight, _outputBias).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Gives weights of variance 2 / in the one with which currents have the deviation that tdBN would give them. Otherwise they would stay
    /// under the threshold, most of all where it is high, and the layer silent.
    /// </summary>
    /// <remarks>
    /// Of features x and weights of deviation s and mean 0, a current has the variance s^2 in E[x^2]. A feature is the mean of the spikes
    /// of a window's P pixels, each of mean m and mean square q at the first step: E[x^2] = m^2 + (q - m^2) / P where pixels are
    /// independent.
    /// </remarks>
    private static void ScaleToThreshold(Parameter weight, PoolingPlan pooling, LifNeuronOptions neuron)
    {
        (double mean, double square) = neuron.FirstSpikes();
        double feature = mean * mean + (square - mean * mean) / pooling.WindowPixels;
        using IDisposable mode = no_grad();
        using Scalar factor = neuron.InputDeviation / Math.Sqrt(2 * feature);
        weight.mul_(factor);
    }
}

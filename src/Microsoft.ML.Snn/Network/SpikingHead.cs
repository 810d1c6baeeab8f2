using Microsoft.ML.Snn.Architecture;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>
/// Behind global average pooling: the hidden linear layer (where the plan has one) with tdBN and neurons, and the output layer, which has
/// a bias and no neurons: neurons there would cap the scores.
/// </summary>
/// <remarks>
/// In torch operations on every device: its input is firing rates, not spikes, and one row of numbers an image is too little for kernels
/// of ours to gain anything.
/// </remarks>
internal sealed class SpikingHead
{
    private readonly Parameter? _hiddenWeight;
    private readonly ThresholdDependentBatchNorm? _hiddenNorm;
    private readonly LifNeuron? _hiddenNeurons;
    private readonly Parameter _outputWeight;
    private readonly Parameter _outputBias;

    public SpikingHead(
        LinearPlan? hidden, LinearPlan output, NetworkTensors tensors, double deviation, Func<string, int, LifNeuron> newNeurons)
    {
        if (hidden is not null)
        {
            // Without the tdBN the inputs would stay far under the threshold and the layer silent.
            _hiddenWeight = tensors.AddWeight($"{hidden.Name}.weight", hidden.Out, hidden.In);
            _hiddenNorm = new(tensors, hidden.Name, hidden.Out, 1, deviation);
            _hiddenNeurons = newNeurons(hidden.Name, hidden.Out);
        }
        _outputWeight = tensors.AddWeight($"{output.Name}.weight", output.Out, output.In);
        _outputBias = tensors.AddParameter($"{output.Name}.bias", output.Out, 0);
    }

    /// <summary>Firing rates over the pixels [T*N, C] -> [T*N, classes].</summary>
    public Tensor Forward(Tensor rates, int timeSteps, Pass pass)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = rates;
        if (_hiddenNeurons is not null)
        {
            Tensor current = _hiddenNorm!.Forward(nn.functional.linear(x, _hiddenWeight!), pass);
            x = _hiddenNeurons.Forward(current, timeSteps);
        }
        return nn.functional.linear(x, _outputWeight, _outputBias).MoveToOuterDisposeScope();
    }
}

using Microsoft.ML.Snn.Network.Fused;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>A layer of LIF neurons (Eq. 1-3). Its membrane potential lives in the call.</summary>
internal sealed class LifNeuron(
    string name, LifNeuronOptions options, BackwardRunner backward, INeuronTap? tap = null, NeuronParameters? learned = null) : IDisposable
{
    /// <summary>What it learns; null for nothing.</summary>
    public NeuronParameters? Learned => learned;

    /// <summary>Told by every forward pass, here or in <see cref="FusedTrunk"/>.</summary>
    public FiringRateMeter Rate { get; } = new();

    public LayerFiringRate FiringRate => new(name, Rate.Rate);

    /// <summary>What training adds to the loss for a firing rate of 1; 0 for nothing. Only gradients show it.</summary>
    public double RatePenalty { get; init; }

    /// <summary>See <see cref="TrainableNetwork.BatchShare"/>.</summary>
    public double BatchShare { get; set; } = 1;

    /// <summary>
    /// Input current [T*N, ...] -> spikes [T*N, ...], or [N, ...] -> [T*N, ...] where <paramref name="isStatic"/>: the same current at
    /// every step.
    /// </summary>
    public Tensor Forward(Tensor current, int timeSteps, bool isStatic = false)
    {
        // TorchSharp keeps an unused tensor of the output's size for the backward pass: it belongs to this scope and ends with it.
        using DisposeScope scope = NewDisposeScope();
        var call = new LifCall(options, timeSteps, isStatic, Rate, backward) { RatePenalty = RatePenalty * BatchShare };
        if (tap is not null)
            call = call with { Layer = name, Tap = tap };
        return LifFunction.apply([current, .. learned?.Values(current.dim()) ?? [], call]).MoveToOuterDisposeScope();
    }

    /// <summary>The same as a layer of a <see cref="FusedTrunk"/>, with what feeds it.</summary>
    public FusedLayer Fused(FusedConvolution convolution, FusedShortcut? shortcut) =>
        new(convolution, shortcut, Rate, RatePenalty, learned);

    public void Dispose() => Rate.Dispose();
}

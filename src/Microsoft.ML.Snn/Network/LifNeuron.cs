using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn;

/// <summary>A layer of LIF neurons (Eq. 1-3). Its membrane potential lives in the call.</summary>
internal sealed class LifNeuron(string name, LifNeuronOptions options, BackwardRunner backward) : IDisposable
{
    private readonly FiringRateMeter _rate = new();

    public LayerFiringRate FiringRate => new(name, _rate.Rate);

    /// <summary>
    /// Input current [T*N, ...] -> spikes [T*N, ...], or [N, ...] -> [T*N, ...] where <paramref name="isStatic"/>: the same current at
    /// every step.
    /// </summary>
    public Tensor Forward(Tensor current, int timeSteps, bool isStatic = false)
    {
        // TorchSharp keeps an unused tensor of the output's size for the backward pass: it belongs to this scope and ends with it.
        using DisposeScope scope = NewDisposeScope();
        return LifFunction.apply(current, new LifCall(options, timeSteps, isStatic, _rate, backward)).MoveToOuterDisposeScope();
    }

    /// <summary>Notes the firing rate of a forward pass that ran elsewhere.</summary>
    public void SetRate(double rate) => _rate.Set(rate);

    public void Dispose() => _rate.Dispose();
}

using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// A network from its stem to the averages over pixels, on a CPU: tdBN, shortcut sum and neurons in kernels of our own, between them spikes
/// as bits alone, and all gradients by hand. The same function as the modules of the network, within rounding.
/// </summary>
internal sealed class FusedTrunk
{
    private readonly ScalarType _convolutionType;
    private readonly LifNeuronOptions _neuron;
    private readonly bool _recomputes;
    private readonly BackwardRunner _backward;

    /// <param name="layers">From the stem on.</param>
    /// <param name="pooling">What is averaged of the last one.</param>
    /// <param name="frozenLayers">
    /// How many of them stay as they are: they normalize by their running statistics in training too, and no gradient reaches them. Behind
    /// them, shortcuts begin at the last of these or later.
    /// </param>
    /// <param name="neuron">All neurons' options.</param>
    /// <param name="convolutionType">What convolutions compute in: float32 or bfloat16.</param>
    /// <param name="recomputes">Whether currents are computed again for the backward pass instead of being kept.</param>
    /// <param name="backward">Of the network's functions.</param>
    public FusedTrunk(
        IReadOnlyList<FusedLayer> layers, PoolingPlan pooling, int frozenLayers, LifNeuronOptions neuron, ScalarType convolutionType,
        bool recomputes, BackwardRunner backward)
    {
        (Layers, Pooling, FrozenLayers, _neuron, _convolutionType) = (layers, pooling, frozenLayers, neuron, convolutionType);
        (_recomputes, _backward) = (recomputes, backward);
        Parameters = [.. layers.Skip(frozenLayers).SelectMany(layer => layer.Parameters)];
    }

    public IReadOnlyList<FusedLayer> Layers { get; }

    /// <summary>Over which windows the last layer's spikes are averaged.</summary>
    public PoolingPlan Pooling { get; }

    /// <summary>How many of them, from the stem on, stay as they are.</summary>
    public int FrozenLayers { get; }

    /// <summary>Of the layers that do not.</summary>
    public IReadOnlyList<Tensor> Parameters { get; }

    /// <summary>
    /// Image [N, C, H, W] or frames [T*N, C, H, W] in channels-last memory -> firing rates [T*N, features] of the last layer's windows.
    /// </summary>
    /// <param name="batchShare">See <see cref="TrainableNetwork.BatchShare"/>.</param>
    public Tensor Forward(Tensor input, int timeSteps, bool isStatic, bool training, double batchShare)
    {
        // TorchSharp keeps an unused tensor of the output's size for the backward pass: it belongs to this scope and ends with it.
        using DisposeScope scope = NewDisposeScope();
        var pass = new FusedPass(this, timeSteps, isStatic, training, _neuron, _convolutionType, _recomputes, _backward, batchShare);
        if (training && Parameters.Count > 0)
            return FusedTrunkFunction.apply([input, .. Parameters, pass]).MoveToOuterDisposeScope();
        using (pass)
            return pass.Forward(input).MoveToOuterDisposeScope();
    }
}

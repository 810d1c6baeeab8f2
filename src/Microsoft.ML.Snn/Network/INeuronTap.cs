using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>Sees what passes each layer of neurons of a <see cref="TrainableNetwork"/>, without changing it.</summary>
internal interface INeuronTap
{
    /// <summary>Called in the forward pass, from input to output.</summary>
    /// <param name="layer">Its name, as in <see cref="TrainableNetwork.FiringRates"/>.</param>
    /// <param name="current">Input x of the neurons, [T*N, ...], or [N, ...] where static. Valid during the call.</param>
    /// <param name="call">The neurons and their time steps.</param>
    void Forward(string layer, Tensor current, LifCall call);

    /// <summary>Called in the backward pass, from output to input, perhaps on another thread.</summary>
    /// <param name="layer">Its name.</param>
    /// <param name="gradient">dL/dx, of the current's shape. Valid during the call.</param>
    void Backward(string layer, Tensor gradient);
}

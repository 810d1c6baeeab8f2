namespace Microsoft.ML.Snn.Engine.Tracing;

/// <summary>Looks at what the neurons of a run compute (Eq. 1-3), without changing it.</summary>
internal interface INeuronObserver
{
    /// <summary>
    /// Called for each layer of neurons and each time step, on the thread that advances the run: layer by layer through the steps of a
    /// block.
    /// </summary>
    /// <param name="layer">The layer's index in the run.</param>
    /// <param name="inputs">Input x[t] of each neuron: [H, W, C]. Valid during the call.</param>
    /// <param name="potentials">Membrane potential u[t] of each neuron, before the reset: [H, W, C]. Valid during the call.</param>
    void Observe(int layer, ReadOnlySpan<float> inputs, ReadOnlySpan<float> potentials);
}

namespace Microsoft.ML.Snn;

/// <summary>What training keeps from the forward pass until the backward pass.</summary>
public enum TrainingMemory
{
    /// <summary>Every layer's input current and, as bits, its spikes.</summary>
    Store = 0,

    /// <summary>
    /// The spikes alone (on a GPU, those between blocks): currents are computed a second time when the backward pass needs them. Less
    /// memory, for a quarter to half more time, the most on small networks. On the CPU the result is the same to the last bit.
    /// </summary>
    Recompute = 1,
}

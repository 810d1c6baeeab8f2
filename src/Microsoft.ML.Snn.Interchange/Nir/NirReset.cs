namespace Microsoft.ML.Snn;

/// <summary>What a spike does to the membrane potential of a neuron that was read from a NIR graph.</summary>
public enum NirReset
{
    /// <summary>It is set to v_reset, as NIR's equations say.</summary>
    ToResetPotential = 0,

    /// <summary>
    /// v_threshold is subtracted from it before it leaks, as neurons of snnTorch (without reset_delay), SpikingJelly (v_reset None) and
    /// sinabs do that were made so; these tools write the same graph. v_reset and v_leak must be 0 then. A neuron still sends one spike a
    /// step at most.
    /// </summary>
    SubtractThreshold = 1,
}

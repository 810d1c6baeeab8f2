namespace Microsoft.ML.Snn;

/// <summary>
/// The step of T at which a value x in [0, 1] spikes under <see cref="SpikeCode.Latency"/>, before rounding to the nearest: 0 for x = 1,
/// T - 1 for x = 0 (Fang et al., SpikingJelly, 2023).
/// </summary>
public enum SpikeLatencyCurve
{
    /// <summary>t = (T - 1) (1 - x).</summary>
    Linear = 0,

    /// <summary>t = (T - 1) - ln(α x + 1) with α = e^(T - 1) - 1: tells small values apart.</summary>
    Logarithmic = 1,
}

namespace Microsoft.ML.Snn;

/// <summary>
/// The spike codes; <see cref="SpikeCode"/> makes each with what it needs. Below, x is a value scaled to [0, 1] and o[t] its output at the
/// time step t of T, t = 0 ... T - 1.
/// </summary>
public enum SpikeCodeKind
{
    /// <summary>
    /// Rate (Bernoulli): P(o[t] = 1) = x, independently at each step, so that the mean is x and the variance x (1 - x). The discrete form
    /// of Poisson spike trains (Heeger, 2000).
    /// </summary>
    Rate = 0,

    /// <summary>
    /// Latency (time to first spike): one spike per value, earlier for a larger one, at the step given by <see cref="SpikeLatencyCurve"/>.
    /// </summary>
    Latency = 1,

    /// <summary>
    /// Delta: the first dimension of the input is time, S steps. With threshold θ, OFF spikes where x[s] - x[s - 1] ≤ -θ, ON where it
    /// is ≥ θ; none at s = 0. Temporal contrast (Auge, Hille, Mueller and Knoll, 2021). Values are not scaled. Channel 0 is OFF, 1 is ON,
    /// as in event frames.
    /// </summary>
    Delta = 2,

    /// <summary>
    /// Phase (weighted spikes): the binary expansion of x, o[t] = b[t] 2^-(1 + t) with bits b[t], most significant first. The sum over the
    /// steps is x rounded down to a multiple of 2^-T, and 1 - 2^-T for x = 1 (Kim, Kim, Huh, Lee and Choi, 2018).
    /// </summary>
    Phase = 3,

    /// <summary>
    /// Population: K Gaussian receptive fields per value, field i = 1 ... K with its center at (i - 3/2) / (K - 2) and the deviation
    /// 1 / (1.5 (K - 2)), respond with A in (0, 1]; each spikes once, at the step (1 - A) T rounded, or not at all where that is T (Bohte,
    /// Kok and La Poutré, 2002).
    /// </summary>
    Population = 4,

    /// <summary>
    /// Direct: the value itself, not scaled, at every step; the network's first layer encodes it (Rueckauer et al., 2017).
    /// </summary>
    Direct = 5,
}

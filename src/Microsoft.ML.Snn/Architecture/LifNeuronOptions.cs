namespace Microsoft.ML.Snn;

/// <summary>
/// The iterative leaky integrate-and-fire neuron of the paper (Eq. 1-3):
/// <c>u[t] = Decay * u[t-1] * (1 - o[t-1]) + x[t]</c>, <c>o[t] = 1 if u[t] &gt; Threshold, else 0</c>, with <c>u[-1] = o[-1] = 0</c>.
/// </summary>
/// <remarks>
/// With <see cref="MaxSpikes"/> above 1 it sends more than one spike in a time step (integer spikes; Luo et al., "Integer-Valued Training
/// and Spike-Driven Inference", ECCV 2024; thresholds and scale are ours): k[t] is the number of thresholds
/// <c>Threshold (2 j - 1)</c>, j = 1..MaxSpikes, that u[t] exceeds, and the potential is reset where k[t] is not 0.
/// </remarks>
public sealed record LifNeuronOptions
{
    /// <summary>Decay of the membrane potential from one time step to the next, tau in the paper: 0 to 1. Default 0.25.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, or NaN.</exception>
    public double Decay
    {
        get;
        init => field = value is >= 0 and <= 1
            ? value : throw new ArgumentOutOfRangeException(
                nameof(Decay), value, "The decay of the membrane potential must be from 0 to 1.");
    } = 0.25;

    /// <summary>Firing threshold, in units of the membrane potential; above 0. tdBN scales with it. Default 0.5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a finite number above 0 in float32.</exception>
    public double Threshold
    {
        get;
        init => field = IsPositive(value)
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(Threshold), value, "The firing threshold must be a finite number above 0, in float32 too.");
    } = 0.5;

    /// <summary>
    /// Width a of the surrogate gradient, by default the rectangle <c>do/du = (1/a) [ |u - Threshold| &lt; a/2 ]</c>, in units of the
    /// membrane potential; above 0. Default 1. With tdBN, its ratio to <see cref="Threshold"/> decides, together with
    /// <see cref="Surrogate"/>, whether gradients shrink or grow from layer to layer.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a finite number above 0 in float32.</exception>
    public double SurrogateWidth
    {
        get;
        init => field = IsPositive(value)
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(SurrogateWidth), value, "The width of the surrogate gradient must be a finite number above 0, in float32 too.");
    } = 1;

    /// <summary>The shape of the surrogate gradient, which training alone uses. Default: the paper's rectangle.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration.</exception>
    public SurrogateShape Surrogate
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Surrogate), value, "The surrogate gradient has no such shape.");
    }

    /// <summary>
    /// Whether the decay is learned (Fang et al., "Incorporating Learnable Membrane Time Constant", ICCV 2021); it then begins at
    /// <see cref="Decay"/>, which must be above 0 and below 1, and stays between these. Default: it is not.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration.</exception>
    public NeuronLearning LearnDecay
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(LearnDecay), value, "A decay can be learned per layer or per channel.");
    }

    /// <summary>
    /// Whether the threshold is learned; it then begins at <see cref="Threshold"/> and stays above 0. tdBN goes on aiming at the value
    /// at the beginning. Default: it is not.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration.</exception>
    public NeuronLearning LearnThreshold
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(LearnThreshold), value, "A threshold can be learned per layer or per channel.");
    }

    /// <summary>
    /// The most spikes that a neuron sends in one time step, 1 to 15. Default 1: the paper's neuron. With more, tdBN
    /// aims at a deviation of 4 <see cref="Threshold"/>, and gradients pass around each threshold: with a <see cref="SurrogateWidth"/> of
    /// twice the threshold, as by default, from 0 to the last one without a gap.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int MaxSpikes
    {
        get;
        init => field = value is >= 1 and <= MostSpikes
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(MaxSpikes), value, $"The number of spikes in a time step must be from 1 to {MostSpikes}.");
    } = 1;

    /// <summary>The highest value of <see cref="MaxSpikes"/>.</summary>
    internal const int MostSpikes = 15;

    /// <summary>Whether decay or threshold are learned.</summary>
    internal bool Learns => LearnDecay != NeuronLearning.None || LearnThreshold != NeuronLearning.None;

    /// <summary>What tdBN makes the deviation of a neuron's input, where its alpha is 1.</summary>
    internal double InputDeviation => MaxSpikes == 1 ? Threshold : 4 * Threshold;

    /// <summary>
    /// Mean and mean square of what a neuron sends at the first step, where tdBN makes its input normal with a mean of 0 and
    /// <see cref="InputDeviation"/>.
    /// </summary>
    internal (double Mean, double Square) FirstSpikes()
    {
        double mean = 0, square = 0;
        for (int spike = 1; spike <= MaxSpikes; spike++)
        {
            // k spikes are 1 + 1 + ..., and their square is 1 + 3 + 5 + ... of the thresholds that are passed.
            double share = NormalTail((2 * spike - 1) * Threshold / InputDeviation);
            mean += share;
            square += (2 * spike - 1) * share;
        }
        return (mean, square);
    }

    /// <summary>The share of a standard normal distribution above a number of 0 or more, within 1e-6: its density, summed up.</summary>
    private static double NormalTail(double from)
    {
        const double step = 1e-3;
        double sum = 0;
        for (double x = from + step / 2; x < from + 8; x += step)
            sum += Math.Exp(-x * x / 2);
        return sum * step / Math.Sqrt(2 * Math.PI);
    }

    /// <summary>
    /// Whether the gradient ignores that a spike resets the membrane potential (it then treats the factor 1 - o[t-1] as a constant).
    /// Default false.
    /// </summary>
    public bool DetachReset { get; init; }

    /// <summary>Whether kernels can multiply by it and divide by it.</summary>
    private static bool IsPositive(double value) => (float)value > 0 && float.IsFinite((float)value) && float.IsFinite(1 / (float)value);
}

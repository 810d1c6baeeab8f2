using System.Runtime.CompilerServices;
using Microsoft.ML.Snn.SpikeCoding;

namespace Microsoft.ML.Snn;

/// <summary>A spike code with its parameters: how <see cref="SpikeEncodingEstimator"/> turns values into spikes.</summary>
/// <remarks>
/// The codes that scale their input take its range: the minimum becomes x = 0 and the maximum x = 1. Values outside count as the range's
/// ends, with a warning. For pixels the maximum is 255. <see cref="SpikeCodeKind"/> has the equations.
/// </remarks>
public sealed class SpikeCode
{
    private SpikeCode(SpikeCodeKind kind) => Kind = kind;

    /// <summary>Which of the codes this is.</summary>
    public SpikeCodeKind Kind { get; }

    /// <summary>Number of time steps T; null for <see cref="Delta"/>, which takes it from the input's first dimension.</summary>
    public int? TimeSteps { get; private init; }

    /// <summary>The input value that is scaled to 0; null for <see cref="Delta"/> and <see cref="Direct"/>.</summary>
    public float? Minimum { get; private init; }

    /// <summary>The input value that is scaled to 1; null for <see cref="Delta"/> and <see cref="Direct"/>.</summary>
    public float? Maximum { get; private init; }

    /// <summary>The seed of <see cref="Rate"/>; null where it is yet to be drawn, and for the other kinds.</summary>
    public int? Seed { get; private init; }

    /// <summary>How <see cref="Latency"/> makes a value a time; null for the other kinds.</summary>
    public SpikeLatencyCurve? Curve { get; private init; }

    /// <summary>The change that gives a spike of <see cref="Delta"/>; null for the other kinds.</summary>
    public float? Threshold { get; private init; }

    /// <summary>Receptive fields K per value of <see cref="Population"/>; null for the other kinds.</summary>
    public int? ReceptiveFields { get; private init; }

    /// <summary>Rate coding: random spikes, at each step with the probability x.</summary>
    /// <param name="timeSteps">Number of time steps T, at least 1.</param>
    /// <param name="seed">The seed; null: drawn from the <see cref="MLContext"/>'s generator when the estimator is made.</param>
    /// <param name="minimum">The input value that is scaled to 0, finite.</param>
    /// <param name="maximum">The input value that is scaled to 1, finite and above <paramref name="minimum"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is outside its range.</exception>
    public static SpikeCode Rate(int timeSteps = 4, int? seed = null, float minimum = 0, float maximum = 1)
    {
        CheckSteps(timeSteps);
        CheckRange(minimum, maximum);
        return new(SpikeCodeKind.Rate) { TimeSteps = timeSteps, Seed = seed, Minimum = minimum, Maximum = maximum };
    }

    /// <summary>Latency coding: one spike per value, earlier for a larger one.</summary>
    /// <param name="timeSteps">Number of time steps T, at least 1.</param>
    /// <param name="curve">How a value becomes a time.</param>
    /// <param name="minimum">The input value that is scaled to 0, finite.</param>
    /// <param name="maximum">The input value that is scaled to 1, finite and above <paramref name="minimum"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is outside its range.</exception>
    public static SpikeCode Latency(
        int timeSteps = 4, SpikeLatencyCurve curve = SpikeLatencyCurve.Linear, float minimum = 0, float maximum = 1)
    {
        CheckSteps(timeSteps);
        Require(Enum.IsDefined(curve), curve, "is not a defined SpikeLatencyCurve");
        CheckRange(minimum, maximum);
        return new(SpikeCodeKind.Latency) { TimeSteps = timeSteps, Curve = curve, Minimum = minimum, Maximum = maximum };
    }

    /// <summary>Delta coding: spikes where a series changes. The input's first dimension is time.</summary>
    /// <param name="threshold">The change θ that gives a spike, finite and above 0, in the units of the input.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threshold"/> is outside its range.</exception>
    public static SpikeCode Delta(float threshold = 0.1f)
    {
        Require(float.IsFinite(threshold) && threshold > 0, threshold, "must be finite and above 0");
        return new(SpikeCodeKind.Delta) { Threshold = threshold };
    }

    /// <summary>Phase coding: the binary digits of a value, each weighted by its place.</summary>
    /// <param name="timeSteps">Number of time steps T, at least 1.</param>
    /// <param name="minimum">The input value that is scaled to 0, finite.</param>
    /// <param name="maximum">The input value that is scaled to 1, finite and above <paramref name="minimum"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is outside its range.</exception>
    public static SpikeCode Phase(int timeSteps = 4, float minimum = 0, float maximum = 1)
    {
        CheckSteps(timeSteps);
        CheckRange(minimum, maximum);
        return new(SpikeCodeKind.Phase) { TimeSteps = timeSteps, Minimum = minimum, Maximum = maximum };
    }

    /// <summary>Population coding: the spikes of several receptive fields per value.</summary>
    /// <param name="timeSteps">Number of time steps T, at least 1.</param>
    /// <param name="receptiveFields">Receptive fields K per value, at least 3.</param>
    /// <param name="minimum">The input value that is scaled to 0, finite.</param>
    /// <param name="maximum">The input value that is scaled to 1, finite and above <paramref name="minimum"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is outside its range.</exception>
    public static SpikeCode Population(int timeSteps = 4, int receptiveFields = 8, float minimum = 0, float maximum = 1)
    {
        CheckSteps(timeSteps);
        Require(receptiveFields >= PopulationCode.MinFields, receptiveFields, $"must be at least {PopulationCode.MinFields}");
        CheckRange(minimum, maximum);
        return new(SpikeCodeKind.Population)
        {
            TimeSteps = timeSteps, ReceptiveFields = receptiveFields, Minimum = minimum, Maximum = maximum,
        };
    }

    /// <summary>Direct coding: the value itself, not scaled, at every step.</summary>
    /// <param name="timeSteps">Number of time steps T, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeSteps"/> is less than 1.</exception>
    public static SpikeCode Direct(int timeSteps = 4)
    {
        CheckSteps(timeSteps);
        return new(SpikeCodeKind.Direct) { TimeSteps = timeSteps };
    }

    private static void CheckSteps(int timeSteps) => Require(timeSteps >= 1, timeSteps, "must be at least 1");

    private static void CheckRange(float minimum, float maximum)
    {
        Require(float.IsFinite(minimum), minimum, "must be finite");
        Require(float.IsFinite(maximum) && maximum > minimum, maximum, $"must be finite and above the minimum, {minimum}");
    }

    private static void Require<T>(bool condition, T value, string rule, [CallerArgumentExpression(nameof(value))] string parameter = "")
    {
        if (!condition)
            throw new ArgumentOutOfRangeException(parameter, value, $"The parameter {parameter} {rule}.");
    }
}

namespace Microsoft.ML.Snn.SpikeCoding;

/// <summary>Latency coding: every value spikes once, the larger the earlier.</summary>
internal static class LatencyCode
{
    /// <param name="values">x in [0, 1], [N].</param>
    /// <param name="spikes">o in {0, 1}, [T, N].</param>
    public static void Encode(ReadOnlySpan<float> values, int timeSteps, SpikeLatencyCurve curve, Span<float> spikes)
    {
        spikes.Clear();
        for (int i = 0; i < values.Length; i++)
            spikes[SpikeTime(values[i], timeSteps, curve) * values.Length + i] = 1;
    }

    private static int SpikeTime(double x, int timeSteps, SpikeLatencyCurve curve)
    {
        double last = timeSteps - 1;
        double time = curve == SpikeLatencyCurve.Linear
            ? last * (1 - x)
            : -Math.Log(x + (1 - x) * Math.Exp(-last)); // (T - 1) - ln(α x + 1), in a form that no T makes overflow
        // For x = 0 the logarithm is infinite where the exponential is too small for a double.
        return (int)Math.Round(Math.Min(time, last));
    }
}

namespace Microsoft.ML.Snn.SpikeCoding;

/// <summary>Phase coding: the bits of a value's binary expansion, each with its weight.</summary>
internal static class PhaseCode
{
    /// <param name="values">x in [0, 1], [N].</param>
    /// <param name="spikes">o[t] in {0, 2^-(1 + t)}, [T, N].</param>
    public static void Encode(ReadOnlySpan<float> values, int timeSteps, Span<float> spikes)
    {
        for (int i = 0; i < values.Length; i++)
        {
            float rest = values[i], weight = 0.5f;
            for (int t = 0; t < timeSteps; t++, weight /= 2)
            {
                float spike = rest >= weight ? weight : 0;
                rest -= spike;
                spikes[t * values.Length + i] = spike;
            }
        }
    }
}

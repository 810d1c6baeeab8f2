namespace Microsoft.ML.Snn.SpikeCoding;

/// <summary>Delta coding: a series spikes where it changes.</summary>
internal static class DeltaCode
{
    /// <param name="series">x, [S, N].</param>
    /// <param name="spikes">o in {0, 1}, [S, 2, N]: OFF, then ON.</param>
    public static void Encode(ReadOnlySpan<float> series, int steps, float threshold, Span<float> spikes)
    {
        int length = series.Length / steps;
        spikes[..(2 * length)].Clear();
        for (int s = 1; s < steps; s++)
        {
            ReadOnlySpan<float> before = series.Slice((s - 1) * length, length), now = series.Slice(s * length, length);
            Span<float> off = spikes.Slice(2 * s * length, length), on = spikes.Slice((2 * s + 1) * length, length);
            for (int i = 0; i < length; i++)
            {
                float change = now[i] - before[i];
                off[i] = change <= -threshold ? 1 : 0;
                on[i] = change >= threshold ? 1 : 0;
            }
        }
    }
}

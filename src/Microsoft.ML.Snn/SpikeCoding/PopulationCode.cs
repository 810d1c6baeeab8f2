namespace Microsoft.ML.Snn.SpikeCoding;

/// <summary>Population coding: Gaussian receptive fields that cover [0, 1] respond to a value, each by the time of its spike.</summary>
internal static class PopulationCode
{
    /// <summary>Two fields stand just outside [0, 1], so fewer than three would leave none inside.</summary>
    public const int MinFields = 3;

    private const double Overlap = 1.5;

    /// <param name="values">x in [0, 1], [C, H, W].</param>
    /// <param name="planeLength">H W.</param>
    /// <param name="spikes">o in {0, 1}, [T, C, K, H, W]: the fields of a channel are neighbors.</param>
    public static void Encode(ReadOnlySpan<float> values, int planeLength, int fields, int timeSteps, Span<float> spikes)
    {
        spikes.Clear();
        for (int i = 0; i < values.Length; i++)
        {
            int channel = i / planeLength, pixel = i % planeLength;
            for (int k = 0; k < fields; k++)
            {
                int time = (int)Math.Round((1 - Response(values[i], k, fields)) * timeSteps);
                if (time < timeSteps)
                    spikes[time * values.Length * fields + (channel * fields + k) * planeLength + pixel] = 1;
            }
        }
    }

    private static double Response(double x, int field, int fields)
    {
        double center = (field - 0.5) / (fields - 2); // (i - 3/2) / (K - 2) with i = field + 1
        double distance = (x - center) * Overlap * (fields - 2);
        return Math.Exp(-distance * distance / 2);
    }
}

namespace Microsoft.ML.Snn.SpikeCoding;

/// <summary>Direct coding: the values at every step.</summary>
internal static class DirectCode
{
    /// <param name="values">x, [N].</param>
    /// <param name="repeated">o[t] = x, [T, N].</param>
    public static void Encode(ReadOnlySpan<float> values, int timeSteps, Span<float> repeated)
    {
        for (int t = 0; t < timeSteps; t++)
            values.CopyTo(repeated[(t * values.Length)..]);
    }
}

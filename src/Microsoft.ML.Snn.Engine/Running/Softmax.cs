namespace Microsoft.ML.Snn.Engine.Running;

/// <summary>
/// Softmax that gives the same bits on every machine: sums in the order of the classes, no fused multiply-add, and an exponential of our
/// own, since those of the system differ in the last bits.
/// </summary>
internal static class Softmax
{
    // ln 2 in two parts: the upper has 33 significant bits, so that its product with an exponent is exact.
    private const double Ln2High = 0.693147180369123816490, Ln2Low = 1.90821492927058770002e-10;

    /// <summary>Below this the exponential is less than half of the smallest double.</summary>
    private const double Smallest = -746;

    /// <summary><c>probabilities[i] = exp(logits[i]) / sum over j of exp(logits[j])</c>.</summary>
    public static void Apply(ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        float max = float.NegativeInfinity;
        foreach (float logit in logits)
            max = Math.Max(max, logit);
        double sum = 0;
        foreach (float logit in logits)
            sum += Exp((double)logit - max);
        for (int i = 0; i < logits.Length; i++)
            probabilities[i] = (float)(Exp((double)logits[i] - max) / sum);
    }

    /// <summary>e to the power of <paramref name="x"/>, at most 0; relative error under 1e-15 where the result is normal.</summary>
    internal static double Exp(double x)
    {
        if (!(x > Smallest))
            return double.IsNaN(x) ? x : 0;
        double power = Math.Round(x * 1.4426950408889634, MidpointRounding.ToEven);
        double rest = x - power * Ln2High - power * Ln2Low;
        // Taylor's series: |rest| is at most ln 2 / 2, where the term after the last is under 1e-17.
        double series = 1;
        for (int n = 13; n >= 1; n--)
            series = 1 + rest / n * series;
        // In two steps, since 2^power alone may be too small for a normal number.
        int half = (int)power / 2;
        return series * PowerOfTwo(half) * PowerOfTwo((int)power - half);
    }

    private static double PowerOfTwo(int exponent) => BitConverter.Int64BitsToDouble((long)(exponent + 1023) << 52);
}

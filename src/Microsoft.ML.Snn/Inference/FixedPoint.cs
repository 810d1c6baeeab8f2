namespace Microsoft.ML.Snn;

/// <summary>
/// The fixed point of one output channel. With S the sum of all its weights' magnitudes, the unit is the smallest power of two for which no
/// choice of spikes can overflow 32 bits: about S / 2^31. The rounding of a weight is at most half a unit; a float32 sum rounds as much at
/// almost every addition.
/// </summary>
internal static class FixedPoint
{
    // The unit and its reciprocal are normal float32 numbers.
    private const int MaxExponent = 126;

    /// <summary>The exponent e of the unit 2^-e, for weights whose magnitudes add up to <paramref name="sum"/>.</summary>
    /// <param name="sum">Finite, at least 0.</param>
    /// <param name="count">Number of weights, each of which may be rounded up by half a unit.</param>
    public static int Exponent(double sum, int count)
    {
        if (sum == 0)
            return 0;
        // Rounded down to a power of two, one more down for the rounding of this very quotient.
        double units = (int.MaxValue - count * 0.5 - 1) / sum;
        return Math.Clamp(Math.ILogB(units * (1 - 1e-12)), -MaxExponent, MaxExponent);
    }

    public static float Unit(int exponent) => (float)Math.ScaleB(1, -exponent);

    public static int Round(float weight, int exponent) => checked((int)Math.Round(Math.ScaleB(weight, exponent), MidpointRounding.ToEven));
}

namespace Microsoft.ML.Snn.RandomNumbers;

/// <summary>Draws from the beta distribution of two equal parameters, which is symmetric about 0.5.</summary>
internal static class BetaDistribution
{
    /// <param name="alpha">Both parameters, above 0: below 1 the draws are near 0 or 1, at 1 uniform, above 1 near 0.5.</param>
    /// <param name="random">The generator.</param>
    /// <returns>From 0 to 1.</returns>
    public static double Draw(double alpha, Random random)
    {
        // X / (X + Y) of two gamma draws; in logarithms, since both may be too small for a number.
        double first = LogGamma(alpha, random), second = LogGamma(alpha, random);
        return 1 / (1 + Math.Exp(second - first));
    }

    /// <summary>The logarithm of a draw from the gamma distribution (Marsaglia and Tsang, 2000).</summary>
    private static double LogGamma(double shape, Random random)
    {
        // The method is for shapes of 1 and more. Below, a draw of one more is multiplied by u^(1 / shape).
        double smaller = shape < 1 ? Math.Log(1 - random.NextDouble()) / shape : 0;
        double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = Normal(random), root = 1 + c * x, v = root * root * root;
            if (root > 0 && Math.Log(1 - random.NextDouble()) < 0.5 * x * x + d * (1 - v + Math.Log(v)))
                return Math.Log(d * v) + smaller;
        }
    }

    // Box and Muller, 1958. One minus the number: its logarithm must be finite.
    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

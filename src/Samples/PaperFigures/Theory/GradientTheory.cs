namespace PaperFigures.Theory;

/// <summary>
/// What becomes of gradients on their way through layers of neurons, convolution and normalization, for normally distributed currents,
/// independent spikes and weights, no leak, and statistics held constant. Ours, from the paper's equations.
/// </summary>
internal static class GradientTheory
{
    /// <summary>phi(JJ^T) = s^2 q / (a^2 p (1 - p)): by it the mean square of a gradient changes in one layer.</summary>
    /// <param name="deviation">s, of the currents: Vth behind tdBN, 1 behind plain batch normalization.</param>
    /// <param name="threshold">Vth.</param>
    /// <param name="width">a, of the surrogate gradient.</param>
    public static double Phi(double deviation, double threshold, double width)
    {
        double p = FiringRate(deviation, threshold), q = InWindow(deviation, threshold, width);
        return deviation * deviation * q / (width * width * p * (1 - p));
    }

    /// <summary>p = P(x > Vth).</summary>
    public static double FiringRate(double deviation, double threshold) => NormalDistribution.Above(threshold / deviation);

    /// <summary>q = P(|x - Vth| &lt; a / 2).</summary>
    public static double InWindow(double deviation, double threshold, double width) =>
        NormalDistribution.Cumulative((threshold + width / 2) / deviation)
        - NormalDistribution.Cumulative((threshold - width / 2) / deviation);

    /// <summary>The norm of the gradient at the first of some layers over that at the last.</summary>
    /// <param name="phi">Of a layer.</param>
    /// <param name="layers">Their number.</param>
    public static double NormRatio(double phi, int layers) => Math.Pow(phi, (layers - 1) / 2.0);
}

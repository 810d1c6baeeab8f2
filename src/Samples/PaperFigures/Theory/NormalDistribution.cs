namespace PaperFigures.Theory;

/// <summary>The standard normal distribution.</summary>
internal static class NormalDistribution
{
    public static double Density(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    /// <summary>P(z &lt;= x).</summary>
    public static double Cumulative(double x)
    {
        if (Math.Abs(x) > 8)
            return x > 0 ? 1 : 0;
        // The series x + x^3/3 + x^5/(3 5) + ... times the density (Abramowitz and Stegun, 26.2.11).
        double term = x, sum = x;
        for (int i = 3; Math.Abs(term) > 1e-17 * Math.Abs(sum); i += 2)
            sum += term *= x * x / i;
        return 0.5 + Density(x) * sum;
    }

    /// <summary>P(z &gt; x).</summary>
    public static double Above(double x) => Cumulative(-x);

    /// <summary>E[f(z)], by Simpson's rule.</summary>
    public static double Mean(Func<double, double> f, double from = -8, double to = 8)
    {
        const int Intervals = 2000;
        double step = (to - from) / Intervals, sum = 0;
        for (int i = 0; i <= Intervals; i++)
        {
            double x = from + i * step;
            sum += (i == 0 || i == Intervals ? 1 : i % 2 == 1 ? 4 : 2) * Density(x) * f(x);
        }
        return sum * step / 3;
    }
}

namespace PaperFigures.Results;

/// <summary>A number measured with several seeds: its mean, and the lowest and the highest.</summary>
internal readonly record struct Spread(double Mean, double Low, double High)
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] all = [.. values];
        return new(all.Average(), all.Min(), all.Max());
    }

    /// <summary>The geometric mean: for ratios and norms.</summary>
    public static Spread OfRatios(IEnumerable<double> values)
    {
        double[] all = [.. values];
        return new(all.Any(value => value <= 0) ? 0 : Math.Exp(all.Average(Math.Log)), all.Min(), all.Max());
    }

    /// <summary>Of a share: in percent.</summary>
    public Spread InPercent => new(100 * Mean, 100 * Low, 100 * High);

    /// <summary>Nothing was measured.</summary>
    public static Spread None { get; } = new(double.NaN, double.NaN, double.NaN);

    /// <summary>The three columns that it takes in a <see cref="Table"/>.</summary>
    public static IEnumerable<string> Columns(string name) => [name, $"{name}_low", $"{name}_high"];

    /// <summary>As a table shows it, such as 0.55 (0.51 to 0.58).</summary>
    public string ToString(Func<double, string> format) =>
        Low == High ? format(Mean) : $"{format(Mean)} ({format(Low)} to {format(High)})";
}

namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>Where values lie along an axis, and the round ones to mark.</summary>
internal sealed class ChartAxis
{
    private readonly double _from, _to;
    private readonly bool _isLogarithmic;

    private ChartAxis(double from, double to, bool isLogarithmic, IReadOnlyList<double> ticks) =>
        (_from, _to, _isLogarithmic, Ticks) = (from, to, isLogarithmic, ticks);

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>From a round number below the values to one above them.</summary>
    /// <param name="values">Finite ones.</param>
    /// <param name="withZero">Whether 0 is on it in any case.</param>
    public static ChartAxis Linear(IReadOnlyCollection<double> values, bool withZero)
    {
        double least = values.DefaultIfEmpty(0).Min(), largest = values.DefaultIfEmpty(1).Max();
        if (withZero)
            (least, largest) = (Math.Min(least, 0), Math.Max(largest, 0));
        if (largest - least <= 1e-12 * Math.Max(Math.Abs(least), Math.Abs(largest)))
        {
            double around = least == 0 ? 1 : Math.Abs(least) / 10;
            (least, largest) = (least - (withZero ? 0 : around), largest + around);
        }
        double step = Step(largest - least, 4);
        long first = (long)Math.Floor(least / step + 1e-9), last = (long)Math.Ceiling(largest / step - 1e-9);
        return new(first * step, last * step, false, [.. Whole(first, last).Select(n => n * step)]);
    }

    /// <summary>Whole numbers, from the first to the last value.</summary>
    public static ChartAxis Numbers(int first, int last)
    {
        long step = (long)Math.Max(1, Step(last - first, 6));
        double[] ticks = [.. Whole((first + step - 1) / step, last / step).Select(n => (double)(n * step))];
        if (first == last)
            return new(first - 1, last + 1, false, [first]);
        return new(first, last, false, ticks[0] == first ? ticks : [first, .. ticks]);
    }

    /// <summary>Powers of ten, or, over less than two of them, 1, 2 and 5 times these.</summary>
    /// <param name="values">Above 0.</param>
    public static ChartAxis Logarithmic(IReadOnlyCollection<double> values)
    {
        double least = values.DefaultIfEmpty(1).Min(), largest = values.DefaultIfEmpty(1).Max();
        int first = (int)Math.Floor(Math.Log10(least)), last = (int)Math.Ceiling(Math.Log10(largest));
        double[] marks = [.. Whole(first, last).SelectMany(power => ((double[])[1, 2, 5]).Select(n => n * Math.Pow(10, power)))];
        double from = marks.Last(mark => mark <= least * (1 + 1e-9)), to = marks.FirstOrDefault(mark => mark >= largest, marks[^1]);
        if (to <= from)
            (from, to) = (from / 2, from * 2);
        double[] inside = [.. marks.Where(mark => mark >= from && mark <= to)];
        int step = Math.Max(1, (last - first + 4) / 5);
        double[] powers = [.. Whole(first, last).Where(power => (power - first) % step == 0).Select(power => Math.Pow(10, power))
            .Where(power => power >= from && power <= to)];
        return new(Math.Log10(from), Math.Log10(to), true, inside.Length <= 6 ? inside : powers);
    }

    /// <summary>0 at the beginning of the axis, 1 at its end.</summary>
    public double Place(double value) => ((_isLogarithmic ? Math.Log10(value) : value) - _from) / (_to - _from);

    /// <summary>1, 2 or 5 times a power of ten, so that a length has about as many parts.</summary>
    private static double Step(double length, int parts)
    {
        double least = length / parts, power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(least, double.Epsilon))));
        return power * (least / power) switch { <= 1.0001 => 1, <= 2.0001 => 2, <= 5.0001 => 5, _ => 10 };
    }

    private static IEnumerable<long> Whole(long first, long last)
    {
        for (long number = first; number <= last; number++)
            yield return number;
    }
}

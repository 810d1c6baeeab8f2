using System.Globalization;

namespace PaperFigures.Results;

/// <summary>Numbers as the report shows them.</summary>
internal static class NumberText
{
    /// <summary>Three digits.</summary>
    public static string Short(double value)
    {
        double size = Math.Abs(value);
        if (size == 0)
            return "0";
        return size is >= 0.001 and < 10_000 || double.IsNaN(value)
            ? value.ToString(size >= 100 ? "F0" : size >= 10 ? "F1" : size >= 1 ? "F2" : "F3", CultureInfo.InvariantCulture)
            : value.ToString("0.0e0", CultureInfo.InvariantCulture);
    }

    /// <summary>A share from 0 to 1 as 15.9 %.</summary>
    public static string Percent(double value) => (100 * value).ToString("F1", CultureInfo.InvariantCulture) + " %";
}

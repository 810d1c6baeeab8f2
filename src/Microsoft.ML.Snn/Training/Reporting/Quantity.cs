using System.Globalization;

namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>Numbers as a report shows them, in the invariant culture.</summary>
internal static class Quantity
{
    public static string Percent(double share) => Format($"{share:P1}");

    /// <summary>Without zeros behind the point.</summary>
    public static string RoundPercent(double share) => Format($"{100 * share:0.##} %");

    /// <summary>With a few digits: 0.0123, 12.3, 1.2e-7; a dash where there is no number.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
            return "–";
        double size = Math.Abs(value);
        if (size is 0 or >= 1e-3 and < 1e5)
            return Format($"{value:G4}");
        string[] parts = Format($"{value:0.##E+0}").Split('E');
        return $"{parts[0]}e{parts[1].TrimStart('+')}";
    }

    /// <summary>Of a standard error, two digits say enough.</summary>
    public static string Error(double value) => double.IsFinite(value) ? Format($"{value:G2}") : "–";

    public static string Count(long number) => Format($"{number:N0}");

    public static string Duration(TimeSpan time) => time.TotalSeconds switch
    {
        < 100 => Format($"{time.TotalSeconds:0.0} s"),
        < 6000 => Format($"{(int)time.TotalMinutes} min {time.Seconds:00} s"),
        _ => Format($"{(int)time.TotalHours} h {time.Minutes:00} min"),
    };

    /// <summary>Cut where it is too long for its place.</summary>
    public static string Shortened(string text, int length) => text.Length <= length ? text : $"{text[..(length - 1)]}…";

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

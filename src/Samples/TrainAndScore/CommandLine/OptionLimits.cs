using System.CommandLine;
using System.Globalization;

namespace TrainAndScore.CommandLine;

/// <summary>Limits of numeric options, checked before any work begins.</summary>
internal static class OptionLimits
{
    public static Option<int> From(this Option<int> option, int low, int high)
    {
        option.CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (int.TryParse(text, CultureInfo.InvariantCulture, out int value) && value >= low && value <= high)
                return value;
            result.AddError($"{option.Name} must be a whole number from {low} to {high}, not '{text}'.");
            return default;
        };
        return option;
    }

    public static Option<double> AboveZero(this Option<double> option, double atMost) =>
        option.Limit(value => value > 0 && value <= atMost, $"above 0 and at most {atMost}");

    public static Option<double> From(this Option<double> option, double low, double high) =>
        option.Limit(value => value >= low && value <= high, FormattableString.Invariant($"from {low} to {high}"));

    private static Option<double> Limit(this Option<double> option, Predicate<double> isAllowed, string limits)
    {
        option.CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && isAllowed(value))
                return value;
            result.AddError($"{option.Name} must be a number {limits}, not '{text}'.");
            return default;
        };
        return option;
    }
}

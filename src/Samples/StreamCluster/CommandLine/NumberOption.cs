using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace StreamCluster.CommandLine;

/// <summary>Options that are whole numbers, whose limits are checked before any work begins.</summary>
internal static class NumberOption
{
    public static Option<long> Of(string name, string description, long usual, long low, long high) => new(name)
    {
        Description = $"{description}.", HelpName = "number", DefaultValueFactory = _ => usual,
        CustomParser = result => Parse(result, name, low, high) ?? default,
    };

    public static Option<long?> Optional(string name, string description, long low, long high) => new(name)
    {
        Description = description, HelpName = "number", CustomParser = result => Parse(result, name, low, high),
    };

    private static long? Parse(ArgumentResult result, string name, long low, long high)
    {
        string text = result.Tokens[0].Value;
        if (long.TryParse(text, CultureInfo.InvariantCulture, out long value) && value >= low && value <= high)
            return value;
        result.AddError($"{name} must be a whole number from {low} to {high}, not '{text}'.");
        return null;
    }
}

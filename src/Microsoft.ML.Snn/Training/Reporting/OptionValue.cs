using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>An option, or one setting of an option that is a record, which has not its default.</summary>
internal sealed record OptionValue(string Name, string Value, string Default)
{
    // Public and those that factories set.
    private const BindingFlags Instance = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;

    /// <summary>The public fields of options whose values are others than those of new options, by names.</summary>
    public static IReadOnlyList<OptionValue> Differing<T>(T options)
        where T : class, new()
    {
        var defaults = new T();
        return [.. typeof(T).GetFields(BindingFlags.Public | BindingFlags.Instance).OrderBy(field => field.Name, StringComparer.Ordinal)
            .SelectMany(field => Differing(field.Name, field.GetValue(options), field.GetValue(defaults)))];
    }

    private static IEnumerable<OptionValue> Differing(string name, object? value, object? usual)
    {
        string text = Text(value), usualText = Text(usual);
        if (text == usualText)
            return [];
        return value is not null && usual is not null && Settings(value.GetType()) is [_, ..] settings
            ? settings.SelectMany(setting => Differing($"{name}.{setting.Name}", setting.GetValue(value), setting.GetValue(usual)))
            : [new(name, text, usualText)];
    }

    private static string Text(object? value) => value switch
    {
        null => "none",
        string text => text,
        bool flag => flag ? "yes" : "no",
        Enum => value.ToString()!,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        CancellationToken token => token.CanBeCanceled ? "given" : "none",
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Text))}]",
        _ => Settings(value.GetType()) is [_, ..] settings
            ? $"{{ {string.Join(", ", settings.Select(setting => $"{setting.Name} {Text(setting.GetValue(value))}"))} }}"
            : "given",
    };

    /// <summary>What can be set of a record of this library; none of other things, such as functions and data.</summary>
    private static PropertyInfo[] Settings(Type type) => type.Assembly != typeof(OptionValue).Assembly
        ? []
        : [.. type.GetProperties(Instance).Where(property => property.CanWrite && property.GetIndexParameters().Length == 0)];
}

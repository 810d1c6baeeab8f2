using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Xml;

namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>
/// Markup of HTML or SVG, written as an interpolated string: what is put into it is encoded, unless it is markup itself. Numbers are
/// written in the invariant culture.
/// </summary>
[InterpolatedStringHandler]
internal sealed class Html(int literalLength, int formattedCount)
{
    private readonly StringBuilder _text = new(literalLength + 16 * formattedCount);

    /// <summary>Markup for each item.</summary>
    public static Html Each<T>(IEnumerable<T> items, Func<T, Html> markup)
    {
        Html all = $"";
        foreach (T item in items)
            all.AppendFormatted(markup(item));
        return all;
    }

    public void AppendLiteral(string markup) => _text.Append(markup);

    public void AppendFormatted(Html? markup) => _text.Append(markup?._text);

    public void AppendFormatted(string? text) => _text.Append(Encode(text));

    public void AppendFormatted<T>(T number, string? format = null)
        where T : struct, IFormattable => _text.Append(Encode(number.ToString(format, CultureInfo.InvariantCulture)));

    public override string ToString() => _text.ToString();

    /// <summary>Characters that no document may hold, such as control characters, become the one that stands for them.</summary>
    private static string Encode(string? text) => WebUtility.HtmlEncode(string.Create(text?.Length ?? 0, text, (characters, source) =>
    {
        for (int i = 0; i < characters.Length; i++)
            characters[i] = XmlConvert.IsXmlChar(source![i]) || char.IsSurrogate(source[i]) ? source[i] : '\uFFFD';
    }));
}

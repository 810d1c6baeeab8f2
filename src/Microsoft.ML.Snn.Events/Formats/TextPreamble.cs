using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// What stands before the events of a text: comments, blank lines, the names of the columns, also in a comment as NumPy's savetxt writes
/// them, and a line of two numbers, the sensor's width and height, as E2VID has it.
/// </summary>
/// <param name="columns">The columns where no line names them.</param>
internal sealed class TextPreamble(string columns)
{
    private TextLayout? _named;
    private bool _hasSize;

    public bool HasNames => _named is not null;

    /// <summary>Whether there is nothing in a line of data: it is blank or a comment.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> line) => line.IsEmpty || line[0] == '#';

    /// <summary>Takes a line, without spaces around it, if it is one of these.</summary>
    public bool TryTake(ReadOnlySpan<byte> line)
    {
        if (IsBlank(line))
        {
            _named = TextLayout.FromNames(line.TrimStart((byte)'#')) ?? _named;
            return true;
        }
        Span<Range> fields = stackalloc Range[TextLayout.MostFields];
        int count = TextLayout.Split(line, TextLayout.SeparatorOf(line), fields);
        if (count > 0 && !TextLayout.IsNumber(line[fields[0]]) && TextLayout.FromNames(line) is { } named)
        {
            _named = named;
            return true;
        }
        if (_hasSize || count != 2 || !TextLayout.IsNumber(line[fields[0]]) || !TextLayout.IsNumber(line[fields[1]]))
            return false;
        _hasSize = true;
        return true;
    }

    /// <summary>The layout of the lines of events, by the first of them.</summary>
    public TextLayout LayoutOf(ReadOnlySpan<byte> line) =>
        _named is null ? TextLayout.Of(line, columns) : _named with { Separator = TextLayout.SeparatorOf(line) };
}

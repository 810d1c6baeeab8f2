namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>Tells events in text from other text by its first lines.</summary>
internal static class TextRecognition
{
    private const int MostLines = 100;

    /// <summary>
    /// Whether each line has as many fields as a line of events, and numbers where events have them. Without names, each must have four
    /// numbers, and one of the four columns must hold what polarities are.
    /// </summary>
    /// <param name="isWhole">Whether the beginning is the whole file.</param>
    public static bool AreEvents(ReadOnlySpan<byte> beginning, bool isWhole)
    {
        beginning = beginning.StartsWith(TextDecoder.ByteOrderMark) ? beginning[TextDecoder.ByteOrderMark.Length..] : beginning;
        if (beginning.ContainsAnyInRange<byte>(0, 8) || beginning.ContainsAnyInRange<byte>(14, 31))
            return false;
        var preamble = new TextPreamble(EventPartNames.TableColumns);
        TextLayout? layout = null;
        Span<Range> fields = stackalloc Range[TextLayout.MostFields];
        Span<bool> arePolarities = [true, true, true, true];
        int count = 0;
        while (count < MostLines && !beginning.IsEmpty)
        {
            int length = beginning.IndexOf((byte)'\n');
            // The last line may be cut.
            if (length < 0 && (count > 0 || !isWhole))
                break;
            ReadOnlySpan<byte> line = beginning[..(length < 0 ? beginning.Length : length)].Trim(TextDecoder.Blanks);
            beginning = beginning[(length < 0 ? beginning.Length : length + 1)..];
            if (layout is null ? preamble.TryTake(line) : TextPreamble.IsBlank(line))
                continue;
            layout ??= preamble.LayoutOf(line);
            if (TextLayout.Split(line, layout.Separator, fields) != layout.Width)
                return false;
            for (int i = 0; i < layout.Width; i++)
            {
                if (layout.Parts[i] is not null && !TextLayout.IsNumber(line[fields[i]]))
                    return false;
                if (i < arePolarities.Length)
                    arePolarities[i] &= TextLayout.IsPolarity(line[fields[i]]);
            }
            count++;
        }
        return preamble.HasNames || count > 0 && arePolarities.Contains(true);
    }
}

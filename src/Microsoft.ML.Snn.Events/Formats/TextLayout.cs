using System.Buffers.Text;
using System.Text;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>How the lines of a text are made up: what separates their fields, and which field is which part of an event.</summary>
/// <param name="Separator">A comma, a semicolon, or a space, which stands for any run of spaces and tabs.</param>
/// <param name="Width">The number of fields.</param>
/// <param name="Parts">The part that a field holds; null for fields that are no part of an event.</param>
internal sealed record TextLayout(byte Separator, int Width, EventPart?[] Parts)
{
    /// <summary>More fields than this are no line of events.</summary>
    public const int MostFields = 64;

    /// <summary>The layout of lines without names.</summary>
    public static TextLayout Of(ReadOnlySpan<byte> line, string columns) =>
        new(SeparatorOf(line), columns.Length, [.. columns.Select(letter => EventPartNames.Find(letter.ToString()))]);

    /// <summary>The layout that a line of names tells; null where it does not name each part once.</summary>
    public static TextLayout? FromNames(ReadOnlySpan<byte> line)
    {
        byte separator = SeparatorOf(line);
        Span<Range> fields = stackalloc Range[MostFields];
        int count = Split(line, separator, fields);
        if (count < 0)
            return null;
        var parts = new EventPart?[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> name = line[fields[i]].Trim("\"'"u8);
            parts[i] = name.Length <= 16 ? EventPartNames.Find(Encoding.UTF8.GetString(name)) : null;
        }
        return parts.OfType<EventPart>().Order().SequenceEqual(Enum.GetValues<EventPart>()) ? new(separator, count, parts) : null;
    }

    public static byte SeparatorOf(ReadOnlySpan<byte> line) =>
        line.Contains((byte)';') ? (byte)';' : line.Contains((byte)',') ? (byte)',' : (byte)' ';

    /// <summary>Finds a line's fields, without the spaces around them.</summary>
    /// <returns>Their number; -1 where it is more than the span takes.</returns>
    public static int Split(ReadOnlySpan<byte> line, byte separator, Span<Range> fields)
    {
        int count = 0;
        int at = 0;
        while (true)
        {
            while (at < line.Length && line[at] is (byte)' ' or (byte)'\t')
                at++;
            if (separator == ' ' && at == line.Length)
                return count;
            int length = separator == ' ' ? line[at..].IndexOfAny((byte)' ', (byte)'\t') : line[at..].IndexOf(separator);
            int end = length < 0 ? line.Length : at + length;
            if (count == fields.Length)
                return -1;
            int last = end;
            while (last > at && line[last - 1] is (byte)' ' or (byte)'\t')
                last--;
            fields[count++] = at..last;
            if (length < 0)
                return count;
            at = end + 1;
        }
    }

    /// <summary>Whether a field is a number, in whatever notation.</summary>
    public static bool IsNumber(ReadOnlySpan<byte> field) =>
        Utf8Parser.TryParse(field, out double _, out int length) && length == field.Length || TryReadBoolean(field, out _);

    /// <summary>Whether a field is a polarity: 0, -1, 1 or a truth value.</summary>
    public static bool IsPolarity(ReadOnlySpan<byte> field) =>
        Utf8Parser.TryParse(field, out double number, out _) ? number is 0 or 1 or -1 : TryReadBoolean(field, out _);

    public static bool TryReadBoolean(ReadOnlySpan<byte> field, out bool value)
    {
        value = field.SequenceEqual("True"u8) || field.SequenceEqual("true"u8);
        return value || field.SequenceEqual("False"u8) || field.SequenceEqual("false"u8);
    }
}

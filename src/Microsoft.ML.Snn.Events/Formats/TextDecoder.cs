using System.Buffers.Text;
using System.Text;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// Events in text, a line each: four numbers between spaces, tabs, commas or semicolons, or more under a line that names the columns.
/// </summary>
internal sealed class TextDecoder : EventDecoder
{
    private const int LongestShown = 40;
    private readonly TimeScale? _unit;
    private readonly TextLayout? _layout;
    private long _line = 1;

    public TextDecoder(EventFileInput input, EventReadOptions options)
        : base(input)
    {
        _unit = TimeScale.Of(options.TimeUnit);
        if (input.Fill(ByteOrderMark.Length) && input.Window.StartsWith(ByteOrderMark))
            input.Advance(ByteOrderMark.Length);
        var preamble = new TextPreamble(options.Columns ?? EventPartNames.TableColumns);
        ReadOnlySpan<byte> line = PeekLine(out int length);
        while (length > 0 && preamble.TryTake(line))
        {
            Advance(length);
            line = PeekLine(out length);
        }
        if (length == 0)
            return;
        _layout = preamble.LayoutOf(line);
        RefuseOtherLines(line, _layout);
    }

    public static ReadOnlySpan<byte> ByteOrderMark => [0xef, 0xbb, 0xbf];

    /// <summary>What may stand around a line.</summary>
    public static ReadOnlySpan<byte> Blanks => " \t\r"u8;

    public override int Decode(Span<PolarityEvent> events)
    {
        int count = 0;
        Span<Range> fields = stackalloc Range[TextLayout.MostFields];
        while (count < events.Length && Damage is null)
        {
            ReadOnlySpan<byte> line = PeekLine(out int length);
            if (length == 0)
                break;
            if (!TextPreamble.IsBlank(line))
            {
                if (!TryParse(line, fields, out events[count]))
                    break;
                count++;
            }
            Advance(length);
        }
        return count;
    }

    private bool TryParse(ReadOnlySpan<byte> line, Span<Range> fields, out PolarityEvent result)
    {
        TextLayout layout = _layout!;
        result = default;
        int width = TextLayout.Split(line, layout.Separator, fields);
        if (width != layout.Width)
        {
            EndDamagedInLine($"has {(width < 0 ? "too many" : width)} fields where others have {layout.Width}: {Show(line)}");
            return false;
        }
        Span<long> values = stackalloc long[4];
        for (int i = 0; i < width; i++)
        {
            if (layout.Parts[i] is not { } part)
                continue;
            ReadOnlySpan<byte> field = line[fields[i]];
            if (!(part == EventPart.Time ? TryReadTime(field, out long value) : TryReadWhole(field, out value)))
            {
                EndDamagedInLine(part == EventPart.Time && _unit is null && TextLayout.IsNumber(field)
                    ? NeedsUnit(field) : $"has the {part} '{Show(field)}', which is no whole number: {Show(line)}");
                return false;
            }
            values[(int)part] = value;
        }
        (long time, long x, long y, long polarity) =
            (values[(int)EventPart.Time], values[(int)EventPart.X], values[(int)EventPart.Y], values[(int)EventPart.Polarity]);
        if (EventParts.TryMake(time, x, y, polarity, out result))
            return true;
        EndDamagedInLine($"is no event: {EventParts.Describe(time, x, y, polarity)}");
        return false;
    }

    private bool TryReadTime(ReadOnlySpan<byte> field, out long time)
    {
        if (Utf8Parser.TryParse(field, out time, out int length) && length == field.Length)
        {
            time = _unit is { } whole ? whole.ToMicroseconds(time) : time;
            return true;
        }
        if (_unit is not { } unit || !Utf8Parser.TryParse(field, out double fraction, out length) || length != field.Length)
            return false;
        time = unit.ToMicroseconds(fraction);
        return true;
    }

    private static bool TryReadWhole(ReadOnlySpan<byte> field, out long value)
    {
        if (Utf8Parser.TryParse(field, out value, out int length) && length == field.Length)
            return true;
        if (TextLayout.TryReadBoolean(field, out bool isOn))
        {
            value = isOn ? 1 : 0;
            return true;
        }
        if (!Utf8Parser.TryParse(field, out double number, out length) || length != field.Length)
            return false;
        value = (long)number;
        return value == number;
    }

    /// <summary>Refuses, at the first line of events, what no option has told.</summary>
    private void RefuseOtherLines(ReadOnlySpan<byte> line, TextLayout layout)
    {
        Span<Range> fields = stackalloc Range[TextLayout.MostFields];
        int width = TextLayout.Split(line, layout.Separator, fields);
        if (width != layout.Width)
        {
            if (!Input.Window.Contains((byte)'\n'))
                throw new InvalidDataException($"the file ends within line {_line}, the first of events: {Show(line)}");
            throw new NotSupportedException(
                $"{Input.Name}: line {_line} is neither a line of {layout.Width} numbers, an event, nor one that names the columns t, x, "
                + $"y and p: {Show(line)}");
        }
        ReadOnlySpan<byte> time = line[fields[Array.IndexOf(layout.Parts, EventPart.Time)]];
        if (_unit is null && TextLayout.IsNumber(time) && !TryReadTime(time, out _))
            throw new NotSupportedException($"{Input.Name}: line {_line} {NeedsUnit(time)}");
    }

    private static string NeedsUnit(ReadOnlySpan<byte> time) =>
        $"has the time {Show(time)}, which is no whole number of microseconds. Name the unit of times by the option "
        + $"{nameof(EventReadOptions.TimeUnit)}.";

    private static string Show(ReadOnlySpan<byte> text) =>
        Encoding.UTF8.GetString(text[..Math.Min(LongestShown, text.Length)]) + (text.Length > LongestShown ? "..." : "");

    private void EndDamagedInLine(string what) => EndDamaged($"line {_line} {what}");

    private void Advance(int length)
    {
        Input.Advance(length);
        _line++;
    }

    /// <summary>The next line, without what may stand around it; its length in the file is 0 at the file's end and at damage.</summary>
    private ReadOnlySpan<byte> PeekLine(out int length)
    {
        int end;
        int searched = 0;
        while ((end = Input.Window[searched..].IndexOf((byte)'\n')) < 0)
        {
            searched = Input.Window.Length;
            if (searched == EventFileInput.Capacity)
                EndDamagedInLine($"has more than {EventFileInput.Capacity} characters.");
            else if (Input.Fill(searched + 1))
                continue;
            else if (Input.Corruption is not null)
                EndTruncated("a line");
            // The last line may lack its end.
            length = Damage is null ? searched : 0;
            return Input.Window[..length].Trim(Blanks);
        }
        length = searched + end + 1;
        return Input.Window[..(length - 1)].Trim(Blanks);
    }
}

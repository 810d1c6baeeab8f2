using System.Globalization;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// The text header of Prophesee's files (docs.prophesee.ai, "RAW File Format" and "DAT File Format"): lines <c>% key value</c>, up to a
/// line <c>% end</c> or the first that is none. Of a key that occurs twice, the last value counts, as in Prophesee's own reader.
/// </summary>
internal sealed class PropheseeHeader
{
    /// <summary>Keys of RAW files alone; DAT files have Version, Width and Height.</summary>
    private static readonly string[] _rawKeys =
    [
        "integrator_name", "camera_integrator_name", "plugin_integrator_name", "plugin_name", "system_ID", "subsystem_ID", "sub_system_ID",
        "serial_number", "firmware_version", "sensor_generation", "geometry",
    ];

    private readonly Dictionary<string, string> _values = [];
    private bool _saysItsContent;
    private bool _isEnded;

    private static ReadOnlySpan<byte> Marker => "% "u8;

    public bool IsEmpty => _values.Count == 0 && !_isEnded;

    /// <summary>The version of a DAT file; null where the header has none.</summary>
    public string? Version => ValueOf("Version");

    /// <summary>How the words of a RAW file are ordered: little, big or legacy; null where the header does not say.</summary>
    public string? Endianness => FormatOption("endianness") ?? ValueOf("endianness");

    /// <summary>The system of Prophesee's that recorded the file; null where it was another integrator's, or is not said.</summary>
    public int? SystemId =>
        IsProphesees && int.TryParse(ValueOf("system_ID"), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : null;

    private bool IsDat => _saysItsContent || Version is not null;

    private bool IsProphesees => new[] { "integrator_name", "camera_integrator_name", "plugin_integrator_name" }
        .All(key => ValueOf(key) is null or "Prophesee");

    /// <summary>
    /// The encodings that a RAW file's header names: <c>% format EVT3;height=720;width=1280</c> and, older, <c>% evt 3.0</c>.
    /// </summary>
    private IEnumerable<string> Encodings
    {
        get
        {
            if (ValueOf("format") is { } format)
                yield return format.Split(';')[0].Trim();
            if (ValueOf("evt") is { } version)
                yield return $"EVT {version}";
        }
    }

    /// <summary>The format that a file's beginning announces; null where it is no file of Prophesee's.</summary>
    /// <exception cref="NotSupportedException">It announces an encoding that cannot be read, or none.</exception>
    /// <exception cref="InvalidDataException">It contradicts itself.</exception>
    public static EventFileFormat? Recognize(ReadOnlySpan<byte> beginning, string name)
    {
        var header = new PropheseeHeader();
        while (!header._isEnded && EventFileInput.TryParseHeaderLine(beginning, Marker, out string line, out int length))
        {
            beginning = beginning[length..];
            header.Add(line);
        }
        return header.IsEmpty ? null : header.Recognize(name, isDatData: beginning is [0 or 12, 8, ..]);
    }

    /// <summary>Consumes the header of a file that is to be read as a format; an empty one where the file has none.</summary>
    /// <exception cref="NotSupportedException">The header announces another format.</exception>
    /// <exception cref="InvalidDataException">The header is damaged.</exception>
    public static PropheseeHeader Read(EventFileInput input, EventFileFormat format)
    {
        var header = new PropheseeHeader();
        while (!header._isEnded && input.TryReadHeaderLine(Marker, out string line))
            header.Add(line);
        if (!header._isEnded)
            CheckEnd(input);
        EventFileFormat?[] announced = header.IsDat ? [EventFileFormat.Dat] : [.. header.Encodings.Select(FormatOf)];
        if (announced.Any(known => known is not null) && !announced.Contains(format))
        {
            throw new NotSupportedException(
                $"{input.Name} announces {announced.First(known => known is not null)}; it cannot be read as {format}, which the option "
                + $"{nameof(EventReadOptions.Format)} names.");
        }
        return header;
    }

    /// <summary>A line of the header whose first bytes or end are damaged must not be taken for data.</summary>
    private static void CheckEnd(EventFileInput input)
    {
        input.Fill(1 << 10);
        ReadOnlySpan<byte> data = input.Window;
        if (data.StartsWith(Marker))
            throw new InvalidDataException("a line of its header is not text.");
        if (data.Length < 3)
            return;
        ReadOnlySpan<byte> text = data[2..];
        int length = text.IndexOf((byte)'\n') + 1;
        bool isLine = length >= 7 && EventFileInput.IsPrintable(text[..length]);
        if (isLine || text.StartsWith("end\n"u8) || text.StartsWith("end\r\n"u8))
            throw new InvalidDataException("a line of its header does not start with '% '.");
    }

    /// <summary>
    /// The encodings of old RAW files that do not say theirs, by the number of the system, as Prophesee's own reader (OpenEB) takes them.
    /// </summary>
    private static EventFileFormat? EncodingOf(int? systemId) => systemId switch
    {
        0x15 or 0x17 or 0x19 or 0x1a or 0x1c or 0x1d or 0x1f or 0x21 or 0x22 or 0x23 or 0x27 or 0x29 or 0x97 or 0x99 or 0xa1 or 0xa2 =>
            EventFileFormat.Evt2,
        0x1e or 0x28 or 0x2e or 0x30 or 0x31 or 0x32 => EventFileFormat.Evt3,
        _ => null,
    };

    private static EventFileFormat? FormatOf(string encoding) => encoding.Replace(" ", "", StringComparison.Ordinal) switch
    {
        "EVT2" or "EVT2.0" => EventFileFormat.Evt2,
        "EVT21" or "EVT2.1" => EventFileFormat.Evt21,
        "EVT3" or "EVT3.0" => EventFileFormat.Evt3,
        "EVT4" or "EVT4.0" => EventFileFormat.Evt4,
        _ => null,
    };

    private EventFileFormat? Recognize(string name, bool isDatData)
    {
        if (IsDat)
            return EventFileFormat.Dat;
        EventFileFormat? first = null;
        foreach (string encoding in Encodings)
        {
            EventFileFormat format = FormatOf(encoding) ?? throw new NotSupportedException(
                $"{name}: RAW files of the encoding {encoding} cannot be read, only EVT 2.0, EVT 2.1, EVT 3.0 and EVT 4.");
            first ??= format;
            if (format != first)
            {
                throw new InvalidDataException(
                    $"its header contradicts itself: it says {string.Join(" and ", Encodings)}. Name the right one by the option "
                    + $"{nameof(EventReadOptions.Format)}.");
            }
        }
        if (first is not null)
            return first;
        if (ValueOf("Width") is not null || ValueOf("Height") is not null || isDatData)
            return EventFileFormat.Dat;
        if (!_rawKeys.Any(_values.ContainsKey))
            return null;
        return EncodingOf(SystemId) ?? throw new NotSupportedException(
            $"{name} is a RAW file of Prophesee's, but its header names no encoding, and no system (system_ID) whose encoding is known. "
            + $"Name it by the option {nameof(EventReadOptions.Format)}: Evt2, Evt21, Evt3 or Evt4.");
    }

    private void Add(string line)
    {
        _saysItsContent |= line.StartsWith("% Data file containing ", StringComparison.Ordinal);
        string[] words = line[Marker.Length..]
            .Split((char[]?)null, 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (words is ["end", ..])
            _isEnded = true;
        else if (words.Length > 0)
            _values[words[0]] = words.ElementAtOrDefault(1) ?? "";
    }

    private string? ValueOf(string key) => _values.TryGetValue(key, out string? value) && value.Length > 0 ? value : null;

    private string? FormatOption(string name) => ValueOf("format")?.Split(';').Skip(1)
        .Select(option => option.Split('=', 2, StringSplitOptions.TrimEntries))
        .FirstOrDefault(option => option.Length == 2 && option[0] == name)?[1];
}

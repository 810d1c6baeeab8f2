namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// The text header of Prophesee's files (docs.prophesee.ai, "RAW File Format" and "DAT File Format"): lines <c>% key value</c>, up to a
/// line <c>% end</c> or the first that is none.
/// </summary>
internal static class PropheseeHeader
{
    private static ReadOnlySpan<byte> Marker => "% "u8;

    /// <summary>The format that a file's beginning announces; null where it is no file of Prophesee's or does not say.</summary>
    /// <exception cref="NotSupportedException">It announces an encoding that cannot be read.</exception>
    public static EventFileFormat? Recognize(ReadOnlySpan<byte> beginning, string name)
    {
        while (EventFileInput.TryParseHeaderLine(beginning, Marker, out string line, out int length))
        {
            beginning = beginning[length..];
            if (line.StartsWith("% Data file containing ", StringComparison.Ordinal))
                return EventFileFormat.Dat;
            // Such as "% format EVT3;height=720;width=1280" or, older, "% evt 3.0".
            string? encoding = ValueOf(line, "format")?.Split(';')[0] ?? (ValueOf(line, "evt") is { } version ? $"EVT{version}" : null);
            switch (encoding)
            {
                case null:
                    continue;
                case "EVT2" or "EVT2.0":
                    return EventFileFormat.Evt2;
                case "EVT3" or "EVT3.0":
                    return EventFileFormat.Evt3;
                default:
                    throw new NotSupportedException(
                        $"{name}: RAW files of the encoding {encoding} cannot be read, only EVT 2.0 and EVT 3.0.");
            }
        }
        return null;
    }

    /// <summary>Consumes the header.</summary>
    /// <exception cref="NotSupportedException">The data is big-endian.</exception>
    public static void Skip(EventFileInput input)
    {
        while (input.TryReadHeaderLine(Marker, out string line) && line != "% end")
        {
            if (ValueOf(line, "endianness") is "big")
                throw new NotSupportedException($"{input.Name}: big-endian RAW files cannot be read.");
        }
    }

    private static string? ValueOf(string line, string key) =>
        line.AsSpan(Marker.Length).StartsWith($"{key} ", StringComparison.Ordinal) ? line[(Marker.Length + key.Length)..].Trim() : null;
}

using System.Text;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>The first line of AEDAT files, such as <c>#!AER-DAT2.0</c>.</summary>
internal static class AedatVersion
{
    private static ReadOnlySpan<byte> Mark => "#!AER-DAT"u8;

    /// <summary>The format that a file's beginning announces; null where it is no AEDAT file.</summary>
    /// <exception cref="NotSupportedException">It announces another version.</exception>
    public static EventFileFormat? Recognize(ReadOnlySpan<byte> beginning, string name) => Find(beginning) switch
    {
        null => null,
        "2.0" => EventFileFormat.Aedat2,
        "3.1" => EventFileFormat.Aedat31,
        "4.0" => EventFileFormat.Aedat4,
        _ => throw new NotSupportedException($"{name}: of AEDAT files, only the versions 2.0, 3.1 and 4.0 can be read."),
    };

    /// <summary>Makes sure that a file, read as a version because an option says so, does not announce another one.</summary>
    /// <exception cref="NotSupportedException">It does.</exception>
    public static void Check(EventFileInput input, string version)
    {
        if (input.Fill(Mark.Length + 3) && Find(input.Window) is { } announced && announced != version)
            throw new NotSupportedException($"{input.Name} announces AEDAT {announced}; it cannot be read as AEDAT {version}.");
    }

    /// <summary>The three characters of the version.</summary>
    private static string? Find(ReadOnlySpan<byte> beginning) => beginning.StartsWith(Mark)
        ? Encoding.Latin1.GetString(beginning[Mark.Length..Math.Min(beginning.Length, Mark.Length + 3)]).TrimEnd() : null;
}

namespace Microsoft.ML.Snn.Tests.Events;

using static EventFiles;

/// <summary>A damaged or wrong declaration must not turn a recording into another one without a word.</summary>
public class HeaderDamage
{
    private static readonly PolarityEvent[] _events = Make(150);

    /// <summary>The kinds that have a header, and RAW files whose header declares the encoding only once.</summary>
    private static readonly Dictionary<string, byte[]> _files = MakeFiles();

    public static TheoryData<string> AllKinds => [.. _files.Keys];

    /// <summary>
    /// Whatever bit of a header is damaged. Not found out, because the file then does not differ from a sound one: nothing in these files;
    /// in an AEDAT 4 file without its table of packets and without a description of its streams, a packet that has another stream's number.
    /// </summary>
    [Theory]
    [MemberData(nameof(AllKinds))]
    public void A_header_with_a_damaged_byte_gives_the_same_events_or_an_exception(string kind)
    {
        byte[] file = [.. _files[kind]];
        EventFileFormat? format = EventFileReader.FromStream(new MemoryStream(file)).Format;
        var wrong = new List<string>();
        for (int at = 0; at < HeaderLength(kind, file); at++)
        {
            byte original = file[at];
            foreach (byte damaged in (byte[])[.. Enumerable.Range(0, 8).Select(bit => (byte)(original ^ 1 << bit)), (byte)~original, 0])
            {
                file[at] = damaged;
                foreach (EventReadOptions options in (EventReadOptions[])[new(), new() { Format = format }])
                {
                    if (ReadOrNull(file, options) is { } read && !read.SequenceEqual(_events))
                        wrong.Add($"byte {at}: {original:x2} -> {damaged:x2}, Format {options.Format}: {read.Length} events");
                }
            }
            file[at] = original;
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("Evt2", "Evt21")]
    [InlineData("Evt2", "Evt3")]
    [InlineData("Evt2", "Evt4")]
    [InlineData("Evt21", "Evt2")]
    [InlineData("Evt21", "Evt3")]
    [InlineData("Evt21", "Evt4")]
    [InlineData("Evt21Legacy", "Evt2")]
    [InlineData("Evt21Legacy", "Evt3")]
    [InlineData("Evt21Legacy", "Evt4")]
    [InlineData("Evt3", "Evt2")]
    [InlineData("Evt3", "Evt21")]
    [InlineData("Evt3", "Evt4")]
    [InlineData("Evt4", "Evt2")]
    [InlineData("Evt4", "Evt21")]
    [InlineData("Evt4", "Evt3")]
    public void Words_of_another_encoding_than_the_header_names_are_damage(string kind, string declared)
    {
        byte[] data = DataOf(kind);
        byte[] file = [.. Ascii($"% format {declared.ToUpperInvariant()};height=720;width=1280\n% end\n"), .. data];
        Assert.Throws<InvalidDataException>(() => Read(file));
        // Nor by an option, without any header.
        Assert.Throws<InvalidDataException>(() => Read(data, new() { Format = Enum.Parse<EventFileFormat>(declared) }));
    }

    [Fact]
    public void A_format_named_against_the_header_s_is_refused()
    {
        Refused("Evt2", EventFileFormat.Evt3, "Evt2");
        Refused("Evt3", EventFileFormat.Evt2, "Evt3");
        Refused("Evt2", EventFileFormat.Dat, "Evt2");
        Refused("Dat", EventFileFormat.Evt2, "Dat");
        Refused("Aedat2Davis", EventFileFormat.Aedat31, "AEDAT 2.0");
        Refused("Aedat31", EventFileFormat.Aedat2, "AEDAT 3.1");

        static void Refused(string kind, EventFileFormat named, string announced)
        {
            var refusal = Assert.Throws<NotSupportedException>(() => Read(Kinds[kind](_events), new() { Format = named }));
            Assert.Contains(announced, refusal.Message, StringComparison.Ordinal);
        }
    }

    private static PolarityEvent[]? ReadOrNull(byte[] file, EventReadOptions options)
    {
        try
        {
            return Read(file, options).Events;
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Up to the first event; in AEDAT 4, past the headers of the packets before it.</summary>
    private static int HeaderLength(string kind, byte[] file) => kind switch
    {
        "Aedat4Plain" => 14 + 40 + 40 + 8 + 32,
        "Aedat4Lz4" => file.AsSpan().IndexOf("\x04\x22\x4d\x18"u8),
        "Aedat4Zstd" => file.AsSpan().IndexOf("\x28\xb5"u8),
        "Aedat31" => Aedat31Header().Length,
        _ => file.Length - DataOf(kind.Split(' ')[0]).Length,
    };

    private static byte[] DataOf(string kind) => Kinds[kind](_events)[Kinds[kind]([]).Length..];

    private static Dictionary<string, byte[]> MakeFiles()
    {
        Dictionary<string, byte[]> files = Kinds
            // Text has no header but comments and names of columns, and a comment may hold anything: a line of events, too.
            .Where(kind => kind.Key is not ("NMnist" or "Npy" or "Npz" or "TextPlain" or "TextCsv"))
            .ToDictionary(kind => kind.Key, kind => kind.Value(_events));
        foreach ((string kind, string format, string evt) in ((string, string, string)[])
            [("Evt2", "EVT2", "2.0"), ("Evt21", "EVT21", "2.1"), ("Evt21Legacy", "EVT21", "2.1"), ("Evt3", "EVT3", "3.0")])
        {
            files[$"{kind} by format"] = [.. Ascii($"% format {format};height=720;width=1280\n% geometry 1280x720\n"), .. DataOf(kind)];
            files[$"{kind} by evt"] = [.. Ascii($"% Date 2020-09-25 07:48:29\n% evt {evt}\n"), .. DataOf(kind)];
        }
        return files;
    }
}

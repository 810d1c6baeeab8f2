namespace Microsoft.ML.Snn.Tests.Events;

using static EventFiles;

/// <summary>The format is told by the content, and what cannot be read is refused by a clear message.</summary>
public class EventRecognition
{
    [Fact]
    public void The_format_is_recognized_by_content_whatever_the_file_is_called()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            foreach ((string kind, Func<PolarityEvent[], byte[]> write) in Kinds)
            {
                string path = Path.Combine(folder, kind + ".jpg");
                File.WriteAllBytes(path, write(Make(100)));
                using EventFileReader reader = EventFileReader.Open(path);
                string format = reader.Format == EventFileFormat.NumPy ? "Np" : reader.Format.ToString()!;
                Assert.StartsWith(format, kind, StringComparison.Ordinal);
                Assert.Equal(Make(100), EventRecording.Load(path).Events.ToArray());
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData('%')]
    [InlineData('#')]
    [InlineData('P')]
    public void An_NMnist_file_whose_first_column_looks_like_another_format_s_mark_is_recognized(char first)
    {
        PolarityEvent[] events = [new(700, first, ' ', true), .. Make(200)];
        using EventFileReader reader = EventFileReader.FromStream(new MemoryStream(NMnist(events)));
        Assert.Equal(EventFileFormat.NMnist, reader.Format);
        Assert.Equal(events, EventRecording.Read(reader).Events.ToArray());
    }

    [Fact]
    public void A_file_that_is_no_recording_is_refused()
    {
        byte[] text = Ascii(string.Concat(Enumerable.Repeat("Not a recording, only text of some length.\n", 50)));
        byte[] few = NMnist(Make(7))[..^1];
        byte[] backwards = NMnist([.. Make(100).Reverse()]);
        byte[] late = NMnist([.. Make(100).Select(e => e with { TimeMicroseconds = e.TimeMicroseconds + 2_000_000 })]);
        foreach (byte[] file in (byte[][])[text[..^(text.Length % 5)], text, few, new byte[100], new byte[101], backwards, late])
        {
            var refusal = Assert.Throws<NotSupportedException>(() => Read(file));
            Assert.Contains(nameof(EventReadOptions.Format), refusal.Message, StringComparison.Ordinal);
        }
        // Named, it is read: a recording may start late.
        Assert.Equal(100, Read(late, new() { Format = EventFileFormat.NMnist }).Events.Length);
    }

    [Fact]
    public void Variants_that_cannot_be_read_are_refused_by_name()
    {
        Refused(Ascii("#!AER-DAT1.0\r\n"), "2.0, 3.1 and 4.0");
        Refused(Ascii("#!AER-DAT3.0\r\n"), "2.0, 3.1 and 4.0");
        Refused(Aedat2([], "ch.unizh.ini.jaer.chip.cochlea.CochleaAMS1c"), "CochleaAMS1c");
        Refused(Aedat31Header("SerializedTS"), "SerializedTS");
        Refused(Ascii("% evt 5.0\n% end\n"), "EVT 5.0");
        Refused(Ascii("% format HISTO3D;height=320;width=320\n% end\n"), "HISTO3D");
        Refused(Ascii("% evt 3.0\n% endianness big\n% end\n"), "big-endian");
        Refused(Ascii("% format EVT21;endianness=big\n% end\n"), "big-endian");
        Refused(Aedat2([], "ch.unizh.ini.jaer.chip.stereopsis.DVS128StereoBoard"), "DVS128StereoBoard");
        Refused([.. Ascii("% Data file containing EXT_TRIGGER events\n"), 14, 8], "type 14");
        Refused(Npy("|O", "(1,)", new byte[8]), "Python objects");

        static void Refused(byte[] file, string part)
        {
            var refusal = Assert.Throws<NotSupportedException>(() => Read(file));
            Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var missing = Assert.Throws<FileNotFoundException>(() => EventFileReader.Open("no-such-recording.raw"));
        Assert.Contains("no-such-recording.raw", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        Refused(() => new() { Format = (EventFileFormat)99 }, "Format");
        Refused(() => new() { OnDamage = (EventDamagePolicy)9 }, "OnDamage");
        Refused(() => new() { MaxBackwardStep = TimeSpan.FromTicks(-1) }, "MaxBackwardStep");
        Refused(() => new() { MaxForwardStep = TimeSpan.FromTicks(-1) }, "MaxForwardStep");
        Refused(() => new() { MaxEvents = 0 }, "MaxEvents");
        Refused(() => new() { Camera = (EventCameraModel)99 }, "Camera");
        Refused(() => new() { TimeUnit = (EventTimeUnit)4 }, "TimeUnit");
        Refused(() => new() { ArrayName = "" }, "ArrayName");
        Refused(() => new() { Columns = "xyt" }, "Columns");
        Refused(() => new() { Columns = "xytt" }, "Columns");

        static void Refused(Func<EventReadOptions> options, string name) =>
            Assert.Equal(name, Assert.ThrowsAny<ArgumentException>(options).ParamName);
    }

    [Fact]
    public void A_recording_of_more_events_than_the_options_allow_is_refused()
    {
        byte[] file = Dat(Make(5));
        Assert.Equal(5, Read(file, new() { MaxEvents = 5 }).Events.Length);
        foreach (EventDamagePolicy policy in Enum.GetValues<EventDamagePolicy>())
        {
            var e = Assert.Throws<InvalidDataException>(() => Read(file, new() { MaxEvents = 4, OnDamage = policy }));
            Assert.Contains("more than 4 events", e.Message);
        }
    }

    [Fact]
    public void A_disposed_reader_says_so()
    {
        EventFileReader reader = EventFileReader.FromStream(new MemoryStream(Dat(Make(5))));
        reader.Dispose();
        reader.Dispose();
        Assert.Throws<ObjectDisposedException>(() => reader.Read(new PolarityEvent[1]));
    }
}

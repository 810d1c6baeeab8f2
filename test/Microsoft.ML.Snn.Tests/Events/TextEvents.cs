using System.Globalization;

namespace Microsoft.ML.Snn.Tests.Events;

using static EventFiles;

/// <summary>Events in lines of text.</summary>
public class TextEvents
{
    private static readonly PolarityEvent[] _events = [new(100, 5, 3, true), new(110, 300, 2, false), new(125, 7, 500, true)];

    [Theory]
    [InlineData("100 5 3 1\n110 300 2 0\n125 7 500 1\n")]
    [InlineData("100 5 3 1\n110 300 2 -1\n125 7 500 1")]
    [InlineData("100\t5\t3\t1\r\n110\t300\t2\t0\r\n\r\n125\t7\t500\t1\r\n")]
    [InlineData("100,5,3,1\n110,300,2,0\n125,7,500,1\n")]
    [InlineData("100; 5; 3; 1\n 110; 300; 2; 0 \n125; 7; 500; 1\n")]
    [InlineData("# made by hand\n#\n100  5  3  1\n# a comment\n110 300 2 0\n   \n125 7 500 1\n")]
    [InlineData("\ufeff100 5 3 1\n110 300 2 0\n125 7 500 1\n")]
    [InlineData("346 260\n100 5 3 1\n110 300 2 0\n125 7 500 1\n")]
    [InlineData("100 5.0 3e0 1.000000000000000000e+00\n110 300 2 0.0\n125 7 500 1\n")]
    public void Lines_of_four_numbers_are_events(string text) => Check(text);

    [Theory]
    [InlineData("x,y,p,t\n5,3,1,100\n300,2,0,110\n7,500,1,125\n")]
    [InlineData("\"timestamp\",\"x\",\"y\",\"polarity\"\n100,5,3,True\n110,300,2,False\n125,7,500,True\n")]
    [InlineData(",x,y,t,label,p\n0,5,3,100,cat,1\n1,300,2,110,,0\n2,7,500,125,cat,1\n")]
    [InlineData("# x,y,t,p\n5,3,100,1\n300,2,110,0\n7,500,125,1\n")]
    [InlineData("# x, y, t, p\n5 3 100 1\n300 2 110 0\n7 500 125 1\n")]
    [InlineData("Y X On Time\n3 5 1 100\n2 300 0 110\n500 7 1 125\n")]
    public void A_line_of_names_tells_the_columns(string text) => Check(text);

    [Fact]
    public void Without_names_an_option_tells_the_columns()
    {
        string text = "5 3 1 100\n300 2 0 110\n7 500 1 125\n";
        Check(text, new() { Columns = "xypt" });
        var refusal = Assert.Throws<InvalidDataException>(() => ReadText(text));
        Assert.Contains("line 1", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(EventReadOptions.Columns), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Times_in_seconds_are_read_where_the_option_says_so_and_refused_otherwise()
    {
        string text = "0.000100000 5 3 1\n1.1e-4 300 2 0\n0.0001249996 7 500 1\n";
        Check(text, new() { TimeUnit = EventTimeUnit.Seconds });
        Check("0.1 5 3 1\n0.11 300 2 0\n0.125 7 500 1\n", new() { TimeUnit = EventTimeUnit.Milliseconds });
        Check("100000 5 3 1\n110000 300 2 0\n124900 7 500 1\n", new() { TimeUnit = EventTimeUnit.Nanoseconds });
        foreach (string undeclared in (string[])[text, "0.0 5 3 1\n", "100.0 5 3 1\n"])
        {
            var refusal = Assert.Throws<NotSupportedException>(() => ReadText(undeclared));
            Assert.Contains(nameof(EventReadOptions.TimeUnit), refusal.Message, StringComparison.Ordinal);
        }
        (PolarityEvent[] events, string? damage) = ReadText("0 5 3 1\n0.5 5 3 1\n", new() { OnDamage = EventDamagePolicy.KeepEvents });
        Assert.Single(events);
        Assert.Contains(nameof(EventReadOptions.TimeUnit), damage, StringComparison.Ordinal);
    }

    [Fact]
    public void Times_of_an_epoch_keep_their_microseconds()
    {
        long[] times = [1_473_347_892_123_456, 1_473_347_892_123_457, 4_102_444_800_999_999];
        string text = string.Concat(times.Select(t => (t / 1e6m).ToString("F6", CultureInfo.InvariantCulture) + " 1 2 1\n"));
        EventReadOptions options = new() { TimeUnit = EventTimeUnit.Seconds, MaxForwardStep = TimeSpan.MaxValue };
        Assert.Equal(times, ReadText(text, options).Events.Select(e => e.TimeMicroseconds));
    }

    [Theory]
    [InlineData("100 5 3 1\n110 300 2\n", "line 2 has 3 fields")]
    [InlineData("100 5 3 1\n# note\n110 300 2 1 7\n", "line 3 has 5 fields")]
    [InlineData("100 5 3 1\n110 300 2 2\n", "polarity 2")]
    [InlineData("100 5 3 1\n110 65536 2 1\n", "x 65536")]
    [InlineData("100 5 3 1\n110 -1 2 1\n", "x -1")]
    [InlineData("100 5 3 1\n110 2.5 2 1\n", "line 2 has the X '2.5'")]
    [InlineData("100 5 3 1\n110 two 2 1\n", "line 2 has the X 'two'")]
    [InlineData("100 5 3 1\n99999999999999999999 1 2 1\n", "99999999999999999999")]
    [InlineData("t,x,y,p\n100,5,3,1\n110,,2,1\n", "line 3 has the X ''")]
    [InlineData("100 5 3 1\n110;300;2;1\n", "line 2 has 1 fields")]
    public void Damage_is_told_with_the_line_after_the_events_before_it(string text, string what)
    {
        (PolarityEvent[] events, string? damage) = ReadText(text, new() { Format = EventFileFormat.Text, OnDamage = EventDamagePolicy.KeepEvents });
        Assert.Equal(_events[..1], events);
        Assert.Contains(what, damage, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_without_end_is_damage_and_claims_no_memory()
    {
        byte[] file = Ascii("100 5 3 1\n" + new string('1', 1 << 20));
        long before = GC.GetAllocatedBytesForCurrentThread();
        (PolarityEvent[] events, string? damage) = Read(file, new() { OnDamage = EventDamagePolicy.KeepEvents });
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        Assert.Equal(_events[..1], events);
        Assert.Contains("line 2", damage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A recording, or so it seems,\nwith commas, and\nmore, of, them, here\n")]
    [InlineData("1 2 3\n4 5 6\n")]
    [InlineData("1 2 3 4\n5 6 7 8\n")]
    [InlineData("1 2 3 1 9\n5 6 7 0 9\n")]
    [InlineData("name,x,y,p\nfrog,1,2,1\n")]
    [InlineData("id,t,x,y,width\n1,1,2,1,0\n")]
    [InlineData("# only a comment\n")]
    public void Text_that_is_no_recording_is_not_taken_for_one(string text)
    {
        var refusal = Assert.Throws<NotSupportedException>(() => ReadText(text + new string(' ', (text.Length + 4) % 5)));
        Assert.Contains("none of the formats", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_option_names_the_format_a_first_line_that_is_no_event_is_refused()
    {
        var refusal = Assert.Throws<NotSupportedException>(() => ReadText("1 2 3 1 9\n5 6 7 0 9\n", new() { Format = EventFileFormat.Text }));
        Assert.Contains("line 1", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(ReadText("# nothing\n\n", new() { Format = EventFileFormat.Text }).Events);
    }

    [Fact]
    public void Text_is_read_from_a_stream_that_cannot_seek()
    {
        PolarityEvent[] events = Make(20_000);
        byte[] file = Text("", events, ' ', "\n");
        using var packed = new MemoryStream();
        using (var zip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
            zip.Write(file);
        packed.Position = 0;
        using EventFileReader reader = EventFileReader.FromStream(
            new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Decompress));
        Assert.Equal(EventFileFormat.Text, reader.Format);
        Assert.Equal(events, EventRecording.Read(reader).Events.ToArray());
    }

    private static void Check(string text, EventReadOptions? options = null)
    {
        byte[] file = System.Text.Encoding.UTF8.GetBytes(text);
        using EventFileReader reader = EventFileReader.FromStream(new MemoryStream(file), options);
        Assert.Equal(EventFileFormat.Text, reader.Format);
        Assert.Equal(_events, EventRecording.Read(reader).Events.ToArray());
        Assert.Null(reader.Damage);
    }

    private static (PolarityEvent[] Events, string? Damage) ReadText(string text, EventReadOptions? options = null) =>
        Read(System.Text.Encoding.UTF8.GetBytes(text), options);
}

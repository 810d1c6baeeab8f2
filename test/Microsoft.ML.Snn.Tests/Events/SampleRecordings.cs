using System.IO.Compression;

namespace Microsoft.ML.Snn.Tests.Events;

/// <summary>Real recordings of every format, against what is known of them.</summary>
public class SampleRecordings
{
    private const string Folder = "events/samples/";

    [Fact]
    public void An_NMnist_recording_decodes_to_its_known_events()
    {
        PolarityEvent[] events = Read("sample_nmnist.bin", EventFileFormat.NMnist);
        Assert.Equal(4325, events.Length);
        Assert.Equal([new(654, 7, 15, true), new(2999, 19, 18, false), new(3017, 21, 17, false)], events[..3]);
    }

    [Fact]
    public void An_AEDAT_2_recording_of_a_DAVIS_camera_decodes_to_its_known_events()
    {
        PolarityEvent[] events = Read("davis240c_translating-boxes.aedat", EventFileFormat.Aedat2);
        Assert.Equal(162_771, events.Length);
        Assert.Equal((0, 239), Range(events, e => e.X));
        Assert.Equal((0, 179), Range(events, e => e.Y));
        Assert.Equal((294_976_755, 297_049_406), (events[0].TimeMicroseconds, events[^1].TimeMicroseconds));
    }

    [Fact]
    public void An_AEDAT_2_header_without_events_gives_none() => Assert.Empty(Read("sample_aedat_header.aedat", EventFileFormat.Aedat2));

    [Fact]
    public void A_DAT_recording_decodes_to_its_known_events()
    {
        PolarityEvent[] events = Read("sample_ncars.dat", EventFileFormat.Dat);
        Assert.Equal(2009, events.Length);
        Assert.Equal([new(0, 25, 8, false), new(35, 67, 35, false), new(152, 56, 27, true)], events[..3]);
        Assert.Equal(99_952, events[^1].TimeMicroseconds);
        Assert.Equal((77, 41), (events.Max(e => e.X), events.Max(e => e.Y)));
    }

    [Fact]
    public void An_EVT_2_recording_decodes_to_its_known_events()
    {
        PolarityEvent[] events = Read("evt2_sample.raw", EventFileFormat.Evt2);
        Assert.Equal(539_481, events.Length);
        Assert.Equal(367_855, events.Count(e => e.IsOn));
        Assert.Equal((1_317_888, 1_367_888), (events[0].TimeMicroseconds, events[^1].TimeMicroseconds));
        Assert.Equal((599, 475), (events.Max(e => e.X), events.Max(e => e.Y)));
    }

    /// <summary>
    /// The stored decode (expelliarmus) takes every TIME_LOW below the one before for an overflow and adds 4,096 us for good: eleven times
    /// in this file, whose TIME_HIGH words count 8.8 ms where the stored times span 54 ms. By the format's definition a time is TIME_HIGH
    /// and TIME_LOW side by side. So pixels and polarities are compared as they are, and times with that added, from the words themselves.
    /// </summary>
    [Fact]
    public void An_EVT_3_recording_equals_its_stored_decode_event_by_event()
    {
        PolarityEvent[] events = Read("evt3_sample.raw", EventFileFormat.Evt3);
        PolarityEvent[] stored = ReadStoredDecode();
        Assert.Equal(219_596, events.Length);
        Assert.Equal(new PolarityEvent(11_718_656, 874, 200, false), events[0]);
        long[] overflows = CountTimeLowDecreases();
        Assert.Equal(events.Length, overflows.Length);
        for (int i = 0; i < events.Length; i++)
            Assert.Equal(stored[i], events[i] with { TimeMicroseconds = events[i].TimeMicroseconds + 4096 * overflows[i] });
        Assert.Equal(events[..20_121], stored[..20_121]);
    }

    [Fact]
    public void A_stored_NumPy_decode_is_read_from_a_stream_that_cannot_seek()
    {
        PolarityEvent[] events = ReadStoredDecode();
        Assert.Equal(219_596, events.Length);
        Assert.Equal(new PolarityEvent(11_718_656, 874, 200, false), events[0]);
    }

    [Fact]
    public void Five_recordings_of_a_128x128_camera_have_their_known_numbers_of_events()
    {
        using ZipArchive zip = ZipFile.OpenRead(RealData.Path(Folder + "dvs128_recordings_1-5.zip"));
        int[] counts =
        [
            .. from entry in zip.Entries
               orderby entry.FullName
               select ReadEntry(entry).Length,
        ];
        Assert.Equal([63_471, 84_260, 113_063, 151_879, 181_179], counts);
    }

    [Fact]
    public void AEDAT_31_and_NumPy_containers_hold_the_events_of_the_recording_they_were_made_from()
    {
        using ZipArchive zip = ZipFile.OpenRead(RealData.Path(Folder + "dvs128_recordings_1-5.zip"));
        PolarityEvent[] original = ReadEntry(zip.Entries.OrderBy(entry => entry.FullName).First());
        Assert.Equal(original, Read("recontained_dvs128_1_aedat31.aedat", EventFileFormat.Aedat31));
        Assert.Equal(original[..20_000], Read("recontained_dvs128_1_head20000.npz", EventFileFormat.NumPy));
    }

    [Fact]
    public void An_AEDAT_4_recording_equals_an_independent_walk_of_its_packets()
    {
        PolarityEvent[] walked = Aedat4Walk.Read(File.ReadAllBytes(RealData.Path(Folder + "davis_sample.aedat4")));
        PolarityEvent[] events = Read("davis_sample.aedat4", EventFileFormat.Aedat4);
        Assert.NotEmpty(walked);
        Assert.Equal(walked, events);
        Assert.True(events.Max(e => e.X) < 320 && events.Max(e => e.Y) < 240);
    }

    private static PolarityEvent[] Read(string name, EventFileFormat expected)
    {
        using EventFileReader reader = EventFileReader.Open(RealData.Path(Folder + name));
        Assert.Equal(expected, reader.Format);
        PolarityEvent[] events = EventRecording.Read(reader).Events.ToArray();
        Assert.Null(reader.Damage);
        return events;
    }

    private static PolarityEvent[] ReadEntry(ZipArchiveEntry entry)
    {
        using var copy = new MemoryStream();
        using (Stream stream = entry.Open())
            stream.CopyTo(copy);
        copy.Position = 0;
        using EventFileReader reader = EventFileReader.FromStream(copy);
        Assert.Equal(EventFileFormat.NMnist, reader.Format);
        return EventRecording.Read(reader).Events.ToArray();
    }

    private static PolarityEvent[] ReadStoredDecode()
    {
        var stream = new GZipStream(File.OpenRead(RealData.Path(Folder + "evt3_sample.npy.gz")), CompressionMode.Decompress);
        using EventFileReader reader = EventFileReader.FromStream(stream);
        Assert.Equal(EventFileFormat.NumPy, reader.Format);
        return EventRecording.Read(reader).Events.ToArray();
    }

    /// <summary>For each event of the EVT 3.0 sample, how many TIME_LOW words before it were below their predecessor.</summary>
    private static long[] CountTimeLowDecreases()
    {
        byte[] file = File.ReadAllBytes(RealData.Path(Folder + "evt3_sample.raw"));
        var result = new List<long>();
        int decreases = 0, low = 0;
        for (int at = 166; at < file.Length; at += 2)
        {
            int word = file[at] | file[at + 1] << 8;
            int events = 0;
            switch (word >> 12)
            {
                case 2:
                    events = 1;
                    break;
                case 4:
                    events = int.PopCount(word & 0xfff);
                    break;
                case 5:
                    events = int.PopCount(word & 0xff);
                    break;
                case 6:
                    decreases += (word & 0xfff) < low ? 1 : 0;
                    low = word & 0xfff;
                    break;
            }
            result.AddRange(Enumerable.Repeat((long)decreases, events));
        }
        return [.. result];
    }

    private static (int Least, int Greatest) Range(PolarityEvent[] events, Func<PolarityEvent, int> value) =>
        (events.Min(value), events.Max(value));
}

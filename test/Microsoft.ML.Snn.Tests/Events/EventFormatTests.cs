namespace Microsoft.ML.Snn.Tests.Events;

using static EventFiles;

/// <summary>What each format's reader does with files made for it.</summary>
public class EventFormatTests
{
    public static TheoryData<string> AllKinds => [.. Kinds.Keys];

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void Events_written_are_the_events_read_whatever_the_size_of_the_blocks(string kind)
    {
        PolarityEvent[] events = Make(500);
        byte[] file = Kinds[kind](events);
        foreach (int size in (int[])[1, 2, 7, 100, 499, 500, 501])
        {
            using EventFileReader reader = EventFileReader.FromStream(new MemoryStream(file));
            var block = new PolarityEvent[size];
            var read = new List<PolarityEvent>();
            for (int count; (count = reader.Read(block)) > 0;)
                read.AddRange(block[..count]);
            Assert.Equal(events, read);
            Assert.Null(reader.Damage);
        }
    }

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void A_file_longer_than_the_buffer_is_read_whole(string kind)
    {
        PolarityEvent[] events = Make(60_000);
        Assert.Equal(events, Read(Kinds[kind](events)).Events);
    }

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void A_header_without_events_gives_none(string kind)
    {
        EventReadOptions? options = kind == "NMnist" ? new() { Format = EventFileFormat.NMnist } : null;
        Assert.Equal(([], null), Read(Kinds[kind]([]), options));
    }

    [Fact]
    public void In_N_MNIST_an_event_in_row_240_adds_8192_microseconds()
    {
        PolarityEvent first = new(8000, 1, 2, true), second = new(10, 3, 4, false), third = new(0, 5, 6, true);
        PolarityEvent overflow = new(9, 0, 240, false);
        byte[] file = NMnist([first, overflow, second, overflow, third]);
        (PolarityEvent[] events, _) = Read(file, new() { Format = EventFileFormat.NMnist });
        Assert.Equal([first, second with { TimeMicroseconds = 8202 }, third with { TimeMicroseconds = 16_384 }], events);
    }

    [Fact]
    public void In_AEDAT_2_frames_special_events_and_external_events_are_skipped()
    {
        PolarityEvent first = new(10, 3, 4, true), second = new(12, 5, 6, false);
        byte[] davis =
        [
            .. Aedat2([first], "DAVIS240C"), .. Aedat2Record(0x8000_0000 | DavisAddress(first), 11), .. Aedat2Record(0x400, 11),
            .. Aedat2Record(DavisAddress(second), 12),
        ];
        byte[] dvs128 = [.. Aedat2([first], null), .. Aedat2Record(0x8000, 11), .. Aedat2Record(Dvs128Address(second), 12)];
        Assert.Equal([first, second], Read(davis).Events);
        Assert.Equal([first, second], Read(dvs128).Events);
    }

    [Fact]
    public void An_AEDAT_2_file_whose_data_begins_with_the_header_s_mark_is_read_from_its_first_event()
    {
        // Row 140 of a DAVIS: the address's first byte is '#'.
        PolarityEvent[] events = [new(0x0a00_0000, 3, 140, true), new(0x0a00_0001, 3, 140, true)];
        Assert.Equal((byte)'#', DavisAddress(events[0]) >> 24);
        Assert.Equal(events, Read(Aedat2(events, "DAVIS240C")).Events);
    }

    [Fact]
    public void In_AEDAT_31_other_packets_other_sources_and_invalid_events_are_skipped()
    {
        PolarityEvent first = new(10, 30_000, 20_000, true), second = new((5L << 31) + 12, 5, 6, false);
        byte[] file =
        [
            .. Aedat31Header(),
            .. Aedat31Packet(2, 100, new byte[300]),
            .. Aedat31Packet(1, 8, [.. Aedat31Event(first, true), .. Aedat31Event(new(11, 9, 9, true), false)]),
            .. Aedat31Packet(1, 8, Aedat31Event(new(11, 7, 7, true), true), source: 2),
            .. Aedat31Packet(1, 8, Aedat31Event(second, true), overflow: 5),
        ];
        Assert.Equal([first, second], Read(file, new() { MaxForwardStep = TimeSpan.MaxValue }).Events);
    }

    [Fact]
    public void In_AEDAT_4_only_the_first_event_stream_is_read_and_an_absent_vector_is_no_event()
    {
        PolarityEvent[] events = Make(3);
        byte[] empty = FlatBuffer("EVTS", []);
        // A vtable without fields.
        empty[12] = 4;
        byte[] packets =
        [
            .. Aedat4Packet(7, empty, 0), .. Aedat4Packet(7, FlatBuffer("EVTS", events), 0),
            .. Aedat4Packet(8, FlatBuffer("EVTS", Make(9)), 0),
        ];
        Assert.Equal(events, Read(Aedat4File(0, packets)).Events);
    }

    [Fact]
    public void In_EVT_3_row_time_and_base_column_hold_and_vectors_advance_the_base()
    {
        int[] words =
        [
            0x2005, // before the first TIME_HIGH: no time, dropped
            0x8001, 0x6002, 0x0007, 0x2805, 0x2006, // x 5 ON and x 6 OFF in row 7 at 4098 us
            0x3810, 0x4801, 0x4000, 0x5081, // base 16: pixels 16 and 27; none; 40 and 47, ON
            0xa123, 0xe000, 0xf000, 0x7000, // trigger, others, continued
            0x8001, 0x2006, // TIME_HIGH again: the time holds
            0x8002, 0x2006, // TIME_HIGH alone starts its lower bits anew
        ];
        Assert.Equal(
            [
                new(4098, 5, 7, true), new(4098, 6, 7, false), new(4098, 16, 7, true), new(4098, 27, 7, true), new(4098, 40, 7, true),
                new(4098, 47, 7, true), new(4098, 6, 7, false), new(8192, 6, 7, false),
            ],
            Read(Evt3Words(words)).Events);
    }

    [Theory]
    [InlineData("Dat", 32)]
    [InlineData("Aedat2Davis", 32)]
    [InlineData("Aedat31", 31)]
    [InlineData("Evt2", 34)]
    [InlineData("Evt3", 24)]
    public void A_clock_that_overflows_goes_on(string kind, int bits)
    {
        long wrap = 1L << bits;
        PolarityEvent[] events = [new(wrap - 90, 1, 2, true), new(wrap - 1, 2, 2, true), new(wrap, 3, 2, true), new(wrap + 90, 4, 2, true)];
        byte[] file = kind == "Aedat31" ? Aedat31(events, packetSize: 2) : Kinds[kind](events);
        Assert.Equal(events, Read(file).Events);
    }

    [Fact]
    public void A_part_of_a_recording_starts_at_its_first_time_and_ends_before_its_second()
    {
        PolarityEvent[] events = [new(0, 0, 0, true), new(1, 1, 0, true), new(1, 2, 0, true), new(2, 3, 0, true), new(3, 4, 0, true)];
        var recording = new EventRecording(events);
        Assert.Equal([1, 2, 3], recording.Between(1, 3).Events.ToArray().Select(e => (int)e.X));
        Assert.Equal(5, recording.Between(-10, 10).Count);
        Assert.Equal(0, recording.Between(2, 2).Count);
        Assert.Equal(0, recording.Between(4, 10).Count);
    }
}

namespace Microsoft.ML.Snn.Tests.Events;

using static BitConverter;
using static EventFiles;

/// <summary>What cameras and tools really write: variants of the formats, and files that do not say what they are.</summary>
public class EventVariants
{
    private static readonly EventReadOptions _keep = new() { OnDamage = EventDamagePolicy.KeepEvents };

    public static TheoryData<string, string> DatHeaders => new()
    {
        { "% Height 720\n% Version 2\n% Width 1280\n% date 2024-01-02 03:04:05\n% end\n", "OpenEB" },
        { "% Height 720\r\n% Version 2\r\n% Width 1280\r\n% date 2024-01-02 03:04:05\r\n% end\r\n", "lines of DOS" },
        { "% Version 2\n% Width 1280\n% Height 720\n", "another order, no end" },
        { "% Version 2\n% date 2024-01-02 03:04:05\n% end\n", "no size" },
        { "% Width 1280\n% Height 720\n% end\n", "no version" },
        { "% date 2024-01-02 03:04:05\n% end\n", "a date alone" },
        { "% Data file containing N9Chronocam7Event2dE events.\n% Version 2\n% Date 2017-10-31 11:29:21\n", "N-CARS" },
    };

    [Theory]
    [MemberData(nameof(DatHeaders))]
    public void DAT_files_are_recognized_whatever_their_headers_say_and_in_which_order(string header, string kind)
    {
        PolarityEvent[] events = Make(60);
        foreach (byte type in (byte[])[0, 12])
        {
            byte[] file = [.. Ascii(header), type, 8, .. DatData(events)];
            Assert.Equal(EventFileFormat.Dat, FormatOf(file));
            Assert.True(events.SequenceEqual(Read(file).Events), kind);
        }
    }

    [Fact]
    public void A_DAT_file_without_a_version_is_of_the_one_that_its_events_fit()
    {
        PolarityEvent[] events = Make(60);
        byte[] header = [.. Ascii("% Data file containing TD events.\n"), 0, 8];
        Assert.Equal(events, Read([.. header, .. DatVersion1Data(events)]).Events);
        Assert.Equal(events, Read([.. header, .. DatData(events)]).Events);
        // Named by the option, as Prophesee's own reader takes it without any header.
        Assert.Equal(events, Read(DatData(events), new() { Format = EventFileFormat.Dat }).Events);
    }

    [Fact]
    public void DAT_events_that_are_not_of_the_version_that_the_header_names_are_refused()
    {
        PolarityEvent[] events = Make(60);
        Assert.Throws<InvalidDataException>(() => Read([.. Ascii("% Version 2\n% end\n"), 0, 8, .. DatVersion1Data(events)]));
        Assert.Throws<InvalidDataException>(() => Read([.. Ascii("% Version 1\n% end\n"), 0, 8, .. DatData(events)]));
        var refusal = Assert.Throws<NotSupportedException>(() => Read([.. Ascii("% Version 3\n% end\n"), 0, 8, .. DatData(events)]));
        Assert.Contains("version 3", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DVS128", EventCameraModel.Dvs128)]
    [InlineData("eu.seebetter.ini.chips.davis.DAVIS240C", EventCameraModel.Davis240)]
    [InlineData("eu.seebetter.ini.chips.davis.Davis346blue", EventCameraModel.Davis346)]
    [InlineData("eu.seebetter.ini.chips.davis.Davis208PixelParade", EventCameraModel.Davis208)]
    [InlineData("ch.unizh.ini.jaer.chip.retina.DVXplorer", EventCameraModel.DVXplorer)]
    [InlineData("ch.unizh.ini.jaer.chip.retina.DVS640", EventCameraModel.Dvs640)]
    [InlineData("ch.unizh.ini.jaer.chip.retina.DVS1280x720SD", EventCameraModel.Dvs1280x720)]
    public void An_AEDAT_2_file_is_read_by_the_camera_that_its_header_or_the_option_names(string chip, EventCameraModel camera)
    {
        PolarityEvent[] events = Make(60);
        Func<PolarityEvent, uint> address = camera switch
        {
            EventCameraModel.Dvs128 => Dvs128Address,
            EventCameraModel.Davis208 => e => DavisAddress(e) ^ 1u << 11,
            EventCameraModel.Dvs640 => Dvs640Address,
            EventCameraModel.Dvs1280x720 => e => (uint)e.Y << 12 | (uint)e.X << 1 | (e.IsOn ? 1u : 0),
            _ => DavisAddress,
        };
        Assert.Equal(events, Read(Aedat2(events, chip, address)).Events);
        // The option goes before a name that is unknown, or wrong, or missing.
        foreach (string? other in (string?[])["SomeCamera", "DVS128", null])
            Assert.Equal(events, Read(Aedat2(events, other, address), new() { Camera = camera }).Events);
    }

    [Fact]
    public void An_AEDAT_2_file_of_a_camera_that_nothing_names_is_refused_unless_it_can_be_a_DVS128()
    {
        PolarityEvent[] events = Make(60);
        Assert.Equal(events, Read(Aedat2(events, null)).Events);
        foreach (Func<PolarityEvent, uint> address in (Func<PolarityEvent, uint>[])[DavisAddress, Dvs640Address])
        {
            var refusal = Assert.Throws<NotSupportedException>(() => Read(Aedat2(events, null, address), _keep));
            Assert.Contains(nameof(EventReadOptions.Camera), refusal.Message, StringComparison.Ordinal);
            Assert.Contains(nameof(EventCameraModel.Davis346), refusal.Message, StringComparison.Ordinal);
        }
        var unknown = Assert.Throws<NotSupportedException>(() => Read(Aedat2(events, "davis.DAVIS2A0C")));
        Assert.Contains("DAVIS2A0C", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("DAVIS240C", unknown.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(EventReadOptions.Camera), unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_AEDAT_2_address_that_is_not_its_camera_s_is_damage()
    {
        PolarityEvent[] events = Make(60);
        byte[] file = [.. Aedat2(events, "DAVIS240C"), .. Aedat2Record(0x1001, events[^1].TimeMicroseconds)];
        (PolarityEvent[] read, string? damage) = Read(file, _keep);
        Assert.Equal(events, read);
        Assert.Contains("00001001", damage, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => Read(Aedat2(events, null), new() { Camera = EventCameraModel.Davis346 }));
    }

    [Fact]
    public void In_EVT_2_words_of_other_types_are_skipped_and_events_without_a_time_dropped()
    {
        PolarityEvent[] events = Make(60);
        List<uint> words = Evt2Words(events);
        uint[] skipped =
            [0x2000_0001, 0x5000_0002, 0x9999_9999, 0xa000_0003, 0xb000_0004, 0xc000_0005, 0xd012_3456, 0xe000_0014, 0xf000_0006];
        words.InsertRange(words.Count / 2, skipped);
        words.InsertRange(0, [.. skipped, 0x1000_0000]);
        byte[] data = [.. words.SelectMany(GetBytes)];
        Assert.Equal(events, Read([.. Ascii("% evt 2.0\n% end\n"), .. data]).Events);
        Assert.Equal(events, Read(data, new() { Format = EventFileFormat.Evt2 }).Events);
    }

    [Fact]
    public void In_EVT_3_padding_and_words_of_other_types_are_skipped()
    {
        int[] words =
        [
            0x9999, 0x9999, 0x8001, 0x6010, 0x0014, 0x280a, 0x9999, 0x9999, 0x9999, // x 10 in row 20
            0xb001, 0xc002, 0xd003, 0xe014, 0xf123, 0xf456, 0x7007, 0xa001, // others and their continuation, a trigger
            0x6011, 0x0015, 0x280b, // x 11 in row 21
            0x1015, 0x2807, 0x3807, 0x5001, // row of a gray level: its columns are no events
            0x0015, 0x280c, 0x9999,
        ];
        Assert.Equal([new(0x1010, 10, 20, true), new(0x1011, 11, 21, true), new(0x1011, 12, 21, true)], Read(Evt3Words(words)).Events);
    }

    [Fact]
    public void A_stream_cut_out_of_a_longer_one_starts_with_its_first_time_row_and_base_column()
    {
        // Columns and vectors of before the cut; then a time, and columns whose row is not known; a row, and a vector without a base.
        int[] words = [0x280a, 0x4fff, 0x4fff, 0x50ff, 0x0014, 0x280b, 0x8001, 0x6010, 0x4fff, 0x50ff, 0x280a, 0x3820, 0x5003];
        Assert.Equal(
            [new(0x1010, 10, 20, true), new(0x1010, 32, 20, true), new(0x1010, 33, 20, true)], Read(Evt3Words(words)).Events);
        Assert.Equal([new(0x1000, 7, 5, false)], Read(Evt3Words([0x8001, 0x2006, 0x0005, 0x2007])).Events);

        // A vector of EVT 4 is dropped with its pixels, which look like a time.
        uint[] cut = [0xc000_0001, 0xe000_0001, 0xe000_0002, 0xb000_2805, 0xf000_0000, 0xffff_ffff, 0xd000_5006, 0x8000_0001];
        Assert.Equal(
            [new(128, 5, 5, true), new(128, 10, 6, true), new(128, 41, 6, true)],
            Read([.. Ascii("% format EVT4\n% end\n"), .. cut.SelectMany(GetBytes)]).Events);
    }

    [Theory]
    [InlineData("Evt2")]
    [InlineData("Evt21")]
    [InlineData("Evt3")]
    [InlineData("Evt4")]
    public void A_stream_without_any_time_is_damage(string kind)
    {
        byte[] file = kind switch
        {
            "Evt2" => [.. Ascii("% evt 2.0\n% end\n"), .. GetBytes(0x1000_0000)],
            "Evt21" => [.. Ascii("% evt 2.1\n% end\n"), .. GetBytes(0x1000_0000_0000_0001)],
            "Evt3" => Evt3Words([0x0001, 0x2001]),
            _ => [.. Ascii("% format EVT4\n% end\n"), .. GetBytes(0xb000_0000)],
        };
        Assert.Contains("TIME_HIGH", Read(file, _keep).Damage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("% evt 2.1\n% endianness legacy\n% end\n", true)]
    [InlineData("% evt 2.1\n% endianness little\n% end\n", false)]
    [InlineData("% format EVT21;width=1280;height=720;endianness=legacy\n", true)]
    [InlineData("% integrator_name Prophesee\n% format EVT21\n% system_ID 49\n", true)]
    [InlineData("% integrator_name Prophesee\n% format EVT21\n% system_ID 64\n", false)]
    [InlineData("% evt 2.1\n% end\n", true)]
    [InlineData("% evt 2.1\n% end\n", false)]
    [InlineData("", true)]
    [InlineData("", false)]
    public void EVT_2_1_is_read_in_both_orders_of_words(string header, bool isLegacy)
    {
        PolarityEvent[] events = Make(200);
        byte[] file = [.. Ascii(header), .. Evt21Data(events, isLegacy)];
        Assert.Equal(events, Read(file, new() { Format = header.Length == 0 ? EventFileFormat.Evt21 : null }).Events);
    }

    [Fact]
    public void EVT_2_1_in_the_other_order_than_the_header_names_is_damage()
    {
        foreach (string order in (string[])["little", "legacy"])
        {
            byte[] file = [.. Ascii($"% format EVT21;endianness={order}\n% end\n"), .. Evt21Data(Make(60), order == "little")];
            Assert.Contains("order", Assert.Throws<InvalidDataException>(() => Read(file)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(21, "Evt2")]
    [InlineData(40, "Evt3")]
    [InlineData(48, "Evt3")]
    [InlineData(49, "Evt3")]
    public void An_old_RAW_file_is_of_the_encoding_of_its_system(int system, string kind)
    {
        PolarityEvent[] events = Make(60);
        byte[] data = Kinds[kind](events)[Kinds[kind]([]).Length..];
        foreach (string integrator in (string[])["", "% integrator_name Prophesee\n"])
        {
            byte[] file = [.. Ascii($"% Date 2018-05-17 10:11:12\n{integrator}% serial_number 1\n% system_ID {system}\n"), .. data];
            Assert.Equal(kind, FormatOf(file).ToString());
            Assert.Equal(events, Read(file).Events);
        }
    }

    [Theory]
    [InlineData("% integrator_name Prophesee\n% system_ID 99\n")]
    [InlineData("% integrator_name Prophesee\n% serial_number 1\n")]
    [InlineData("% integrator_name Somebody\n% system_ID 21\n")]
    public void A_RAW_file_without_an_encoding_asks_for_the_option(string header)
    {
        PolarityEvent[] events = Make(60);
        byte[] file = [.. Ascii(header), .. Evt2Words(events).SelectMany(GetBytes)];
        var refusal = Assert.Throws<NotSupportedException>(() => Read(file));
        Assert.Contains("Prophesee", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(EventReadOptions.Format), refusal.Message, StringComparison.Ordinal);
        Assert.Equal(events, Read(file, new() { Format = EventFileFormat.Evt2 }).Events);
    }

    [Fact]
    public void A_header_that_names_two_encodings_asks_for_the_option()
    {
        PolarityEvent[] events = Make(60);
        byte[] file = [.. Ascii("% evt 3.0\n% format EVT2;height=720\n% end\n"), .. Evt2Words(events).SelectMany(GetBytes)];
        var damage = Assert.Throws<InvalidDataException>(() => Read(file));
        Assert.Contains(nameof(EventReadOptions.Format), damage.Message, StringComparison.Ordinal);
        Assert.Equal(events, Read(file, new() { Format = EventFileFormat.Evt2 }).Events);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_truncated_N_MNIST_file_is_recognized(int cut)
    {
        PolarityEvent[] events = Make(40);
        byte[] file = NMnist(events)[..^cut];
        Assert.Equal(EventFileFormat.NMnist, FormatOf(file));
        Assert.Throws<InvalidDataException>(() => Read(file));
        (PolarityEvent[] read, string? damage) = Read(file, _keep);
        Assert.Equal(events[..^1], read);
        Assert.Contains("ends within an event", damage, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_bytes_text_and_numbers_are_no_truncated_N_MNIST_file()
    {
        var random = new Random(1);
        for (int i = 0; i < 1000; i++)
        {
            byte[] junk = new byte[41 + 5 * random.Next(100) + random.Next(4)];
            random.NextBytes(junk);
            Assert.Throws<NotSupportedException>(() => Read(junk));
        }
        byte[] numbers = [.. Enumerable.Range(0, 101).SelectMany(GetBytes)];
        byte[] halves = [.. Enumerable.Range(0, 101).SelectMany(i => GetBytes(i * 0.5f))];
        byte[] ones = [.. Enumerable.Repeat((byte)0xff, 101)];
        foreach (byte[] junk in (byte[][])[numbers, halves, Ascii(new string('a', 101)), new byte[101], ones])
            Assert.Throws<NotSupportedException>(() => Read(junk));
    }

    /// <summary>Without its table of packets, a packet that has another stream's number cannot be told from a sound one.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_damaged_bit_of_an_AEDAT_4_file_loses_events_without_a_word(bool hasTable)
    {
        PolarityEvent[] events = Make(100);
        byte[] packets = [.. events.Chunk(50).SelectMany(chunk => Aedat4Packet(0, FlatBuffer("EVTS", chunk), 0))];
        int packet = packets.Length / 2;
        byte[] file = Aedat4File(0, packets, hasTable ? Aedat4Table([(0, packet - 8, 50), (0, packet - 8, 50)]) : null);
        EventReadOptions anyTime = _keep with { MaxBackwardStep = TimeSpan.MaxValue, MaxForwardStep = TimeSpan.MaxValue };
        for (int bit = 0; bit < 8 * (14 + 40 + packets.Length); bit++)
        {
            int at = bit / 8;
            if (!hasTable && at >= 54 && (at - 54) % packet < 4)
                continue;
            file[at] ^= (byte)(1 << bit % 8);
            try
            {
                (PolarityEvent[] read, string? damage) = Read(file, anyTime);
                Assert.True(damage is not null || read.Length == 100, $"bit {bit % 8} of byte {at}: {read.Length} events");
            }
            catch (NotSupportedException)
            {
            }
            file[at] ^= (byte)(1 << bit % 8);
        }
    }

    [Fact]
    public void An_AEDAT_4_packet_of_a_stream_or_type_that_the_header_does_not_name_is_damage()
    {
        const string Streams = """
            <dv><node name="outInfo">
            <node name="0" path="/outInfo/0/"><attr key="typeIdentifier" type="string">EVTS</attr><node name="info"></node></node>
            <node name="2" path="/outInfo/2/"><attr key="typeIdentifier" type="string">IMUS</attr></node>
            </node></dv>
            """;
        PolarityEvent[] events = Make(20);
        byte[] good = Aedat4Packet(0, FlatBuffer("EVTS", events), 0), other = Aedat4Packet(2, FlatBuffer("IMUS", []), 0);
        Assert.Equal(events, Read(Aedat4File(0, [.. other, .. good], streams: Streams)).Events);
        byte[][] wrong =
        [
            Aedat4Packet(64, FlatBuffer("EVTS", events), 0), Aedat4Packet(0, FlatBuffer("IMUS", []), 0),
            Aedat4Packet(2, FlatBuffer("EVTS", []), 0),
        ];
        foreach (byte[] packet in wrong)
        {
            (PolarityEvent[] read, string? damage) = Read(Aedat4File(0, [.. good, .. packet, .. good], streams: Streams), _keep);
            Assert.Equal(events, read);
            Assert.NotNull(damage);
        }
    }

    private static EventFileFormat? FormatOf(byte[] file)
    {
        using EventFileReader reader = EventFileReader.FromStream(new MemoryStream(file), _keep);
        return reader.Format;
    }
}

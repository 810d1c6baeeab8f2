using Microsoft.ML.Snn.Events.Formats;
using PureHDF;
using PureHDF.Filters;
using PureHDF.VOL.Native;

namespace Microsoft.ML.Snn.Tests.Events.Hdf5;

/// <summary>Alone: it registers the package for the process, and looks at all of the process's memory.</summary>
[CollectionDefinition(nameof(Hdf5Files), DisableParallelization = true)]
public class Hdf5FilesRunAlone;

/// <summary>HDF5 files in the layouts that cameras and data sets have, written by PureHDF.</summary>
[Collection(nameof(Hdf5Files))]
public sealed class Hdf5Files
{
    // Twice the decoder's block, and more.
    private static readonly PolarityEvent[] _events = EventFiles.Make(40_000);
    private readonly EcfEncoder _ecf = new();

    public Hdf5Files()
    {
        Hdf5Events.Register();
        H5Filter.Register(_ecf);
    }

    [Fact]
    public void Without_the_package_registered_a_file_is_refused_with_the_call_that_registers_it()
    {
        Hdf5Registration.Register(null);
        foreach (EventReadOptions options in (EventReadOptions[])[new(), new() { Format = EventFileFormat.Hdf5 }])
        {
            var refusal = Assert.Throws<NotSupportedException>(() => Read(Prophesee(_events, null), options));
            Assert.Contains("Microsoft.ML.Snn.Events.Hdf5", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("Hdf5Events.Register()", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(16_384u, false)]
    [InlineData(1000u, true)]
    [InlineData(40_000u, true)]
    [InlineData(null, false)]
    public void Prophesees_datasets_are_read_whatever_their_chunks(uint? chunk, bool isDeflated)
    {
        Check(Prophesee(_events, chunk, isDeflated ? [DeflateFilter.Id] : []));
        Assert.Empty(Read(Prophesee(_events[..1], chunk is null ? null : 1u), new()).Events[1..]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Prophesees_own_compression_is_read(int packing)
    {
        _ecf.Packing = packing;
        Check(Prophesee(_events, 16_384u, [0x8ecf]));
    }

    [Fact]
    public void Datasets_for_each_part_are_read_with_what_their_times_are_counted_from()
    {
        var events = new H5Group
        {
            ["t"] = new H5Dataset(_events.Select(e => (uint)(e.TimeMicroseconds - 1000)).ToArray(), chunks: [10_000u]),
            ["x"] = new H5Dataset(_events.Select(e => e.X).ToArray(), chunks: [7000u]),
            ["y"] = _events.Select(e => (short)e.Y).ToArray(),
            ["p"] = _events.Select(e => (sbyte)(e.IsOn ? 1 : -1)).ToArray(),
        };
        Check(Write(new H5File { ["events"] = events, ["t_offset"] = 1000L, ["ms_to_idx"] = new ulong[] { 0 } }));
        Check(Write(new H5File { ["cam"] = new H5Group { ["left"] = events, ["t_offset"] = 1000L } }), new() { ArrayName = "cam/left" });

        var seconds = new H5File
        {
            ["ts"] = _events.Select(e => e.TimeMicroseconds / 1e6).ToArray(), ["xs"] = _events.Select(e => (int)e.X).ToArray(),
            ["ys"] = _events.Select(e => (float)e.Y).ToArray(), ["ps"] = _events.Select(e => e.IsOn ? 1UL : 0).ToArray(),
        };
        Check(Write(seconds), new() { TimeUnit = EventTimeUnit.Seconds });
        var damage = Assert.Throws<InvalidDataException>(() => Read(Write(seconds), new()));
        Assert.Contains(nameof(EventReadOptions.TimeUnit), damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_four_columns_is_read_where_an_option_names_it()
    {
        double[,] table = new double[_events.Length, 4];
        for (int i = 0; i < _events.Length; i++)
        {
            PolarityEvent e = _events[i];
            (table[i, 0], table[i, 1], table[i, 2], table[i, 3]) = (e.X, e.Y, e.TimeMicroseconds / 1e6, e.IsOn ? 1 : -1);
        }
        byte[] file = Write(new H5File
        {
            ["davis"] = new H5Group
            {
                ["left"] = new H5Group { ["events"] = new H5Dataset(table, chunks: [5000u, 4u]), ["imu"] = new double[2, 6] },
            },
        });
        Check(file, new() { ArrayName = "davis/left/events", Columns = "xytp", TimeUnit = EventTimeUnit.Seconds });
        Refused(file, new(), "davis/left", nameof(EventReadOptions.ArrayName));
        Refused(file, new() { ArrayName = "davis/left/imu" }, "no events in 'davis/left/imu'");
        Refused(file, new() { ArrayName = "davis/right/events" }, "no group or dataset 'davis/right/events'");
    }

    [Fact]
    public void Files_with_other_content_are_refused_with_what_they_hold() => Refused(
        Write(new H5File { ["labels"] = new[] { 1 }, ["spikes"] = new H5Group { ["times"] = new[] { 0.5 }, ["units"] = new[] { 3 } } }), new(),
        "labels", "spikes/times", "spikes/units");

    [Fact]
    public void Datasets_that_are_no_events_are_damage_or_refused()
    {
        byte[] lengths = Write(new H5File { ["t"] = new[] { 1L, 2 }, ["x"] = new[] { 1, 2 }, ["y"] = new[] { 1, 2 }, ["p"] = new[] { 1 } });
        Assert.Throws<InvalidDataException>(() => Read(lengths, new()));
        byte[] words = Write(new H5File { ["t"] = new[] { 1L }, ["x"] = new[] { "one" }, ["y"] = new[] { 1 }, ["p"] = new[] { 1 } });
        Refused(words, new(), "/x is of the type");
        PolarityEvent[] wrong = [.. _events[..20_000]];
        byte[] file = Prophesee(wrong, 1000u, [], e => e with { p = (short)(e.t == wrong[^1].TimeMicroseconds ? 7 : e.p) });
        (PolarityEvent[] events, string? damage) = Read(file, new() { OnDamage = EventDamagePolicy.KeepEvents });
        Assert.Equal(wrong[..events.Length], events);
        Assert.Contains($"at event {events.Length}: ", damage, StringComparison.Ordinal);
        Assert.Contains("polarity 7", damage, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_anywhere_gives_its_first_events()
    {
        byte[] file = Prophesee(_events[..5000], 500u, [DeflateFilter.Id]);
        for (int length = 0; length < file.Length; length += length < 600 ? 1 : 997)
        {
            (PolarityEvent[] read, string? damage) = Read(
                file[..length], new() { Format = EventFileFormat.Hdf5, OnDamage = EventDamagePolicy.KeepEvents });
            Assert.Equal(_events[..read.Length], read);
            Assert.True(damage is not null || read.Length == 5000, $"{length}");
        }
    }

    [Fact]
    public void Reading_is_limited_by_the_options_and_goes_on_in_blocks_of_any_size()
    {
        byte[] file = Prophesee(_events[..2000], 300u);
        Assert.Throws<InvalidDataException>(() => Read(file, new() { MaxEvents = 1999 }));
        // The reader starts where the stream is.
        var stream = new MemoryStream([1, 2, 3, .. file]) { Position = 3 };
        using EventFileReader reader = EventFileReader.FromStream(stream);
        var block = new PolarityEvent[7];
        var read = new List<PolarityEvent>();
        for (int count; (count = reader.Read(block)) > 0;)
            read.AddRange(block[..count]);
        Assert.Equal(_events[..2000], read);
    }

    [Fact]
    public void The_memory_that_reading_takes_does_not_grow_with_the_file()
    {
        byte[] once = Prophesee(_events, 1000u, [DeflateFilter.Id]);
        byte[] often = Prophesee([.. Enumerable.Repeat(_events, 10).SelectMany(events => events)], 1000u, [DeflateFilter.Id]);
        (long little, long much) = (MostHeld(once), MostHeld(often));
        Assert.True(much < little + (4 << 20), $"{little} and {much} bytes");

        static long MostHeld(byte[] file)
        {
            using EventFileReader reader = EventFileReader.FromStream(
                new MemoryStream(file), new() { MaxBackwardStep = TimeSpan.MaxValue, MaxForwardStep = TimeSpan.MaxValue });
            var block = new PolarityEvent[1000];
            long start = GC.GetTotalMemory(forceFullCollection: true), most = 0;
            for (int i = 0; reader.Read(block) > 0; i++)
            {
                if (i % 20 == 0)
                    most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - start);
            }
            return most;
        }
    }

    [Fact]
    public void A_stream_that_cannot_seek_is_refused()
    {
        var packed = new MemoryStream();
        using (var zip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
            zip.Write(Prophesee(_events[..10], null));
        packed.Position = 0;
        var stream = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Decompress);
        Assert.Contains("seek", Assert.Throws<NotSupportedException>(() => EventFileReader.FromStream(stream)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_saved_pipeline_reads_them_in_a_process_that_has_registered_the_package()
    {
        using var folder = new RecordingFolder();
        var context = new MLContext();
        IDataView data = context.Data.LoadFromEnumerable([new Row { Path = folder.Write("a.hdf5", Prophesee(_events, 16_384u, [0x8ecf])) }]);
        using var zip = new MemoryStream();
        context.Model.Save(context.Transforms.LoadEvents("Events", folder.Path, "Path").Fit(data), data.Schema, zip);
        zip.Position = 0;
        IDataView loaded = context.Model.Load(zip, out _).Transform(data);
        Row row = Assert.Single(context.Data.CreateEnumerable<Row>(loaded, reuseRowObject: false));
        Assert.Equal(_events, row.Events!.Events.ToArray());
    }

    private static void Check(byte[] file, EventReadOptions? options = null)
    {
        using EventFileReader reader = EventFileReader.FromStream(new MemoryStream(file), options);
        Assert.Equal(EventFileFormat.Hdf5, reader.Format);
        Assert.Equal(_events, EventRecording.Read(reader).Events.ToArray());
        Assert.Null(reader.Damage);
    }

    private static void Refused(byte[] file, EventReadOptions options, params string[] parts)
    {
        var refusal = Assert.Throws<NotSupportedException>(() => Read(file, options));
        Assert.All(parts, part => Assert.Contains(part, refusal.Message, StringComparison.Ordinal));
    }

    private static (PolarityEvent[] Events, string? Damage) Read(byte[] file, EventReadOptions options) => EventFiles.Read(file, options);

    private static byte[] Prophesee(
        PolarityEvent[] events, uint? chunk, ushort[]? filters = null, Func<Hdf5Event, Hdf5Event>? change = null)
    {
        Hdf5Event[] rows = [.. events.Select(Hdf5Event.From).Select(change ?? (e => e))];
        H5DatasetCreation creation = new(Filters: [.. (filters ?? []).Select(filter => new H5Filter(filter))]);
        return Write(new H5File
        {
            ["CD"] = new H5Group
            {
                ["events"] = chunk is null ? new H5Dataset(rows) : new H5Dataset(rows, chunks: [chunk.Value], datasetCreation: creation),
                ["indexes"] = new ulong[] { 0 },
            },
            ["EXT_TRIGGER"] = new H5Group { ["events"] = new short[] { 1 } },
        });
    }

    private static byte[] Write(H5File file)
    {
        using var stream = new MemoryStream();
        file.Write(stream);
        return stream.ToArray();
    }

    private sealed class Row
    {
        public string Path { get; set; } = "";

        [EventRecordingType]
        public EventRecording? Events { get; set; }
    }
}

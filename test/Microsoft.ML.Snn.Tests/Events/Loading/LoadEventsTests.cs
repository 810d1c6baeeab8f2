namespace Microsoft.ML.Snn.Tests.Events;

public sealed class LoadEventsTests : IDisposable
{
    private readonly MLContext _context = new(seed: 1);
    private readonly RecordingFolder _folder = new();
    private readonly List<string> _warnings = [];

    public LoadEventsTests() => _context.Log += (_, e) =>
    {
        if (e.Kind == Runtime.ChannelMessageKind.Warning)
            _warnings.Add(e.Message);
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Files_of_every_format_give_their_events()
    {
        string[] files = [.. EventFiles.Kinds.Select((kind, i) => _folder.Write(kind.Key, kind.Value(EventFiles.Make(100, i))))];
        EventRecording?[] recordings = Load(new() { EventFolder = _folder.Path }, files);
        for (int i = 0; i < files.Length; i++)
            Assert.Equal(EventFiles.Make(100, i), recordings[i]!.Events.ToArray());
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Without_a_folder_paths_are_taken_as_they_are_and_an_empty_one_gives_no_recording()
    {
        string file = Path.Combine(_folder.Path, _folder.Write("a.bin", EventFiles.NMnist(EventFiles.Make(100))));
        EventRecording?[] recordings = Load(new(), file, "", file);
        Assert.Equal([100, null, 100], recordings.Select(recording => recording?.Count));
    }

    [Fact]
    public void A_damaged_file_is_an_error_that_names_it_or_a_warning_where_the_events_before_are_asked_for()
    {
        byte[] whole = EventFiles.Dat(EventFiles.Make(100));
        string[] files = [_folder.Write("cut.dat", whole[..^3]), _folder.Write("whole.dat", whole)];
        EventLoadingEstimator.Options options = new() { EventFolder = _folder.Path };
        Exception e = Assert.ThrowsAny<Exception>(() => Load(options, files));
        Assert.Contains("cut.dat", e.ToString());

        options.Reading = new() { OnDamage = EventDamagePolicy.KeepEvents };
        EventRecording?[] recordings = Load(options, files);
        Assert.Equal([99, 100], recordings.Select(recording => recording?.Count));
        string warning = Assert.Single(_warnings);
        Assert.Contains("cut.dat", warning);
        Assert.Contains("99", warning);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        Exception e = Assert.ThrowsAny<Exception>(() => Load(new() { EventFolder = _folder.Path }, "nothing.bin"));
        Assert.Contains("nothing.bin", e.ToString());
    }

    [Fact]
    public void Bad_options_are_refused_by_name()
    {
        Refused("OutputColumnName", new() { OutputColumnName = "" });
        Refused("InputColumnName", new() { OutputColumnName = "Events", InputColumnName = "" });
        Refused("EventFolder", new() { OutputColumnName = "Events", EventFolder = Path.Combine(_folder.Path, "none") });
        Refused("EndTimeColumnName", new() { OutputColumnName = "Events", StartTimeColumnName = "Start" });
        Refused("StartTimeColumnName", new() { OutputColumnName = "Events", EndTimeColumnName = "End" });
        Refused("StartTimeColumnName", new() { OutputColumnName = "Events", StartTimeColumnName = "", EndTimeColumnName = "End" });

        void Refused(string named, EventLoadingEstimator.Options options) =>
            Assert.Contains(named, Assert.ThrowsAny<Exception>(() => _context.Transforms.LoadEvents(options)).Message);
    }

    [Fact]
    public void Reading_options_are_saved_with_the_model()
    {
        PolarityEvent[] events = EventFiles.Make(40);
        _folder.Write("late", EventFiles.NMnist([.. events, events[0]]));
        IDataView data = Paths("late");
        ITransformer transformer = _context.Transforms.LoadEvents(new EventLoadingEstimator.Options
        {
            OutputColumnName = "Events",
            InputColumnName = "Path",
            EventFolder = _folder.Path,
            Reading = new() { Format = EventFileFormat.NMnist, OnDamage = EventDamagePolicy.KeepEvents, MaxBackwardStep = TimeSpan.Zero },
        }).Fit(data);
        using var zip = new MemoryStream();
        _context.Model.Save(transformer, data.Schema, zip);
        zip.Position = 0;
        ITransformer loaded = _context.Model.Load(zip, out _);
        Assert.Equal(40, Assert.Single(Read(loaded.Transform(data)))!.Count);
        Assert.Contains("MaxBackwardStep", Assert.Single(_warnings));
    }

    [Fact]
    public void The_camera_is_saved_with_the_model()
    {
        PolarityEvent[] events = EventFiles.Make(40);
        AssertSaved(EventFiles.Aedat2(events, null, EventFiles.DavisAddress), new() { Camera = EventCameraModel.Davis346 }, events);
    }

    [Fact]
    public void Options_of_tables_are_saved_with_the_model()
    {
        byte[] table = EventFiles.Npy("<i8", "(2, 4)", EventFiles.Longs([3, 4, 2, 1, 6, 7, 5, 0]));
        AssertSaved(
            EventFiles.Zip(("a.npy", table), ("b.npy", table)),
            new() { TimeUnit = EventTimeUnit.Milliseconds, Columns = "yxtp", ArrayName = "b" },
            [new(2000, 4, 3, true), new(5000, 7, 6, false)]);
    }

    private void AssertSaved(byte[] file, EventReadOptions reading, PolarityEvent[] events)
    {
        _folder.Write("recording", file);
        IDataView data = Paths("recording");
        ITransformer transformer = _context.Transforms.LoadEvents(new EventLoadingEstimator.Options
        {
            OutputColumnName = "Events",
            InputColumnName = "Path",
            EventFolder = _folder.Path,
            Reading = reading,
        }).Fit(data);
        using var zip = new MemoryStream();
        _context.Model.Save(transformer, data.Schema, zip);
        zip.Position = 0;
        ITransformer loaded = _context.Model.Load(zip, out _);
        Assert.Equal(events, Assert.Single(Read(loaded.Transform(data)))!.Events.ToArray());
    }

    /// <summary>Files listed from folders come class by class: the split must not take them in that order.</summary>
    [Fact]
    public void A_split_of_recordings_in_the_order_of_their_classes_has_every_class_on_both_sides()
    {
        Row[] rows = [.. Enumerable.Range(0, 60).Select(i => new Row { Path = "", Class = i / 20 })];
        DataOperationsCatalog.TrainTestData split = _context.Data.TrainTestSplit(_context.Data.LoadFromEnumerable(rows), testFraction: 0.3);
        Assert.Equal([0, 1, 2], Classes(split.TrainSet).Distinct().Order());
        Assert.Equal([0, 1, 2], Classes(split.TestSet).Distinct().Order());

        int[] Classes(IDataView view)
        {
            IDataView loaded = _context.Transforms.LoadEvents("Events", null, "Path").Fit(view).Transform(view);
            return [.. _context.Data.CreateEnumerable<Loaded>(loaded, reuseRowObject: false).Select(row => row.Class)];
        }
    }

    private EventRecording?[] Load(EventLoadingEstimator.Options options, params string[] paths)
    {
        options.OutputColumnName = "Events";
        options.InputColumnName = "Path";
        IDataView data = Paths(paths);
        return Read(_context.Transforms.LoadEvents(options).Fit(data).Transform(data));
    }

    private IDataView Paths(params string[] paths) =>
        _context.Data.LoadFromEnumerable(paths.Select(path => new Row { Path = path }).ToArray());

    private EventRecording?[] Read(IDataView view) =>
        [.. _context.Data.CreateEnumerable<Loaded>(view, reuseRowObject: false).Select(row => row.Events)];

    private sealed class Row
    {
        public string Path { get; set; } = "";

        public int Class { get; set; }
    }

    private sealed class Loaded
    {
        [EventRecordingType]
        public EventRecording? Events { get; set; }

        public int Class { get; set; }
    }
}

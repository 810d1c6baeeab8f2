using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Scoring;
using Microsoft.ML.Snn.Tests.Training;

namespace Microsoft.ML.Snn.Tests.Events;

public class AccumulateEventsTests
{
    private readonly MLContext _context = new(seed: 1);

    [Fact]
    public void A_prediction_engine_takes_recordings_from_memory()
    {
        PolarityEvent[] events = EventFiles.Make(300);
        ITransformer transformer = Framing().Fit(Rows());
        using PredictionEngine<Row, Framed> engine = _context.Model.CreatePredictionEngine<Row, Framed>(transformer);
        Assert.Equal(300, engine.Predict(new() { Events = new(events) }).Frames.Sum());
        Assert.Equal(100, engine.Predict(new() { Events = new(events.AsMemory(0, 100)) }).Frames.Sum());
        Assert.All(engine.Predict(new()).Frames, value => Assert.True(float.IsNaN(value)));
        Assert.All(engine.Predict(new() { Events = new(Array.Empty<PolarityEvent>()) }).Frames, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Events_outside_the_sensor_are_left_out_and_the_log_tells_how_many()
    {
        var warnings = new List<string>();
        _context.Log += (_, e) =>
        {
            if (e.Kind == Runtime.ChannelMessageKind.Warning)
                warnings.Add(e.Message);
        };
        EventRecording first = new(EventFiles.Make(200)), second = new(new PolarityEvent[] { new(0, 128, 0, true), new(1, 0, 0, true) });
        IDataView data = Rows(first, second);
        float[][] frames = [.. Framing().Fit(data).Transform(data).GetColumn<float[]>("Frames")];
        Assert.Equal([200, 1], frames.Select(row => row.Sum()));
        string warning = Assert.Single(warnings);
        Assert.Contains("1 of 202", warning);
        Assert.Contains("'Events'", warning);
        Assert.Contains("128 x 128", warning);
    }

    [Fact]
    public void The_chain_from_paths_to_frames_is_saved_and_loaded()
    {
        using var folder = new RecordingFolder();
        string[] files = [folder.Write("a", EventFiles.Dat(EventFiles.Make(150))), folder.Write("b", EventFiles.Evt3(EventFiles.Make(90)))];
        IDataView data = _context.Data.LoadFromEnumerable(files.Select(file => new FileRow { Path = file }).ToArray());
        ITransformer chain = _context.Transforms.LoadEvents("Events", folder.Path, "Path").Append(Framing()).Fit(data);
        using var zip = new MemoryStream();
        _context.Model.Save(chain, data.Schema, zip);
        zip.Position = 0;
        ITransformer loaded = _context.Model.Load(zip, out _);
        float[][] frames = [.. loaded.Transform(data).GetColumn<float[]>("Frames")];
        Assert.Equal([150, 90], frames.Select(row => row.Sum()));
        Assert.Equal(chain.Transform(data).GetColumn<float[]>("Frames"), frames);
    }

    [Fact]
    public void Frames_of_real_recordings_add_up_to_their_events()
    {
        using var folder = new RecordingFolder();
        ZipFile.ExtractToDirectory(RealData.Path("events/nmnist-test100.zip"), folder.Path);
        IEnumerable<string> files = Directory.EnumerateFiles(folder.Path, "*.bin", SearchOption.AllDirectories);
        FileRow[] rows = [.. files.Select(path => new FileRow { Path = path })];
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        ITransformer chain = _context.Transforms.LoadEvents("Events", null, "Path")
            .Append(_context.Transforms.AccumulateEvents("Frames", "Events", height: 34, width: 34, timeSteps: 10)).Fit(data);
        double total = chain.Transform(data).GetColumn<float[]>("Frames").Sum(frames => frames.Sum(value => (double)value));
        Assert.Equal(100, rows.Length);
        Assert.Equal(385_596, total);
    }

    [Fact]
    public void A_missing_recording_is_named_by_the_framing_and_by_the_trainer()
    {
        var warnings = new List<string>();
        _context.Log += (_, e) =>
        {
            if (e.Kind == Runtime.ChannelMessageKind.Warning)
                warnings.Add(e.Message);
        };
        EventRecording some = new(EventFiles.Make(200));
        IDataView data = LabeledRows(some, some, some, null, some, null);
        var e = Assert.Throws<InvalidOperationException>(() => Training().Fit(data));
        Assert.Contains("Row 3 of feature column 'Frames' is missing", e.Message);
        Assert.Contains("a recording that is null", e.Message);
        string warning = Assert.Single(warnings);
        Assert.Contains("Row 3 of column 'Events' is missing: its recording is null", warning);
    }

    [Fact]
    public void Recordings_without_events_are_not_taken_for_images()
    {
        var warnings = new List<string>();
        _context.Log += (_, e) =>
        {
            if (e.Kind == Runtime.ChannelMessageKind.Warning)
                warnings.Add(e.Message);
        };
        EventRecording some = new(EventFiles.Make(200)), none = new(Array.Empty<PolarityEvent>());
        Training().Fit(LabeledRows(some, none, some, none));
        string warning = Assert.Single(warnings);
        Assert.Contains("2 of 4 samples", warning);
        Assert.Contains("the first in row 1", warning);
        Assert.Contains("AccumulateEvents", warning);
        Assert.DoesNotContain("ExtractPixels", warning);
    }

    [Theory]
    [InlineData("OutputColumnName", "", "Events")]
    [InlineData("OutputColumnName", null, "Events")]
    [InlineData("InputColumnName", "Frames", " ")]
    public void Empty_column_names_name_the_option(string option, string? output, string input) =>
        Assert.Throws<ArgumentOutOfRangeException>(option, () => _context.Transforms.AccumulateEvents(output!, input, 8, 8, 4));

    private IEstimator<ITransformer> Training()
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        options.FeatureColumnName = "Frames";
        options.TimeSteps = null;
        return _context.Transforms.AccumulateEvents(new EventFramingEstimator.Options
        {
            OutputColumnName = "Frames",
            InputColumnName = "Events",
            Height = 8,
            Width = 8,
            SensorHeight = 128,
            SensorWidth = 128,
            TimeSteps = 2,
        }).Append(_context.MulticlassClassification.Trainers.SpikingResNet(options));
    }

    private IDataView LabeledRows(params EventRecording?[] recordings)
    {
        IDataView data = _context.Data.LoadFromEnumerable(recordings.Select((recording, i) => new Row { Events = recording, Class = i % 2 }).ToArray());
        return _context.Transforms.Conversion.MapValueToKey("Label", nameof(Row.Class)).Fit(data).Transform(data);
    }

    private EventFramingEstimator Framing() =>
        _context.Transforms.AccumulateEvents("Frames", "Events", height: 128, width: 128, timeSteps: 3);

    private IDataView Rows(params EventRecording[] recordings) =>
        _context.Data.LoadFromEnumerable(recordings.Select(recording => new Row { Events = recording }).ToArray());

    private sealed class Row
    {
        [EventRecordingType]
        public EventRecording? Events { get; set; }

        public int Class { get; set; }
    }

    private sealed class FileRow
    {
        public string Path { get; set; } = "";
    }

    private sealed class Framed
    {
        public float[] Frames { get; set; } = [];
    }
}

using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Tests.Events;

/// <summary>
/// Folders in the layout of DVS128 Gesture: recordings in AEDAT 3.1 with several gestures each, tables of their times, two lists.
/// </summary>
public sealed class DvsGestureDatasetTests : IDisposable
{
    private readonly RecordingFolder _folder = new();
    private readonly PolarityEvent[] _first = EventFiles.Make(900, seed: 1), _second = EventFiles.Make(700, seed: 2);

    public DvsGestureDatasetTests()
    {
        _folder.Write("user01_fluorescent.aedat", EventFiles.Aedat31(_first, packetSize: 100));
        _folder.Write("user02_led.aedat", EventFiles.Aedat31(_second, packetSize: 64));
        Write("trials_to_train.txt", "user01_fluorescent.aedat\nuser02_led.aedat\n\n");
        Write("trials_to_test.txt", "user02_led.aedat\r\n");
        // As in the published set, gestures may overlap, and come in any order.
        Write("user01_fluorescent_labels.csv", "class,startTime_usec,endTime_usec\n1,1000,3000\n2,3000,4500\n11,4000,6001\n");
        Write("user02_led_labels.csv", "class,startTime_usec,endTime_usec\r\n8,2500,4000\r\n1,1500,2000\r\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_gesture_of_the_listed_recordings_becomes_a_span()
    {
        Assert.Equal(
            [
                Span("user01_fluorescent", 1000, 3000, "hand clapping"), Span("user01_fluorescent", 3000, 4500, "right hand wave"),
                Span("user01_fluorescent", 4000, 6001, "other gestures"), Span("user02_led", 2500, 4000, "arm roll"),
                Span("user02_led", 1500, 2000, "hand clapping"),
            ],
            DvsGestureDataset.ReadTrain(_folder.Path));
        Assert.Equal(
            [Span("user02_led", 2500, 4000, "arm roll"), Span("user02_led", 1500, 2000, "hand clapping")],
            DvsGestureDataset.ReadTest(_folder.Path));
        Assert.Equal(11, DvsGestureDataset.Gestures.Distinct().Count());
    }

    [Fact]
    public void LoadEvents_takes_each_span_out_of_its_recording()
    {
        var context = new MLContext(seed: 1);
        IDataView spans = context.Data.LoadFromEnumerable(DvsGestureDataset.ReadTrain(_folder.Path));
        IDataView frames = Loading(context).Append(context.Transforms.AccumulateEvents("Frames", "Events", 128, 128, timeSteps: 2))
            .Fit(spans).Transform(spans);
        PolarityEvent[][] expected =
        [
            Between(_first, 1000, 3000), Between(_first, 3000, 4500), Between(_first, 4000, 6001), Between(_second, 2500, 4000),
            Between(_second, 1500, 2000),
        ];
        Assert.All(expected, events => Assert.InRange(events.Length, 10, 400));
        Assert.Equal(expected.Select(events => (float)events.Length), frames.GetColumn<float[]>("Frames").Select(row => row.Sum()));
        Assert.Equal(
            expected, context.Data.CreateEnumerable<Loaded>(frames, reuseRowObject: false).Select(row => row.Events!.Events.ToArray()));

        static PolarityEvent[] Between(PolarityEvent[] events, long start, long end) =>
            [.. events.Where(e => e.TimeMicroseconds >= start && e.TimeMicroseconds < end)];
    }

    [Theory]
    [InlineData("user02_led_labels.csv", "class,startTime_usec,endTime_usec\n12,1,2\n", "line 2")]
    [InlineData("user02_led_labels.csv", "class,startTime_usec,endTime_usec\n1,1,2\n0,1,2\n", "line 3")]
    [InlineData("user02_led_labels.csv", "class,startTime_usec,endTime_usec\n1,2,2\n", "line 2")]
    [InlineData("user02_led_labels.csv", "class,startTime_usec,endTime_usec\n1,2\n", "'1,2'")]
    [InlineData("user02_led_labels.csv", "class,startTime_usec,endTime_usec\n1,a,2\n", "line 2")]
    [InlineData("user02_led_labels.csv", "class;start;end\n", "line 1")]
    [InlineData("user02_led_labels.csv", "class,startTime_usec,endTime_usec\n", "no gestures")]
    [InlineData("trials_to_test.txt", "\n", "names no recordings")]
    public void A_table_that_is_not_as_published_is_refused_with_its_file_and_line(string file, string content, string named)
    {
        Write(file, content);
        string message = Assert.Throws<InvalidDataException>(() => DvsGestureDataset.ReadTest(_folder.Path)).Message;
        Assert.Contains(file, message);
        Assert.Contains(named, message);
    }

    [Theory]
    [InlineData("trials_to_test.txt")]
    [InlineData("user02_led.aedat")]
    [InlineData("user02_led_labels.csv")]
    public void A_missing_file_is_named(string file)
    {
        File.Delete(Path.Combine(_folder.Path, file));
        Assert.Contains(file, Assert.Throws<FileNotFoundException>(() => DvsGestureDataset.ReadTest(_folder.Path)).Message);
    }

    private static EventLoadingEstimator Loading(MLContext context) => context.Transforms.LoadEvents(new EventLoadingEstimator.Options
    {
        OutputColumnName = "Events",
        InputColumnName = nameof(LabeledEventSpan.Path),
        StartTimeColumnName = nameof(LabeledEventSpan.StartMicroseconds),
        EndTimeColumnName = nameof(LabeledEventSpan.EndMicroseconds),
    });

    private LabeledEventSpan Span(string name, long start, long end, string label) => new()
    {
        Path = Path.Combine(_folder.Path, name + ".aedat"), StartMicroseconds = start, EndMicroseconds = end, Label = label,
    };

    private void Write(string name, string text) => _folder.Write(name, EventFiles.Ascii(text));

    private sealed class Loaded
    {
        [EventRecordingType]
        public EventRecording? Events { get; set; }
    }
}

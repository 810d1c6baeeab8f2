using System.Globalization;

namespace Microsoft.ML.Snn;

/// <summary>
/// DVS128 Gesture (Amir et al., "A Low Power, Fully Event-Based Gesture Recognition System", CVPR 2017), as it is published: a folder of
/// long recordings of a DVS128, 128 x 128 pixels, in AEDAT 3.1. A list of the recordings to train on and one of those to test on; and
/// beside each recording a table of the times at which each of eleven gestures was made.
/// </summary>
/// <remarks>
/// Each gesture becomes a row, which LoadEvents takes out of its recording:
/// <code>
/// var loading = ml.Transforms.LoadEvents(new EventLoadingEstimator.Options
/// {
///     OutputColumnName = "Events", InputColumnName = nameof(LabeledEventSpan.Path),
///     StartTimeColumnName = nameof(LabeledEventSpan.StartMicroseconds), EndTimeColumnName = nameof(LabeledEventSpan.EndMicroseconds),
/// });
/// IDataView gestures = ml.Data.LoadFromEnumerable(DvsGestureDataset.ReadTrain("DvsGesture"));
/// IDataView recordings = loading.Fit(gestures).Transform(gestures);
/// </code>
/// </remarks>
public static class DvsGestureDataset
{
    private const string TrainList = "trials_to_train.txt", TestList = "trials_to_test.txt";
    private const string Header = "class,startTime_usec,endTime_usec";

    /// <summary>The names of the classes 1 to 11.</summary>
    public static IReadOnlyList<string> Gestures { get; } =
    [
        "hand clapping", "right hand wave", "left hand wave", "right arm clockwise", "right arm counter clockwise", "left arm clockwise",
        "left arm counter clockwise", "arm roll", "air drums", "air guitar", "other gestures",
    ];

    /// <summary>The gestures of the recordings in <c>trials_to_train.txt</c>.</summary>
    /// <param name="folder">The folder of the data set.</param>
    /// <returns>The gestures, in the order of the list and of the recordings' tables.</returns>
    /// <exception cref="FileNotFoundException">The list, a recording that it names or its table is missing.</exception>
    /// <exception cref="InvalidDataException">A table is not as described above; the message names the file and the line.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static IReadOnlyList<LabeledEventSpan> ReadTrain(string folder) => Read(folder, TrainList);

    /// <summary>The gestures of the recordings in <c>trials_to_test.txt</c>.</summary>
    /// <inheritdoc cref="ReadTrain"/>
    public static IReadOnlyList<LabeledEventSpan> ReadTest(string folder) => Read(folder, TestList);

    private static IReadOnlyList<LabeledEventSpan> Read(string folder, string list)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string[] names = [.. File.ReadLines(Existing(folder, list)).Select(line => line.Trim()).Where(line => line.Length > 0)];
        if (names.Length == 0)
            throw new InvalidDataException($"'{Path.Combine(folder, list)}' names no recordings.");
        return [.. names.SelectMany(name => ReadTable(
            Existing(folder, name), Existing(folder, Path.GetFileNameWithoutExtension(name) + "_labels.csv")))];
    }

    private static string Existing(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? path : throw new FileNotFoundException(
            $"There is no '{path}'. The folder must be that of DVS128 Gesture as published, with '{TrainList}' and '{TestList}'.", path);
    }

    private static List<LabeledEventSpan> ReadTable(string recording, string table)
    {
        List<LabeledEventSpan> spans = [];
        foreach ((int index, string line) in File.ReadLines(table).Index())
        {
            string text = line.Trim();
            if (index == 0 && text != Header)
                throw new InvalidDataException($"'{table}', line 1: it must be '{Header}', not '{text}'.");
            if (index == 0 || text.Length == 0)
                continue;
            spans.Add(Parse(recording, text) ?? throw new InvalidDataException(
                $"'{table}', line {index + 1}: '{text}' is no class from 1 to {Gestures.Count} with a start and a later end."));
        }
        return spans.Count > 0 ? spans : throw new InvalidDataException($"'{table}' has no gestures.");
    }

    private static LabeledEventSpan? Parse(string recording, string line)
    {
        string[] parts = line.Split(',');
        if (parts.Length != 3 || !TryParse(parts[0], out long gesture) || gesture < 1 || gesture > Gestures.Count)
            return null;
        if (!TryParse(parts[1], out long start) || !TryParse(parts[2], out long end) || end <= start)
            return null;
        return new() { Path = recording, StartMicroseconds = start, EndMicroseconds = end, Label = Gestures[(int)gesture - 1] };
    }

    private static bool TryParse(string text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out value);
}

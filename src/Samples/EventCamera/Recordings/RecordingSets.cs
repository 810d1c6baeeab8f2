using Microsoft.ML.Snn;

namespace EventCamera.Recordings;

/// <summary>
/// The recordings to train on and the held-out ones, both shuffled: files come class by class, and often in the order in which they were
/// recorded, which must decide neither a split nor a batch.
/// </summary>
internal sealed record RecordingSets(IReadOnlyList<LabeledRecording> Train, IReadOnlyList<LabeledRecording> Test)
{
    /// <param name="folder">
    /// Folder with one folder a class, or one that holds nothing but it; or that of a set whose parts are folders named train and test.
    /// </param>
    /// <param name="testFolder">
    /// The same for the held-out recordings; null for those of the set's own part or, where it has none, some of each class at random.
    /// </param>
    /// <param name="seed">Decides the order and the split.</param>
    /// <param name="heldOutFraction">The share of each class that is held out without a folder.</param>
    /// <exception cref="UserException">The folders do not hold the recordings of at least two classes.</exception>
    public static RecordingSets Read(string folder, string? testFolder, int seed, double heldOutFraction = 0.2)
    {
        var random = new Random(seed);
        string set = Unwrap(folder);
        // Without this the parts would be taken for classes: N-MNIST, its two zips extracted beside each other.
        string? trainPart = SetFolder.FindTrainPart(set);
        LabeledRecording[] all = ReadClasses(trainPart ?? folder);
        string[] classes = [.. all.Select(recording => recording.Label).Distinct()];
        if (classes.Length < 2)
            throw new UserException($"'{folder}' holds recordings of {classes.Length} classes; at least two class folders are needed.");
        random.Shuffle(all);
        testFolder = testFolder is not null ? SetFolder.FindTestPart(Unwrap(testFolder)) ?? testFolder
            : trainPart is not null ? SetFolder.FindTestPart(set) : null;
        if (testFolder is null)
            return Split(all, heldOutFraction);
        LabeledRecording[] test = ReadClasses(testFolder);
        if (test.FirstOrDefault(recording => !classes.Contains(recording.Label)) is { } unknown)
            throw new UserException($"'{testFolder}' has a class folder '{unknown.Label}' that the recordings to train on lack.");
        random.Shuffle(test);
        return new(all, test);
    }

    /// <summary>DVS128 Gesture, split by its own lists.</summary>
    /// <param name="folder">The folder of the set, or one that holds nothing but it.</param>
    /// <param name="seed">Decides the order.</param>
    /// <exception cref="UserException">The folder does not hold the set.</exception>
    public static RecordingSets ReadDvsGesture(string folder, int seed)
    {
        var random = new Random(seed);
        if (SetFolder.Folders(folder) is [string only] && Directory.GetFiles(folder).Length == 0)
            folder = only;
        try
        {
            return new(Shuffled(DvsGestureDataset.ReadTrain(folder)), Shuffled(DvsGestureDataset.ReadTest(folder)));
        }
        catch (Exception e) when (e is FileNotFoundException or InvalidDataException)
        {
            throw new UserException(e.Message, e);
        }

        LabeledRecording[] Shuffled(IReadOnlyList<LabeledEventSpan> spans)
        {
            LabeledRecording[] recordings =
            [
                .. spans.Select(span => new LabeledRecording
                {
                    Path = span.Path,
                    Label = span.Label,
                    StartMicroseconds = span.StartMicroseconds,
                    EndMicroseconds = span.EndMicroseconds,
                }),
            ];
            random.Shuffle(recordings);
            return recordings;
        }
    }

    /// <summary>Each class gives the same share; the order stays the shuffled one.</summary>
    private static RecordingSets Split(LabeledRecording[] shuffled, double heldOutFraction)
    {
        HashSet<LabeledRecording> heldOut =
        [
            .. shuffled.GroupBy(recording => recording.Label)
                .SelectMany(group => group.Take((int)Math.Round(group.Count() * heldOutFraction))),
        ];
        if (heldOut.Count == 0)
            throw new UserException("There are too few recordings to hold any out for the evaluation. Name some with --test.");
        return new([.. shuffled.Where(recording => !heldOut.Contains(recording))], [.. shuffled.Where(heldOut.Contains)]);
    }

    private static LabeledRecording[] ReadClasses(string root)
    {
        LabeledRecording[] recordings =
        [
            .. from classFolder in SetFolder.Folders(Unwrap(root))
               from file in Directory.EnumerateFiles(classFolder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
               where Path.GetFileName(file)[0] != '.'
               select new LabeledRecording { Path = file, Label = Path.GetFileName(classFolder) },
        ];
        return recordings.Length > 0
            ? recordings : throw new UserException($"'{root}' has no class folders with recordings. It must hold one folder a class.");
    }

    private static string Unwrap(string folder)
    {
        while (SetFolder.Folders(folder) is [string only] && SetFolder.Folders(only).Length > 0)
            folder = only;
        return folder;
    }
}

namespace TrainAndScore.Images;

/// <summary>The pictures to train on and the held-out ones to evaluate on.</summary>
/// <param name="Classes">The names of the classes, sorted; at least two.</param>
internal sealed record PictureSets(IReadOnlyList<LabeledPicture> Train, IReadOnlyList<LabeledPicture> Test, IReadOnlyList<string> Classes)
{
    private const double _heldOutFraction = 0.2;

    /// <summary>
    /// Reads the training pictures from <paramref name="imagesFolder"/> and the held-out ones from <paramref name="testFolder"/>. Without
    /// the latter: from the set's own parts where it has folders named train and test (or val), else a seeded fifth of each class.
    /// </summary>
    /// <exception cref="UserException">The folders do not hold the pictures of at least two classes.</exception>
    public static PictureSets Read(string imagesFolder, string? testFolder, int seed, Action<string> warn)
    {
        string? trainPart = PictureFolder.FindTrainPart(imagesFolder);
        IReadOnlyList<LabeledPicture> train = PictureFolder.Read(trainPart ?? imagesFolder, warn);
        string[] classes = [.. train.Select(picture => picture.Label).Distinct().Order(StringComparer.Ordinal)];
        if (classes.Length < 2)
            throw new UserException($"All pictures to train on are of one class, '{classes[0]}'. At least two class folders are needed.");

        if (testFolder is not null)
        {
            IReadOnlyList<LabeledPicture> test = PictureFolder.Read(PictureFolder.FindTestPart(testFolder) ?? testFolder, warn);
            return FindUnknown(test, classes) is not { } unknown
                ? new(train, test, classes)
                : throw new UserException(
                    $"'{testFolder}' has a class folder '{unknown}' that the pictures to train on lack. "
                    + "Both sets must name their folders alike.");
        }
        if (trainPart is not null && PictureFolder.FindTestPart(imagesFolder) is { } testPart)
        {
            IReadOnlyList<LabeledPicture> test = PictureFolder.Read(testPart, warn);
            if (FindUnknown(test, classes) is not { } unknown)
                return new(train, test, classes);
            warn(
                $"'{testPart}' is not used: it has a folder '{unknown}' that '{trainPart}' lacks. "
                + "A part of the training pictures is held out instead.");
        }
        return Split(train, classes, seed);
    }

    private static string? FindUnknown(IReadOnlyList<LabeledPicture> pictures, string[] classes) =>
        pictures.Select(picture => picture.Label).Distinct().Except(classes).Order(StringComparer.Ordinal).FirstOrDefault();

    private static PictureSets Split(IReadOnlyList<LabeledPicture> pictures, string[] classes, int seed)
    {
        var train = new List<LabeledPicture>();
        var heldOut = new List<LabeledPicture>();
        var random = new Random(seed);
        foreach (IGrouping<string, LabeledPicture> group in pictures.GroupBy(picture => picture.Label))
        {
            LabeledPicture[] shuffled = [.. group];
            random.Shuffle(shuffled);
            // A class of a single picture is kept for training.
            int count = (int)Math.Round(shuffled.Length * _heldOutFraction);
            heldOut.AddRange(shuffled[..count]);
            train.AddRange(shuffled[count..]);
        }
        if (heldOut.Count == 0)
            throw new UserException("There are too few pictures to hold any out for the evaluation. Name some with --test.");
        return new(train, heldOut, classes);
    }
}

using System.CommandLine;
using System.Globalization;
using System.Text;

namespace ScoreOnly;

/// <summary>The command line: a model, then pictures. Exit code 0 if every picture was classified, else 1.</summary>
internal static class ScoreCommand
{
    private const int _shownClasses = 3;

    public static int Invoke(string[] args)
    {
        // Windows' own encoding would make question marks of names beyond its code page.
        Console.OutputEncoding = Encoding.UTF8;
        var model = new Argument<string>("model") { Description = "The zip that TrainAndScore has saved.", HelpName = "model.zip" };
        var pictures = new Argument<string[]>("pictures")
        {
            Description = "Image files, or folders of them.", HelpName = "picture", Arity = ArgumentArity.OneOrMore,
        };
        var scoresOnly = new Option<bool>("--scores-only")
        {
            Description = "Print only the path and each class's probability with all its digits, separated by tabs.",
        };
        var root = new RootCommand("Classifies pictures with a saved model.") { model, pictures, scoresOnly };
        root.SetAction(result => Run(result.GetRequiredValue(model), result.GetRequiredValue(pictures), result.GetValue(scoresOnly)));
        return root.Parse(args).Invoke();
    }

    private static int Run(string modelPath, string[] paths, bool scoresOnly)
    {
        try
        {
            if (!File.Exists(modelPath))
                throw new FileNotFoundException($"There is no file '{modelPath}'. Train a model with TrainAndScore first.");
            using var classifier = new PictureClassifier(modelPath);
            bool allRight = true;
            foreach (string path in PictureFiles.Expand(paths))
            {
                if (PictureFiles.FindDamage(path) is { } damage)
                {
                    Console.Error.WriteLine($"'{path}': {damage}.");
                    allRight = false;
                    continue;
                }
                PicturePrediction prediction = classifier.Classify(path);
                Console.WriteLine(scoresOnly ? FormatScores(path, prediction) : FormatTopClasses(path, prediction, classifier.Classes));
            }
            return allRight ? 0 : 1;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static string FormatScores(string path, PicturePrediction prediction) => string.Join('\t',
        [path, .. prediction.Score.Select(score => score.ToString("R", CultureInfo.InvariantCulture))]);

    private static string FormatTopClasses(string path, PicturePrediction prediction, IReadOnlyList<string> classes)
    {
        IEnumerable<string> others = classes.Zip(prediction.Score).OrderByDescending(pair => pair.Second).Take(_shownClasses)
            .Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.First} {100 * pair.Second:F2}%"));
        return $"{path}: {prediction.PredictedClass} ({string.Join(", ", others)})";
    }
}

using Shapes;
using Spectre.Console;
using TrainAndScore.CommandLine;

namespace TrainAndScore.Images;

/// <summary>Gets the pictures that the settings ask for: drawn, from folders or out of zips.</summary>
internal static class PictureSource
{
    /// <param name="console">Shows what was found.</param>
    /// <param name="settings">Which pictures.</param>
    /// <param name="warn">Takes warnings.</param>
    /// <param name="process">Of several that train together, which this is: each draws into a folder of its own.</param>
    public static PictureSets Get(IAnsiConsole console, PictureSettings settings, Action<string> warn, int process = 0)
    {
        string status = settings.Images is null ? "Drawing pictures" : "Reading pictures";
        PictureSets sets = console.Status().Start(status, _ => Read(settings, warn, process));
        console.WriteLine(
            $"{sets.Train.Count} pictures to train on, {sets.Test.Count} held out, {sets.Classes.Count} classes: "
            + string.Join(", ", sets.Classes.Take(20)) + (sets.Classes.Count > 20 ? ", ..." : ""));
        return sets;
    }

    private static PictureSets Read(PictureSettings settings, Action<string> warn, int process)
    {
        string folder = Path.Combine(settings.Out, "images");
        if (settings.Images is null)
        {
            (string train, string test) = ShapeSet.Draw(Path.Combine(folder, process == 0 ? "shapes" : $"shapes-{process}"), settings.Seed);
            return PictureSets.Read(train, test, settings.Seed, warn);
        }
        string images = PictureArchive.ToFolder(settings.Images, folder);
        string? held = settings.Test is null ? null : PictureArchive.ToFolder(settings.Test, folder);
        return PictureSets.Read(images, held, settings.Seed, warn);
    }
}

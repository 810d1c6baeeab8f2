using System.Globalization;
using SkiaSharp;

namespace Shapes;

/// <summary>
/// The image set that the sample draws itself: PNG files in one folder a class, as any user's own images would be. The same seed draws
/// the same pictures.
/// </summary>
public static class ShapeSet
{
    private const int _trainingPicturesPerClass = 500, _testPicturesPerClass = 100;

    /// <summary>Draws into the folders <c>train</c> and <c>test</c> under <paramref name="folder"/>, replacing what was there.</summary>
    public static (string Train, string Test) Draw(string folder, int seed)
    {
        string train = Path.Combine(folder, "train"), test = Path.Combine(folder, "test");
        var random = new Random(seed);
        DrawClasses(train, _trainingPicturesPerClass, random);
        DrawClasses(test, _testPicturesPerClass, random);
        return (train, test);
    }

    private static void DrawClasses(string folder, int picturesPerClass, Random random)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var painter = new ShapePainter(random);
        foreach (Shape shape in Enum.GetValues<Shape>())
        {
            string classFolder = Path.Combine(folder, shape.ToString().ToLowerInvariant());
            Directory.CreateDirectory(classFolder);
            for (int i = 0; i < picturesPerClass; i++)
            {
                using SKBitmap picture = painter.Paint(shape);
                using FileStream file = File.Create(Path.Combine(classFolder, i.ToString("D4", CultureInfo.InvariantCulture) + ".png"));
                picture.Encode(file, SKEncodedImageFormat.Png, quality: 100);
            }
        }
    }
}

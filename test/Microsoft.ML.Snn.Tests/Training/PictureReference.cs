namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>
/// RandAugment's operations written down again, one pixel at a time in float64, on levels [C][H, W]; each gives what it computes before
/// that is rounded.
/// </summary>
internal static class PictureReference
{
    private static readonly double[] _gray = [0.299, 0.587, 0.114];

    /// <param name="operation">One operation.</param>
    /// <param name="picture">[C][H, W].</param>
    /// <param name="magnitude">0 to 30.</param>
    /// <param name="sign">1 or -1.</param>
    public static double[][,] Apply(PictureOperations operation, double[][,] picture, int magnitude, int sign)
    {
        (int height, int width) = (picture[0].GetLength(0), picture[0].GetLength(1));
        double share = sign * magnitude / 30.0, factor = 1 + 0.9 * share, angle = share * 30 * Math.PI / 180;
        return operation switch
        {
            PictureOperations.Identity => picture,
            PictureOperations.ShearX => Moved(picture, (y, x) => (y, x + 0.3 * share * y)),
            PictureOperations.ShearY => Moved(picture, (y, x) => (y + 0.3 * share * x, x)),
            PictureOperations.TranslateX => Moved(picture, (y, x) => (y, x + Math.Truncate(150.0 / 331 * share * width))),
            PictureOperations.TranslateY => Moved(picture, (y, x) => (y + Math.Truncate(150.0 / 331 * share * height), x)),
            PictureOperations.Rotate => Moved(picture, (y, x) =>
            {
                double dy = y - height / 2.0, dx = x - width / 2.0, radius = Math.Sqrt(dx * dx + dy * dy), at = Math.Atan2(dy, dx) + angle;
                return (height / 2.0 + radius * Math.Sin(at), width / 2.0 + radius * Math.Cos(at));
            }),
            PictureOperations.Brightness => Each(picture, (c, y, x) => factor * picture[c][y, x]),
            PictureOperations.Color => picture.Length != 3 ? picture : Each(picture, (c, y, x) =>
            {
                double gray = Gray(picture, y, x);
                return gray + factor * (picture[c][y, x] - gray);
            }),
            PictureOperations.Contrast => Contrast(picture, factor),
            PictureOperations.Sharpness => Each(picture, (c, y, x) =>
            {
                if (y == 0 || x == 0 || y == height - 1 || x == width - 1)
                    return picture[c][y, x];
                double around = 4 * picture[c][y, x];
                for (int dy = -1; dy <= 1; dy++)
                {
                    for (int dx = -1; dx <= 1; dx++)
                        around += picture[c][y + dy, x + dx];
                }
                return around / 13 * (1 - factor) + picture[c][y, x] * factor;
            }),
            PictureOperations.Posterize => Each(picture, (c, y, x) =>
            {
                double step = Math.Pow(2, Math.Round(4 * magnitude / 30.0));
                return Math.Floor(picture[c][y, x] / step) * step;
            }),
            PictureOperations.Solarize => Each(picture, (c, y, x) =>
                picture[c][y, x] >= 256 - 256 * magnitude / 30.0 ? 255 - picture[c][y, x] : picture[c][y, x]),
            PictureOperations.AutoContrast => [.. picture.SelectMany(AutoContrast)],
            PictureOperations.Equalize => [.. picture.SelectMany(Equalize)],
            _ => throw new NotSupportedException($"{operation}"),
        };
    }

    private static double[][,] AutoContrast(double[,] plane)
    {
        double least = plane.Cast<double>().Min(), largest = plane.Cast<double>().Max();
        return least == largest ? [plane] : Each([plane], (_, y, x) => (plane[y, x] - least) / (largest - least) * 255);
    }

    private static double[][,] Equalize(double[,] plane)
    {
        double[] sorted = [.. plane.Cast<double>().Order()];
        double unit = Math.Floor(Array.IndexOf(sorted, sorted[^1]) / 255.0);
        return unit == 0 ? [plane] : Each(
            [plane], (_, y, x) => Math.Min(255, Math.Floor((Array.IndexOf(sorted, plane[y, x]) + Math.Floor(unit / 2)) / unit)));
    }

    private static double[][,] Contrast(double[][,] picture, double factor)
    {
        (int height, int width) = (picture[0].GetLength(0), picture[0].GetLength(1));
        double mean = 0;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                mean += (picture.Length == 3 ? Gray(picture, y, x) : picture.Average(plane => plane[y, x])) / (height * width);
        }
        return Each(picture, (c, y, x) => mean + factor * (picture[c][y, x] - mean));
    }

    private static double Gray(double[][,] picture, int y, int x) => Enumerable.Range(0, 3).Sum(c => _gray[c] * picture[c][y, x]);

    /// <summary>Each pixel from the one whose square holds the place that its own middle is taken to.</summary>
    private static double[][,] Moved(double[][,] picture, Func<double, double, (double Y, double X)> source) => Each(picture, (c, y, x) =>
    {
        (double fromY, double fromX) = source(y + 0.5, x + 0.5);
        (int row, int column) = ((int)Math.Floor(fromY + 1e-9), (int)Math.Floor(fromX + 1e-9));
        bool isInside = row >= 0 && column >= 0 && row < picture[c].GetLength(0) && column < picture[c].GetLength(1);
        return isInside ? picture[c][row, column] : 0;
    });

    private static double[][,] Each(double[][,] picture, Func<int, int, int, double> pixel)
    {
        double[][,] result = [.. picture.Select(plane => (double[,])plane.Clone())];
        for (int c = 0; c < picture.Length; c++)
        {
            for (int y = 0; y < picture[c].GetLength(0); y++)
            {
                for (int x = 0; x < picture[c].GetLength(1); x++)
                    result[c][y, x] = pixel(c, y, x);
            }
        }
        return result;
    }
}

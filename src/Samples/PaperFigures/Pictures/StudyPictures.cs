using PaperFigures.CommandLine;
using SkiaSharp;

namespace PaperFigures.Pictures;

/// <summary>The pictures of a study: training pictures, held-out ones, and what they are.</summary>
/// <param name="Train">To train and measure on.</param>
/// <param name="Test">Held out.</param>
/// <param name="Source">What they are, in words.</param>
internal sealed record StudyPictures(PictureSet Train, PictureSet Test, string Source)
{
    private const int _seed = 1;

    /// <exception cref="UserException">The folder has no CIFAR-10, or too few pictures.</exception>
    public static StudyPictures Read(Settings settings)
    {
        int train = settings.Sizes.TrainingPictures, test = settings.Sizes.TestPictures;
        if (settings.Data is { } folder)
        {
            return Normalize(
                PictureZip.Read(Path.Combine(folder, "cifar10-train.zip"), train, settings.Size, _seed),
                PictureZip.Read(Path.Combine(folder, "cifar10-test.zip"), test, settings.Size, _seed),
                $"CIFAR-10, {settings.Size} x {settings.Size}");
        }
        var random = new Random(_seed);
        return Normalize(
            DrawnPictures.Draw(train, settings.Size, random), DrawnPictures.Draw(test, settings.Size, random),
            $"drawn shapes, {settings.Size} x {settings.Size}");
    }

    /// <summary>Writes a picture's channels, 0 to 1, each the mean of square tiles of pixels.</summary>
    /// <exception cref="UserException">The picture cannot be divided into such tiles.</exception>
    public static void CopyPixels(SKBitmap picture, int size, Span<float> destination, string name)
    {
        int tile = picture.Width / size;
        if (tile < 1 || picture.Width != tile * size || picture.Height != picture.Width)
            throw new UserException($"'{name}' has {picture.Width} x {picture.Height} pixels: it cannot be brought to {size} x {size}.");
        destination.Clear();
        for (int y = 0; y < picture.Height; y++)
        {
            for (int x = 0; x < picture.Width; x++)
            {
                SKColor color = picture.GetPixel(x, y);
                int at = y / tile * size + x / tile;
                destination[at] += color.Red;
                destination[size * size + at] += color.Green;
                destination[2 * size * size + at] += color.Blue;
            }
        }
        for (int i = 0; i < destination.Length; i++)
            destination[i] /= 255f * tile * tile;
    }

    /// <summary>Both sets by the training set's mean and deviation of each channel.</summary>
    private static StudyPictures Normalize(PictureSet train, PictureSet test, string source)
    {
        int plane = train.Size * train.Size;
        for (int channel = 0; channel < PictureSet.Channels; channel++)
        {
            double sum = 0, squares = 0, count = (double)train.Count * plane;
            Each(train, channel, (ref float value) => sum += value);
            double mean = sum / count;
            Each(train, channel, (ref float value) => squares += (value - mean) * (value - mean));
            double deviation = Math.Sqrt(squares / count);
            foreach (PictureSet set in (PictureSet[])[train, test])
                Each(set, channel, (ref float value) => value = (float)((value - mean) / deviation));
        }
        return new(train, test, source);

        void Each(PictureSet set, int channel, RefAction action)
        {
            for (int i = 0; i < set.Count; i++)
            {
                foreach (ref float value in set.Values.AsSpan(i * set.Length + channel * plane, plane))
                    action(ref value);
            }
        }
    }

    private delegate void RefAction(ref float value);
}

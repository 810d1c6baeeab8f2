using Shapes;
using SkiaSharp;

namespace PaperFigures.Pictures;

/// <summary>Pictures of the ten shapes, where there are no others.</summary>
internal static class DrawnPictures
{
    public static PictureSet Draw(int count, int size, Random random)
    {
        Shape[] shapes = Enum.GetValues<Shape>();
        var painter = new ShapePainter(random);
        var set = new PictureSet(new float[count * PictureSet.Channels * size * size], new long[count], size);
        for (int i = 0; i < count; i++)
        {
            int label = i % shapes.Length;
            set.Labels[i] = label;
            using SKBitmap picture = painter.Paint(shapes[label]);
            StudyPictures.CopyPixels(picture, size, set.Values.AsSpan(i * set.Length, set.Length), shapes[label].ToString());
        }
        return set;
    }
}

namespace Microsoft.ML.Snn.Training.Pictures;

/// <summary>Operations that move pixels, all channels alike: each pixel is that of the nearest place, black outside.</summary>
/// <param name="height">H.</param>
/// <param name="width">W.</param>
internal sealed class PictureWarp(int height, int width)
{
    private const int Outside = -1;

    // A place on the border of two pixels is in the one further right or down, whatever rounding has made of it.
    private const double Border = 1e-9;

    private readonly int[] _sources = new int[height * width];

    /// <summary>Takes each pixel from a place <paramref name="slope"/> times its distance from the top further right.</summary>
    public void ShearX(PictureLevels picture, double slope) => Apply(picture, 1, slope, 0, 0, 1, 0);

    /// <summary>Takes each pixel from a place <paramref name="slope"/> times its distance from the left further down.</summary>
    public void ShearY(PictureLevels picture, double slope) => Apply(picture, 1, 0, 0, slope, 1, 0);

    /// <summary>Takes each pixel from so many pixels further right and further down.</summary>
    public void Translate(PictureLevels picture, int right, int down) => Apply(picture, 1, 0, right, 0, 1, down);

    /// <summary>Turns the picture about its center.</summary>
    public void Rotate(PictureLevels picture, double degrees)
    {
        (double sine, double cosine) = Math.SinCos(degrees * Math.PI / 180);
        double x = width / 2.0, y = height / 2.0;
        Apply(picture, cosine, -sine, x - cosine * x + sine * y, sine, cosine, y - sine * x - cosine * y);
    }

    /// <summary>Takes the pixel whose middle is (x, y) from (xx x + xy y + x0, yx x + yy y + y0).</summary>
    private void Apply(PictureLevels picture, double xx, double xy, double x0, double yx, double yy, double y0)
    {
        for (int y = 0, i = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, i++)
            {
                int fromX = (int)Math.Floor(xx * (x + 0.5) + xy * (y + 0.5) + x0 + Border);
                int fromY = (int)Math.Floor(yx * (x + 0.5) + yy * (y + 0.5) + y0 + Border);
                _sources[i] = (uint)fromX < (uint)width && (uint)fromY < (uint)height ? fromY * width + fromX : Outside;
            }
        }
        for (int c = 0; c < picture.Channels; c++)
        {
            ReadOnlySpan<byte> source = picture.Plane(c);
            Span<byte> target = picture.Other.Slice(c * source.Length, source.Length);
            for (int i = 0; i < target.Length; i++)
                target[i] = _sources[i] == Outside ? (byte)0 : source[_sources[i]];
        }
        picture.Swap();
    }
}

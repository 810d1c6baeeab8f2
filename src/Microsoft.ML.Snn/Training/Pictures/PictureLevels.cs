namespace Microsoft.ML.Snn.Training.Pictures;

/// <summary>A picture [C, H, W] of levels from 0, black, to 255, white; operations change it in place.</summary>
/// <param name="channels">C.</param>
/// <param name="height">H.</param>
/// <param name="width">W.</param>
internal sealed class PictureLevels(int channels, int height, int width)
{
    private byte[] _levels = new byte[channels * height * width];
    private byte[] _other = new byte[channels * height * width];

    public int Channels => channels;

    public int Height => height;

    public int Width => width;

    public int PlaneLength => height * width;

    /// <summary>All channels, one after the other.</summary>
    public Span<byte> Levels => _levels;

    /// <summary>A buffer of the same size, for what is made of the picture; <see cref="Swap"/> makes it the picture.</summary>
    public Span<byte> Other => _other;

    public Span<byte> Plane(int channel) => Levels.Slice(channel * PlaneLength, PlaneLength);

    public void Swap() => (_levels, _other) = (_other, _levels);

    /// <summary>Takes a picture's pixels, each at the nearest level.</summary>
    public void Read(ReadOnlySpan<float> pixels, float black, float white)
    {
        float scale = byte.MaxValue / (white - black);
        for (int i = 0; i < _levels.Length; i++)
            _levels[i] = (byte)Math.Clamp((pixels[i] - black) * scale + 0.5f, 0, byte.MaxValue);
    }

    /// <summary>Gives the pixels.</summary>
    public void Write(Span<float> pixels, float black, float white)
    {
        float scale = (white - black) / byte.MaxValue;
        for (int i = 0; i < _levels.Length; i++)
            pixels[i] = black + _levels[i] * scale;
    }
}

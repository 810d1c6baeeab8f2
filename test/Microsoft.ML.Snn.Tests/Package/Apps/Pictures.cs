using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

/// <summary>What both apps know: pictures of 8x8 pixels, red or blue, the same in each process.</summary>
public sealed class Picture
{
    public const int Size = 8;

    [ImageType(Size, Size)]
    public MLImage Image { get; set; } = null!;

    public string Name { get; set; } = "";

    /// <summary>Draws anew in every pass, since the transforms dispose the images that they have read.</summary>
    public static IEnumerable<Picture> Draw(int count)
    {
        var random = new Random(3);
        for (int i = 0; i < count; i++)
            yield return new Picture { Image = Draw(random, red: i % 2 == 0), Name = i % 2 == 0 ? "red" : "blue" };
    }

    private static MLImage Draw(Random random, bool red)
    {
        var pixels = new byte[Size * Size * 4];
        for (int i = 0; i < pixels.Length; i += 4)
        {
            byte noise = (byte)random.Next(80), color = (byte)random.Next(150, 256);
            (pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]) = (red ? noise : color, noise, red ? color : noise, 255);
        }
        return MLImage.CreateFromPixels(Size, Size, MLPixelFormat.Bgra32, pixels);
    }
}

public sealed class Prediction
{
    public float[] Score { get; set; } = [];

    public string Guess { get; set; } = "";

    /// <summary>Every bit of the scores.</summary>
    public override string ToString() =>
        $"{Guess} {string.Join(' ', Score.Select(score => BitConverter.SingleToUInt32Bits(score).ToString("x8")))}";
}

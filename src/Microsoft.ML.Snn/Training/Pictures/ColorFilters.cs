namespace Microsoft.ML.Snn.Training.Pictures;

/// <summary>Operations that change a pixel by its other channels or by its neighbors.</summary>
internal static class ColorFilters
{
    /// <summary>Of red, green and blue in gray (ITU-R BT.601).</summary>
    public static ReadOnlySpan<float> Weights => [0.299f, 0.587f, 0.114f];

    /// <summary>Distances from each pixel's gray times <paramref name="factor"/>, where there are three channels.</summary>
    public static void Color(PictureLevels picture, float factor)
    {
        if (picture.Channels != Weights.Length)
            return;
        Span<byte> red = picture.Plane(0), green = picture.Plane(1), blue = picture.Plane(2);
        float ofRed = Weights[0], ofGreen = Weights[1], ofBlue = Weights[2];
        for (int i = 0; i < red.Length; i++)
        {
            float gray = ofRed * red[i] + ofGreen * green[i] + ofBlue * blue[i];
            red[i] = Round(gray + factor * (red[i] - gray));
            green[i] = Round(gray + factor * (green[i] - gray));
            blue[i] = Round(gray + factor * (blue[i] - gray));
        }
    }

    /// <summary>
    /// Distances from the mean around, in which a pixel counts 5 and each of its eight neighbors 1, times <paramref name="factor"/>. The
    /// outermost pixels stay as they are.
    /// </summary>
    public static void Sharpness(PictureLevels picture, float factor)
    {
        const int Center = 5, Total = Center + 8;
        int width = picture.Width;
        picture.Levels.CopyTo(picture.Other);
        // Before it, the sums of three in each column of three rows.
        Span<int> sums = width <= 1024 ? stackalloc int[width] : new int[width];
        for (int row = 1; row < picture.Channels * picture.Height - 1; row++)
        {
            int y = row % picture.Height;
            if (y == 0 || y == picture.Height - 1)
                continue;
            ReadOnlySpan<byte> above = picture.Levels.Slice((row - 1) * width, width), here = picture.Levels.Slice(row * width, width);
            ReadOnlySpan<byte> below = picture.Levels.Slice((row + 1) * width, width);
            Span<byte> target = picture.Other.Slice(row * width, width);
            for (int x = 0; x < width; x++)
                sums[x] = above[x] + here[x] + below[x];
            for (int x = 1; x < width - 1; x++)
            {
                int level = here[x];
                float mean = (sums[x - 1] + sums[x] + sums[x + 1] + (Center - 1) * level) * (1f / Total);
                target[x] = Round(mean + factor * (level - mean));
            }
        }
        picture.Swap();
    }

    private static byte Round(float level) => (byte)Math.Clamp(level + 0.5f, 0, byte.MaxValue);
}

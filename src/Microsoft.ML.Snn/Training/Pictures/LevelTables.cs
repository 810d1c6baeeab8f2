namespace Microsoft.ML.Snn.Training.Pictures;

/// <summary>Operations that change each level by itself: each fills a table of 256 levels, from which the picture is then made.</summary>
internal static class LevelTables
{
    private const int Levels = 256, Largest = 255;

    /// <summary>Levels times <paramref name="factor"/>.</summary>
    public static void Brightness(PictureLevels picture, double factor) => Distance(picture, from: 0, factor);

    /// <summary>Distances from the mean gray times <paramref name="factor"/>.</summary>
    public static void Contrast(PictureLevels picture, double factor)
    {
        double mean = 0;
        for (int c = 0; c < picture.Channels; c++)
        {
            long sum = 0;
            foreach (byte level in picture.Plane(c))
                sum += level;
            double share = picture.Channels == ColorFilters.Weights.Length ? ColorFilters.Weights[c] : 1.0 / picture.Channels;
            mean += share * sum / picture.PlaneLength;
        }
        Distance(picture, mean, factor);
    }

    /// <summary>The highest <paramref name="bits"/> of each level.</summary>
    public static void Posterize(PictureLevels picture, int bits)
    {
        Span<byte> table = stackalloc byte[Levels];
        for (int i = 0; i < Levels; i++)
            table[i] = (byte)(i & Largest << (8 - bits));
        Map(picture.Levels, table);
    }

    /// <summary>Inverts levels of <paramref name="threshold"/> and above.</summary>
    public static void Solarize(PictureLevels picture, double threshold)
    {
        Span<byte> table = stackalloc byte[Levels];
        for (int i = 0; i < Levels; i++)
            table[i] = (byte)(i < threshold ? i : Largest - i);
        Map(picture.Levels, table);
    }

    /// <summary>Stretches each channel to all levels; one of a single level stays as it is.</summary>
    public static void AutoContrast(PictureLevels picture)
    {
        Span<byte> table = stackalloc byte[Levels];
        for (int c = 0; c < picture.Channels; c++)
        {
            Span<byte> plane = picture.Plane(c);
            int least = Largest, largest = 0;
            foreach (byte level in plane)
                (least, largest) = (Math.Min(least, level), Math.Max(largest, level));
            if (least == largest)
                continue;
            for (int i = least; i <= largest; i++)
                table[i] = Round((double)Largest * (i - least) / (largest - least));
            Map(plane, table);
        }
    }

    /// <summary>
    /// Maps each level of a channel to the number of pixels of lower levels, in units of which 255 come up to all pixels but those of the
    /// highest level. A channel with too few pixels for a unit stays as it is.
    /// </summary>
    public static void Equalize(PictureLevels picture)
    {
        Span<byte> table = stackalloc byte[Levels];
        Span<int> counts = stackalloc int[Levels];
        for (int c = 0; c < picture.Channels; c++)
        {
            Span<byte> plane = picture.Plane(c);
            counts.Clear();
            foreach (byte level in plane)
                counts[level]++;
            int unit = (plane.Length - counts[counts.LastIndexOfAnyExcept(0)]) / Largest;
            if (unit == 0)
                continue;
            int lower = unit / 2;
            for (int i = 0; i < Levels; i++)
            {
                table[i] = (byte)Math.Min(lower / unit, Largest);
                lower += counts[i];
            }
            Map(plane, table);
        }
    }

    private static void Distance(PictureLevels picture, double from, double factor)
    {
        Span<byte> table = stackalloc byte[Levels];
        for (int i = 0; i < Levels; i++)
            table[i] = Round(from + factor * (i - from));
        Map(picture.Levels, table);
    }

    private static byte Round(double level) => (byte)Math.Clamp(level + 0.5, 0, Largest);

    private static void Map(Span<byte> levels, ReadOnlySpan<byte> table)
    {
        foreach (ref byte level in levels)
            level = table[level];
    }
}

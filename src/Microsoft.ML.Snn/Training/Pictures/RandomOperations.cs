namespace Microsoft.ML.Snn.Training.Pictures;

/// <summary>Draws <see cref="RandAugment"/>'s operations and applies them to pictures [C, H, W], one after the other.</summary>
internal sealed class RandomOperations(RandAugment settings, int channels, int height, int width)
{
    private readonly PictureOperations[] _operations = [.. Enum.GetValues<PictureOperations>()
        .Where(operation => operation != PictureOperations.All && settings.Operations.HasFlag(operation))];

    private readonly PictureLevels _picture = new(channels, height, width);
    private readonly PictureWarp _warp = new(height, width);

    /// <summary>Changes a picture of raw pixels.</summary>
    /// <param name="pixels">[C, H, W].</param>
    /// <param name="random">Draws the operations.</param>
    public void Apply(Span<float> pixels, Random random)
    {
        (float black, float white) = ((float)settings.Black, (float)settings.White);
        _picture.Read(pixels, black, white);
        for (int i = 0; i < settings.Count; i++)
        {
            PictureOperations operation = _operations[random.Next(_operations.Length)];
            Apply(operation, random.Next(2) == 0 ? 1 : -1);
        }
        _picture.Write(pixels, black, white);
    }

    private void Apply(PictureOperations operation, int sign)
    {
        double strength = (double)settings.Magnitude / RandAugment.MaxMagnitude;
        double slope = sign * 0.3 * strength, shift = sign * 150.0 / 331 * strength, factor = 1 + sign * 0.9 * strength;
        switch (operation)
        {
            case PictureOperations.ShearX:
                _warp.ShearX(_picture, slope);
                break;
            case PictureOperations.ShearY:
                _warp.ShearY(_picture, slope);
                break;
            case PictureOperations.TranslateX:
                _warp.Translate(_picture, (int)(shift * width), 0);
                break;
            case PictureOperations.TranslateY:
                _warp.Translate(_picture, 0, (int)(shift * height));
                break;
            case PictureOperations.Rotate:
                _warp.Rotate(_picture, sign * 30 * strength);
                break;
            case PictureOperations.Brightness:
                LevelTables.Brightness(_picture, factor);
                break;
            case PictureOperations.Color:
                ColorFilters.Color(_picture, (float)factor);
                break;
            case PictureOperations.Contrast:
                LevelTables.Contrast(_picture, factor);
                break;
            case PictureOperations.Sharpness:
                ColorFilters.Sharpness(_picture, (float)factor);
                break;
            case PictureOperations.Posterize:
                LevelTables.Posterize(_picture, 8 - (int)Math.Round(4 * strength));
                break;
            case PictureOperations.Solarize:
                LevelTables.Solarize(_picture, 256 * (1 - strength));
                break;
            case PictureOperations.AutoContrast:
                LevelTables.AutoContrast(_picture);
                break;
            case PictureOperations.Equalize:
                LevelTables.Equalize(_picture);
                break;
        }
    }
}

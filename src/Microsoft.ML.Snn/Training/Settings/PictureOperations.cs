namespace Microsoft.ML.Snn;

/// <summary>What <see cref="RandAugment"/> may do with a picture. How far it goes depends on the magnitude M, 0 to 30.</summary>
/// <remarks>
/// They are those of RandAugment (Cubuk et al., 2020), with the ranges of torchvision, on levels from 0 to 255. Pixels from outside the
/// picture are black; pixels are taken from the nearest place. What an operation computes is rounded to the nearest level. Where it says
/// "up to", the sign is drawn too.
/// </remarks>
[Flags]
public enum PictureOperations
{
    /// <summary>Nothing.</summary>
    Identity = 1 << 0,

    /// <summary>Moves rows sideways, the further down the more: by up to 0.3 M / 30 pixels a row.</summary>
    ShearX = 1 << 1,

    /// <summary>Moves columns up or down, the further right the more: by up to 0.3 M / 30 pixels a column.</summary>
    ShearY = 1 << 2,

    /// <summary>Moves the picture sideways by up to 150 / 331 M / 30 of its width, in whole pixels.</summary>
    TranslateX = 1 << 3,

    /// <summary>Moves the picture up or down by up to 150 / 331 M / 30 of its height, in whole pixels.</summary>
    TranslateY = 1 << 4,

    /// <summary>Turns the picture about its center by up to M degrees.</summary>
    Rotate = 1 << 5,

    /// <summary>Multiplies each level by 1 plus or minus 0.9 M / 30.</summary>
    Brightness = 1 << 6,

    /// <summary>
    /// Multiplies each pixel's distance from its gray, 0.299 red + 0.587 green + 0.114 blue, by 1 plus or minus 0.9 M / 30. Pictures that
    /// have not three channels stay as they are.
    /// </summary>
    Color = 1 << 7,

    /// <summary>
    /// Multiplies each level's distance from the picture's mean gray (the mean of all channels where there are not three) by 1 plus or
    /// minus 0.9 M / 30.
    /// </summary>
    Contrast = 1 << 8,

    /// <summary>
    /// Multiplies each level's distance from the mean around it, in which it counts 5 and its neighbors 1, by 1 plus or minus 0.9 M / 30.
    /// The outermost pixels stay as they are.
    /// </summary>
    Sharpness = 1 << 9,

    /// <summary>Keeps the highest 8 - 4 M / 30 bits of each level, rounded.</summary>
    Posterize = 1 << 10,

    /// <summary>Inverts levels of 256 (1 - M / 30) and above.</summary>
    Solarize = 1 << 11,

    /// <summary>Stretches each channel to levels from 0 to 255.</summary>
    AutoContrast = 1 << 12,

    /// <summary>Spreads the levels of each channel so that about equally many pixels have each.</summary>
    Equalize = 1 << 13,

    /// <summary>All of the above.</summary>
    All = (1 << 14) - 1,
}

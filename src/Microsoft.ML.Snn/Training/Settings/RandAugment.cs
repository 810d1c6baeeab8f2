namespace Microsoft.ML.Snn;

/// <summary>
/// Random operations on the pixels of each training picture (RandAugment, Cubuk, Zoph, Shlens and Le, 2020): some are drawn, each as likely
/// as any other, and applied one after the other. For <see cref="ImageAugmentation.RandAugment"/>.
/// </summary>
/// <remarks>
/// They work on levels from 0, black, to 255, white: pixels are brought to the nearest of these, and back. <see cref="Black"/> and
/// <see cref="White"/> say which values of the feature column these are. For pictures [C, H, W] of any number of channels; three are taken
/// for red, green and blue.
/// </remarks>
public sealed record RandAugment
{
    internal const int MaxMagnitude = 30;

    /// <summary>Number of operations a picture, at least 1; one may be drawn again. Default 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Count
    {
        get;
        init => field = value >= 1
            ? value : throw new ArgumentOutOfRangeException(nameof(Count), value, "The number of operations a picture must be at least 1.");
    } = 2;

    /// <summary>
    /// How far operations go, 0 to 30, the scale of torchvision: <see cref="PictureOperations"/> says what it is for each. A magnitude of m
    /// on the scale from 0 to 10 is 3 m here. Default 9.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int Magnitude
    {
        get;
        init => field = value is >= 0 and <= MaxMagnitude
            ? value : throw new ArgumentOutOfRangeException(nameof(Magnitude), value, "The magnitude must be from 0 to 30.");
    } = 9;

    /// <summary>
    /// What is drawn from: <c>PictureOperations.All &amp; ~PictureOperations.Rotate</c>, for instance, turns nothing. Default
    /// <see cref="PictureOperations.All"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no operation, or one that is not defined.</exception>
    public PictureOperations Operations
    {
        get;
        init => field = value != 0 && (value & ~PictureOperations.All) == 0
            ? value : throw new ArgumentOutOfRangeException(
                nameof(Operations), value, "There must be one operation at least, and none that is not defined.");
    } = PictureOperations.All;

    /// <summary>The value of a feature that is black. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite in float32.</exception>
    public double Black { get; init => field = CheckPixel(value, nameof(Black)); }

    /// <summary>
    /// The value of a feature that is white; another than <see cref="Black"/>. Training refuses a set with pixels outside of the two, or
    /// that are so close together that fewer than four levels lie between them. Default 255, as <c>ExtractPixels</c> gives pixels without
    /// a scale or an offset.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite in float32.</exception>
    public double White { get; init => field = CheckPixel(value, nameof(White)); } = 255;

    /// <exception cref="ArgumentOutOfRangeException">Black and white are the same.</exception>
    internal void Validate()
    {
        if (!float.IsNormal((float)(White - Black)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(White), White, $"The option White must differ from Black, {Black}, by a finite number in float32.");
        }
    }

    /// <summary>Compares the pixels of a training set with what black and white are said to be.</summary>
    /// <param name="least">The least value of the set.</param>
    /// <param name="largest">The largest.</param>
    /// <param name="column">The feature column.</param>
    /// <exception cref="InvalidOperationException">They do not fit.</exception>
    internal void CheckPixels(float least, float largest, string column)
    {
        (double low, double high) = (Math.Min(Black, White), Math.Max(Black, White));
        // Values and bounds may have been rounded to float32 in different ways.
        double tolerance = 1e-5 * (high - low);
        bool isOutside = least < low - tolerance || largest > high + tolerance;
        if (isOutside || largest - least < 3 * (high - low) / byte.MaxValue)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"The values of feature column '{column}' are from {least} to {largest}, but RandAugment takes {Black} for black and ")
                + FormattableString.Invariant($"{White} for white: {(isOutside ? "some are outside" : "they are nearly all the same")}. ")
                + "Set its options Black and White to what your pixels have.");
        }
    }

    private static double CheckPixel(double value, string option) => float.IsFinite((float)value)
        ? value : throw new ArgumentOutOfRangeException(option, value, "The value of a pixel must be finite, in float32 too.");
}

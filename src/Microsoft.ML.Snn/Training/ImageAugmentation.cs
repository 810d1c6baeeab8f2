namespace Microsoft.ML.Snn;

/// <summary>
/// Random changes to each training sample, drawn anew every epoch from the trainer's seed. All channels and time steps of a sample change
/// alike.
/// Validation and scoring are not affected.
/// </summary>
public sealed record ImageAugmentation
{
    /// <summary>The usual choice for CIFAR-10 and images like it: crop with padding 4 and horizontal flip.</summary>
    public static ImageAugmentation Standard { get; } = new() { CropPadding = 4, HorizontalFlip = true };

    /// <summary>
    /// The sample is shifted by up to this many pixels, each way in each direction (padding by zeros and cropping at random). 0 (default)
    /// for none.
    /// </summary>
    public int CropPadding { get; init; }

    /// <summary>Whether every second sample, on average, is mirrored left to right. Default false.</summary>
    public bool HorizontalFlip { get; init; }

    /// <summary>
    /// Side, in pixels, of a square at a random place that is blanked with the mean (cutout, DeVries and Taylor, 2017); it may reach over
    /// the
    /// border. 0 (default) for none.
    /// </summary>
    public int CutoutSize { get; init; }

    internal void Validate()
    {
        if (CropPadding < 0)
            throw new ArgumentOutOfRangeException(nameof(CropPadding), CropPadding, "The padding of random crops must be 0 or more pixels.");
        if (CutoutSize < 0)
            throw new ArgumentOutOfRangeException(nameof(CutoutSize), CutoutSize, "The side of the cutout square must be 0 or more pixels.");
    }
}

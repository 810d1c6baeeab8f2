namespace Microsoft.ML.Snn;

/// <summary>
/// Random changes to each training sample, an image or event frames, drawn anew every epoch from the trainer's seed. All channels and time
/// steps of a sample are shifted, mirrored and cut alike. Validation and scoring are not affected.
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
    /// the border. 0 (default) for none.
    /// </summary>
    public int CutoutSize { get; init; }

    /// <summary>
    /// Largest share of the events of a sample that is dropped, 0 to below 1: each sample draws its share uniformly from 0 to this, then
    /// loses each of its events with that probability (EventDrop, Gu, Sng, Hu and Yu, 2021). For event frames [T, C, H, W], whose elements
    /// must be 0 or more: an element n stands for n events, and a fraction beyond that for one more. 0 (default) for none.
    /// </summary>
    public double EventDrop { get; init; }

    internal void Validate()
    {
        if (CropPadding < 0)
            throw new ArgumentOutOfRangeException(nameof(CropPadding), CropPadding, "The padding of random crops must be 0 or more pixels.");
        if (CutoutSize < 0)
            throw new ArgumentOutOfRangeException(nameof(CutoutSize), CutoutSize, "The side of the cutout square must be 0 or more pixels.");
        if (!(EventDrop >= 0 && EventDrop < 1))
            throw new ArgumentOutOfRangeException(nameof(EventDrop), EventDrop, "The share of dropped events must be from 0 to below 1.");
    }

    /// <exception cref="ArgumentOutOfRangeException">Samples of this shape cannot be changed so.</exception>
    internal void Check(SampleShape shape)
    {
        if (EventDrop > 0 && shape.Slices is null)
        {
            throw ColumnCheck.Unsuitable(
                $"The option {nameof(EventDrop)} is for event frames [T, C, H, W], but the samples are images {shape}: leave it 0.", nameof(EventDrop));
        }
    }
}

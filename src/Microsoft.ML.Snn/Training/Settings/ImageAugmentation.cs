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
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int CropPadding
    {
        get;
        init => field = value >= 0
            ? value : throw new ArgumentOutOfRangeException(
                nameof(CropPadding), value, "The padding of random crops must be 0 or more pixels.");
    }

    /// <summary>Whether every second sample, on average, is mirrored left to right. Default false.</summary>
    public bool HorizontalFlip { get; init; }

    /// <summary>
    /// Side, in pixels, of a square at a random place that is blanked with the mean (cutout, DeVries and Taylor, 2017); it may reach over
    /// the border. 0 (default) for none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int CutoutSize
    {
        get;
        init => field = value >= 0
            ? value : throw new ArgumentOutOfRangeException(
                nameof(CutoutSize), value, "The side of the cutout square must be 0 or more pixels.");
    }

    /// <summary>
    /// Random operations on the pixels, after shift and mirroring and before the square is cut out. For pictures [C, H, W]. Null (default)
    /// for none.
    /// </summary>
    public RandAugment? RandAugment { get; init; }

    /// <summary>
    /// Parameter alpha of mixup (Zhang, Cisse, Dauphin and Lopez-Paz, 2018): each sample becomes a mean of itself and another of its
    /// batch, of which the other has a share drawn from the distribution Beta(alpha, alpha). Its loss is the mean of the losses for the two
    /// labels with the same shares, each with the weight of the sample whose label it is. It comes after all other changes and needs
    /// batches of two samples at least. 0 (default) for none; otherwise 0.001 to 1000, and 0.2 to 1 are usual.
    /// </summary>
    /// <remarks>
    /// <see cref="TrainingMetrics.Accuracy"/> counts a mixed sample as right where it is taken for the class of the larger share.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, infinite or NaN.</exception>
    public double MixupAlpha { get; init => field = CheckAlpha(value, nameof(MixupAlpha)); }

    /// <summary>
    /// Parameter alpha of CutMix (Yun et al., 2019): a rectangle of each sample, at a random place, is replaced by what another
    /// sample of the batch has there. The rectangle's share of the area is drawn from Beta(alpha, alpha), less what is beyond the border;
    /// labels, weights and accuracy as for <see cref="MixupAlpha"/>. Where both are above 0, each sample is mixed by the one or the other,
    /// as likely. 0 (default) for none; otherwise 0.001 to 1000, and 1 is usual.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, infinite or NaN.</exception>
    public double CutMixAlpha { get; init => field = CheckAlpha(value, nameof(CutMixAlpha)); }

    /// <summary>
    /// Share of the samples that <see cref="MixupAlpha"/> and <see cref="CutMixAlpha"/> mix, on average, above 0 and at most 1. Without
    /// both it does nothing. Default 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, or NaN.</exception>
    public double MixingProbability
    {
        get;
        init => field = value is > 0 and <= 1
            ? value : throw new ArgumentOutOfRangeException(
                nameof(MixingProbability), value, "The share of mixed samples must be above 0 and at most 1.");
    } = 1;

    /// <summary>
    /// Largest share of the events of a sample that is dropped, 0 to below 1: each sample draws its share uniformly from 0 to this, then
    /// loses each of its events with that probability (EventDrop, Gu, Sng, Hu and Yu, 2021). For event frames [T, C, H, W], whose elements
    /// must be 0 or more: an element n stands for n events, and a fraction beyond that for one more. 0 (default) for none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, or NaN.</exception>
    public double EventDrop
    {
        get;
        init => field = value is >= 0 and < 1
            ? value : throw new ArgumentOutOfRangeException(
                nameof(EventDrop), value, "The share of dropped events must be from 0 to below 1.");
    }

    /// <summary>
    /// Standard deviation, in pixels, of a normal random number by which each event is moved along each axis, rounded to whole pixels; 0 or
    /// more. For event frames, as <see cref="EventDrop"/>. Events that leave the frame are lost. 0 (default) for none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, infinite or NaN.</exception>
    public double SpatialJitter { get; init => field = CheckDeviation(value, nameof(SpatialJitter)); }

    /// <summary>
    /// Standard deviation, in time steps, of a normal random number by which each event is moved in time; 0 or more. Frames do not tell
    /// when in its slice an event was: each moment is taken to be as likely. For event frames, as <see cref="EventDrop"/>. Events that
    /// leave the recording are lost. 0 (default) for none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, infinite or NaN.</exception>
    public double TimeJitter { get; init => field = CheckDeviation(value, nameof(TimeJitter)); }

    /// <summary>
    /// Largest mean number of noise events that are added to an element of event frames, 0 to 1: each sample draws its number uniformly
    /// from 0 to this, and each pixel, polarity and time step then gets a Poisson number of events with that mean, as by the background
    /// activity of a sensor. For event frames, as <see cref="EventDrop"/>. 0 (default) for none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, or NaN.</exception>
    public double EventNoise
    {
        get;
        init => field = value is >= 0 and <= 1
            ? value : throw new ArgumentOutOfRangeException(
                nameof(EventNoise), value, "The mean number of noise events in an element must be from 0 to 1.");
    }

    /// <summary>
    /// Whether OFF and ON events change places in every second sample, on average: as if what was bright were dark. For frames
    /// [T, 2, H, W]. Default false.
    /// </summary>
    public bool PolarityFlip { get; init; }

    /// <summary>
    /// Largest share of the time steps of a sample that loses its events, 0 to below 1: each sample draws its share uniformly from 0 to
    /// this, and loses a run of as many steps, rounded up or down at random, at a random place (drop by time, Gu, Sng, Hu and Yu, 2021).
    /// At least one step is left. For frames [T, C, H, W]. 0 (default) for none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, or NaN.</exception>
    public double TimeDrop { get; init => field = CheckShare(value, nameof(TimeDrop)); }

    /// <summary>
    /// Largest share of the frame's area that loses its events, 0 to below 1: each sample draws its share uniformly from 0 to this, and
    /// loses all events, in all time steps, of a rectangle of that area and the frame's proportions, at a random place inside (drop by
    /// area, Gu, Sng, Hu and Yu, 2021). For frames [T, C, H, W]. 0 (default) for none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, or NaN.</exception>
    public double AreaDrop { get; init => field = CheckShare(value, nameof(AreaDrop)); }

    private static double CheckShare(double value, string option) => value is >= 0 and < 1
        ? value : throw new ArgumentOutOfRangeException(option, value, "The share that loses its events must be from 0 to below 1.");

    // Far beyond what anyone uses; draws of larger ones would all be 0.5, and of smaller ones all 0 or 1.
    private static double CheckAlpha(double value, string option) => value is 0 or >= 1e-3 and <= 1e3
        ? value : throw new ArgumentOutOfRangeException(option, value, "The parameter alpha must be 0, or from 0.001 to 1000.");

    private static double CheckDeviation(double value, string option) => value >= 0 && double.IsFinite(value)
        ? value : throw new ArgumentOutOfRangeException(option, value, "The standard deviation must be finite and 0 or more.");
}

namespace Microsoft.ML.Snn;

/// <summary>
/// What a training measures of its own network, on a probe batch after an epoch. The probe is the first samples of the first epoch, as
/// they were shuffled and augmented there, so it is the same every time; it is normalized by its own statistics and changes nothing of
/// the training. It is measured in float32, whatever the training's precision, and needs the memory of a batch whose currents are stored.
/// </summary>
/// <exception cref="ArgumentOutOfRangeException">An option is out of range; its name is the exception's parameter.</exception>
public sealed record TrainingDiagnosticsOptions
{
    /// <summary>
    /// Epochs from one measurement to the next, at least 1. The first epoch, and the last of all that the run may have, are always
    /// measured. Default 1.
    /// </summary>
    public int EpochInterval { get; init => field = AtLeast(1, value, nameof(EpochInterval)); } = 1;

    /// <summary>Samples of the probe, at least 2; all of the training set where it has fewer. Null (default): a batch.</summary>
    public int? Samples { get; init => field = value is { } samples ? AtLeast(2, samples, nameof(Samples)) : null; }

    /// <summary>
    /// Random vectors for each block's <see cref="BlockIsometry"/>, at least 2; each costs a backward pass through the block. 0 (default):
    /// isometry is not measured.
    /// </summary>
    public int IsometryVectors { get; init => field = value == 0 ? 0 : AtLeast(2, value, nameof(IsometryVectors)); }

    private static int AtLeast(int least, int value, string option) => value >= least
        ? value : throw new ArgumentOutOfRangeException(option, value, $"The option {option} must be at least {least}.");
}

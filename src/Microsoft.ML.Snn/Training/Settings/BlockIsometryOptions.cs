namespace Microsoft.ML.Snn;

/// <summary>How <see cref="SpikingResNetTrainer.MeasureBlockIsometry"/> measures.</summary>
/// <exception cref="ArgumentOutOfRangeException">An option is out of range; its name is the exception's parameter.</exception>
public sealed record BlockIsometryOptions
{
    /// <summary>
    /// Whether the network is that of the last checkpoint of this trainer's run on these data (its option <c>CheckpointFolder</c>) rather
    /// than the untrained one that a training begins with. Default false.
    /// </summary>
    public bool FromCheckpoint { get; init; }

    /// <summary>Samples of the probe, at least 2; all where there are fewer. Default 50.</summary>
    public int Samples { get; init => field = AtLeastTwo(value, nameof(Samples)); } = 50;

    /// <summary>Random vectors for each path, at least 2. Default 8.</summary>
    public int Vectors { get; init => field = AtLeastTwo(value, nameof(Vectors)); } = 8;

    private static int AtLeastTwo(int value, string option) => value >= 2
        ? value : throw new ArgumentOutOfRangeException(option, value, $"The option {option} must be at least 2.");
}

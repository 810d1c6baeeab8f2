namespace Microsoft.ML.Snn;

/// <summary>How the learning rate changes over the epochs: one of the schedules below, after a linear warm-up.</summary>
public sealed record LearningRateSchedule
{
    private LearningRateSchedule()
    {
    }

    internal enum Curve
    {
        Cosine = 0,
        Step = 1,
        Constant = 2,
    }

    /// <summary>
    /// Epochs, 0 or more and fewer than those of the run, in which the learning rate first rises linearly; it need not be a whole number.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double WarmupEpochs
    {
        get;
        init => field = value >= 0 && double.IsFinite(value)
            ? value : throw new ArgumentOutOfRangeException(
                nameof(WarmupEpochs), value, "The epochs of a warm-up must be a finite number of 0 or more.");
    }

    internal Curve Shape { get; private init; }

    /// <summary>Epochs from one drop to the next; 0 where there are none.</summary>
    internal int DropEpochs { get; private init; }

    /// <summary>What a drop multiplies the rate by; 0 where there are none.</summary>
    internal double DropFactor { get; private init; }

    /// <summary>Half a cosine, from the full rate at the start to 0 at the end, updated every batch.</summary>
    /// <param name="warmupEpochs">See <see cref="WarmupEpochs"/>. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public static LearningRateSchedule Cosine(double warmupEpochs = 0) => new() { Shape = Curve.Cosine, WarmupEpochs = warmupEpochs };

    /// <summary>Drops in steps: multiplied by a factor each time a number of epochs is over.</summary>
    /// <param name="epochs">Epochs from one drop to the next, at least 1. Default 35.</param>
    /// <param name="factor">What a drop multiplies the rate by, above 0 to 1. Default 0.1.</param>
    /// <param name="warmupEpochs">See <see cref="WarmupEpochs"/>. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public static LearningRateSchedule Step(int epochs = 35, double factor = 0.1, double warmupEpochs = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        if (!(factor > 0 && factor <= 1))
            throw new ArgumentOutOfRangeException(
                nameof(factor), factor, "What a drop multiplies the learning rate by must be above 0 and at most 1.");
        return new() { Shape = Curve.Step, DropEpochs = epochs, DropFactor = factor, WarmupEpochs = warmupEpochs };
    }

    /// <summary>The same rate throughout.</summary>
    /// <param name="warmupEpochs">See <see cref="WarmupEpochs"/>. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public static LearningRateSchedule Constant(double warmupEpochs = 0) => new() { Shape = Curve.Constant, WarmupEpochs = warmupEpochs };
}

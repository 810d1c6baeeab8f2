namespace Microsoft.ML.Snn;

/// <summary>
/// Epochs at the beginning of a training run that cost less than the rest: with fewer time steps, or on smaller images. The network is the
/// same; what it has learned goes into the next phase.
/// </summary>
public sealed record TrainingPhase
{
    /// <summary>A phase of the given length.</summary>
    /// <param name="epochs">See <see cref="Epochs"/>.</param>
    /// <param name="timeSteps">See <see cref="TimeSteps"/>. Default null.</param>
    /// <param name="scale">See <see cref="Scale"/>. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public TrainingPhase(int epochs, int? timeSteps = null, double scale = 1) => (Epochs, TimeSteps, Scale) = (epochs, timeSteps, scale);

    /// <summary>Number of epochs, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Epochs
    {
        get;
        init => field = value >= 1
            ? value : throw new ArgumentOutOfRangeException(nameof(Epochs), value, "A phase of training must have at least 1 epoch.");
    }

    /// <summary>
    /// Time steps of these epochs, from 1 to those of the run. Null: those of the run, as samples that bring their own must have.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int? TimeSteps
    {
        get;
        init => field = value is null or >= 1
            ? value : throw new ArgumentOutOfRangeException(
                nameof(TimeSteps), value, "A phase of training must have at least 1 time step.");
    }

    /// <summary>Height and width of the samples as a share of their own, above 0 to 1; pixels are averages over areas.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, or NaN.</exception>
    public double Scale
    {
        get;
        init => field = value is > 0 and <= 1
            ? value : throw new ArgumentOutOfRangeException(
                nameof(Scale), value, "The scale of a phase of training must be above 0 and at most 1.");
    }
}

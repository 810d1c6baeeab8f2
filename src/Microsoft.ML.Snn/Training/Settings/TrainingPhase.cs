namespace Microsoft.ML.Snn;

/// <summary>
/// Epochs at the beginning of a training run that cost less than the rest: with fewer time steps, or on smaller images. The network is the
/// same; what it has learned goes into the next phase.
/// </summary>
/// <param name="Epochs">Number of epochs, at least 1.</param>
/// <param name="TimeSteps">
/// Time steps of these epochs, from 1 to those of the run. Null (default): those of the run, as samples that bring their own must have.
/// </param>
/// <param name="Scale">
/// Height and width of the samples as a share of their own, above 0 to 1; pixels are averages over areas. Default 1.
/// </param>
public sealed record TrainingPhase(int Epochs, int? TimeSteps = null, double Scale = 1)
{
    internal void Validate()
    {
        if (Epochs < 1)
            throw new ArgumentOutOfRangeException(nameof(Epochs), Epochs, "A phase of training must have at least 1 epoch.");
        if (TimeSteps < 1)
            throw new ArgumentOutOfRangeException(nameof(TimeSteps), TimeSteps, "A phase of training must have at least 1 time step.");
        if (!(Scale > 0 && Scale <= 1))
            throw new ArgumentOutOfRangeException(nameof(Scale), Scale, "The scale of a phase of training must be above 0 and at most 1.");
    }
}

namespace Microsoft.ML.Snn;

/// <summary>
/// Ends training when the validation accuracy no longer improves, and gives the network of the best epoch. Needs a validation set or
/// fraction.
/// </summary>
/// <param name="Patience">Epochs without a new best accuracy after which training ends, at least 1. Default 10.</param>
/// <param name="MinimumGain">By how much a new best must exceed the old one, 0 or more, as a share of the samples. Default 0.</param>
public sealed record EarlyStopping(int Patience = 10, double MinimumGain = 0)
{
    internal void Validate()
    {
        if (Patience < 1)
            throw new ArgumentOutOfRangeException(nameof(Patience), Patience, "The patience of early stopping must be at least 1 epoch.");
        if (!(MinimumGain >= 0 && MinimumGain < 1))
            throw new ArgumentOutOfRangeException(nameof(MinimumGain), MinimumGain, "The minimum gain of early stopping must be from 0 to below 1.");
    }
}

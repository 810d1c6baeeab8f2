namespace Microsoft.ML.Snn;

/// <summary>
/// Ends training when the validation accuracy no longer improves, and gives the network of the best epoch. Needs a validation set or
/// fraction.
/// </summary>
public sealed record EarlyStopping
{
    /// <summary>Early stopping with the given patience and gain.</summary>
    /// <param name="patience">See <see cref="Patience"/>. Default 10.</param>
    /// <param name="minimumGain">See <see cref="MinimumGain"/>. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public EarlyStopping(int patience = 10, double minimumGain = 0) => (Patience, MinimumGain) = (patience, minimumGain);

    /// <summary>Epochs without a new best accuracy after which training ends, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Patience
    {
        get;
        init => field = value >= 1
            ? value : throw new ArgumentOutOfRangeException(
                nameof(Patience), value, "The patience of early stopping must be at least 1 epoch.");
    }

    /// <summary>
    /// By how much a new best must exceed the old one, as a share of the samples, 0 to below 1. It is what ML.NET's
    /// <c>ImageClassificationTrainer.EarlyStopping</c> calls MinDelta.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, or NaN.</exception>
    public double MinimumGain
    {
        get;
        init => field = value is >= 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(MinimumGain), value, "The minimum gain of early stopping must be from 0 to below 1.");
    }
}

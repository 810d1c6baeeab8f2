namespace Microsoft.ML.Snn;

/// <summary>
/// Mean and standard deviation of each channel of the training samples, known beforehand: a set too large for the cache then need not be
/// read once more than there are epochs.
/// </summary>
public sealed class InputStatistics
{
    /// <summary>The given statistics, in the units of the feature column.</summary>
    /// <param name="mean">The mean of each channel.</param>
    /// <param name="deviation">The standard deviation of each channel, above 0.</param>
    /// <exception cref="ArgumentNullException">A list is null.</exception>
    /// <exception cref="ArgumentException">The lists are empty or of different lengths.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A mean is not finite; a deviation or its inverse is not a finite number above 0.</exception>
    public InputStatistics(IReadOnlyList<float> mean, IReadOnlyList<float> deviation)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(deviation);
        if (mean.Count == 0 || mean.Count != deviation.Count)
        {
            throw new ArgumentException(
                $"There must be a mean and a deviation for each channel, but there are {mean.Count} means and {deviation.Count} deviations.",
                nameof(deviation));
        }
        (Mean, Deviation) = ([.. mean], [.. deviation]);
        foreach (float value in Mean)
        {
            if (!float.IsFinite(value))
                throw new ArgumentOutOfRangeException(nameof(mean), value, "The mean of a channel must be finite.");
        }
        foreach (float value in Deviation)
        {
            if (!(value > 0) || !float.IsFinite(value) || !float.IsFinite(1 / value))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(deviation), value, "The deviation of a channel must be a finite number above 0 whose inverse is finite.");
            }
        }
    }

    /// <summary>
    /// Those of ImageNet's training pictures that most libraries use, for colors in the order red, green, blue with values 0 to 255, as
    /// <c>ExtractPixels</c> gives them without a scale or an offset.
    /// </summary>
    public static InputStatistics ImageNet { get; } = new([123.675f, 116.28f, 103.53f], [58.395f, 57.12f, 57.375f]);

    /// <summary>The mean of each channel.</summary>
    public IReadOnlyList<float> Mean { get; private init; }

    /// <summary>The standard deviation of each channel, above 0.</summary>
    public IReadOnlyList<float> Deviation { get; private init; }
}

using System.Globalization;

namespace Microsoft.ML.Snn;

/// <summary>
/// When a row needs no more time steps: as soon as, after a step, its scores so far reach one of the given bounds. A row that reaches none
/// uses all steps.
/// </summary>
public sealed record EarlyExit
{
    /// <summary>Every row uses all steps.</summary>
    public static EarlyExit Never { get; } = new();

    /// <summary>The highest probability at which to stop, 0 to 1. Null (default): not used.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, or NaN.</exception>
    public float? Confidence
    {
        get;
        init => field = Checked(value, nameof(Confidence));
    }

    /// <summary>
    /// The difference of the highest and the second highest probability at which to stop, 0 to 1. Null (default): not used.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range, or NaN.</exception>
    public float? Margin
    {
        get;
        init => field = Checked(value, nameof(Margin));
    }

    /// <summary>Whether no bound is given.</summary>
    internal bool IsNever => Confidence is null && Margin is null;

    /// <summary>Whether the probabilities after a step reach a bound.</summary>
    internal bool IsMet(ReadOnlySpan<float> scores)
    {
        float best = 0, second = 0;
        foreach (float score in scores)
        {
            if (score > best)
                (best, second) = (score, best);
            else
                second = Math.Max(second, score);
        }
        return best >= Confidence || best - second >= Margin;
    }

    /// <summary>Such as <c>confidence 0.9 or margin 0.5</c>; <c>never</c> without bounds. In the invariant culture.</summary>
    public override string ToString() => (Confidence, Margin) switch
    {
        (null, null) => "never",
        ({ } confidence, null) => string.Create(CultureInfo.InvariantCulture, $"confidence {confidence}"),
        (null, { } margin) => string.Create(CultureInfo.InvariantCulture, $"margin {margin}"),
        ({ } confidence, { } margin) => string.Create(CultureInfo.InvariantCulture, $"confidence {confidence} or margin {margin}"),
    };

    private static float? Checked(float? value, string name) => value is null or >= 0 and <= 1
        ? value : throw new ArgumentOutOfRangeException(name, value, "A probability or difference of two is 0 to 1; null for no bound.");
}

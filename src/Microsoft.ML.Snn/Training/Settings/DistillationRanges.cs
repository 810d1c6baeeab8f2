namespace Microsoft.ML.Snn.Training.Settings;

/// <summary>The ranges of what distillations have in common.</summary>
internal static class DistillationRanges
{
    /// <exception cref="ArgumentOutOfRangeException">The value is not a finite number above 0 in float32.</exception>
    public static double Weight(double value) => IsPositive(value) ? value : throw new ArgumentOutOfRangeException(
        "Weight", value, "The weight of a distillation must be a finite number above 0, in float32 too.");

    /// <inheritdoc cref="Weight"/>
    public static double Temperature(double value) => IsPositive(value) ? value : throw new ArgumentOutOfRangeException(
        "Temperature", value, "The temperature of a distillation must be a finite number above 0, in float32 too.");

    private static bool IsPositive(double value) => (float)value > 0 && float.IsFinite((float)value);
}

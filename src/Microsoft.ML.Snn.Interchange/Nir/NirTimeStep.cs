namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>The length of a time step.</summary>
internal static class NirTimeStep
{
    public const double Default = 1e-4;

    // Within this range, dt and 1 / dt times any sensible time constant are normal float32 numbers.
    private const double Smallest = 1e-9, Largest = 1e9;

    public static string Range => $"It is from {Smallest} to {Largest}.";

    public static bool IsValid(double value) => value is >= Smallest and <= Largest;

    public static double Checked(double value, string name) =>
        IsValid(value) ? value : throw new ArgumentOutOfRangeException(name, value, Range);
}

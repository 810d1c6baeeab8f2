namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>The length of a time step.</summary>
internal static class NirTimeStep
{
    public const double Default = 1e-4;

    // Within this range, dt and 1 / dt times any sensible time constant are normal float32 numbers.
    private const double Smallest = 1e-9, Largest = 1e9;

    public static double Checked(double value, string name) => value is >= Smallest and <= Largest
        ? value : throw new ArgumentOutOfRangeException(name, value, $"It is from {Smallest} to {Largest}.");
}

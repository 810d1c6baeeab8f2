using System.Runtime.CompilerServices;

namespace Microsoft.ML.Snn;

/// <summary>
/// What arithmetic costs. The defaults are those of 32-bit floating point in 45 nm CMOS (Horowitz, ISSCC 2014), with which the literature
/// compares spiking networks; memory is left out.
/// </summary>
public sealed record EnergyModel
{
    /// <summary>Energy of one addition, in picojoules; finite, 0 or more. Default 0.9.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, infinite or NaN.</exception>
    public double AdditionPicojoules
    {
        get;
        init => field = Checked(value);
    } = 0.9;

    /// <summary>Energy of one multiplication and addition, in picojoules; finite, 0 or more. Default 4.6.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, infinite or NaN.</exception>
    public double MultiplyAddPicojoules
    {
        get;
        init => field = Checked(value);
    } = 4.6;

    private static double Checked(double value, [CallerMemberName] string name = "") => value >= 0 && double.IsFinite(value)
        ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be a finite number of picojoules, 0 or more.");
}

namespace PaperFigures.Measurements;

/// <summary>What a layer of neurons gets and does in one forward pass. Currents and potentials are in thresholds.</summary>
internal sealed record LayerPotentials
{
    /// <summary>Of the current x, in <see cref="PotentialTap.Bins"/> bins.</summary>
    public required double[] CurrentDensity { get; init; }

    /// <summary>Of the membrane potential u before its reset, in all steps.</summary>
    public required double[] PotentialDensity { get; init; }

    /// <summary>The area below both densities: 1 where they are the same.</summary>
    public required double Overlap { get; init; }

    public required (double Mean, double Deviation) Current { get; init; }

    public required (double Mean, double Deviation) Potential { get; init; }

    /// <summary>In each step.</summary>
    public required double[] FiringRates { get; init; }

    /// <summary>Share of neurons, each with each picture, that fire in no step.</summary>
    public required double NeverFiring { get; init; }

    /// <summary>Share of those that fire in every step.</summary>
    public required double AlwaysFiring { get; init; }
}

using Microsoft.ML.Snn;

namespace PaperFigures.Theory;

/// <summary>Energy of counted operations, in microjoules, and what follows from a firing rate.</summary>
internal static class EnergyTheory
{
    private static readonly EnergyModel _energy = new();

    /// <summary>Energy of additions and multiply-adds.</summary>
    public static double Microjoules(double additions, double multiplyAdds) =>
        (additions * _energy.AdditionPicojoules + multiplyAdds * _energy.MultiplyAddPicojoules) / 1e6;

    /// <summary>
    /// How many times the energy of a spiking network a dense one takes, its first convolution left out: synaptic operations are rate
    /// times T times multiply-adds.
    /// </summary>
    public static double DenseOverSpiking(double firingRate, double timeSteps) =>
        _energy.MultiplyAddPicojoules / (_energy.AdditionPicojoules * firingRate * timeSteps);
}

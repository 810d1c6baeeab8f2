namespace PaperFigures.Theory;

/// <summary>
/// Membrane potentials and firing behind tdBN, in thresholds: the current is a standard normal z times <c>deviation</c>. Ours, from the
/// paper's equations 1-3.
/// </summary>
internal static class PotentialTheory
{
    /// <summary>Mean and deviation of u[2] before its reset, and P(u[2] > Vth), for currents independent from step to step.</summary>
    public static (double Mean, double Deviation, double FiringRate) SecondStep(double decay)
    {
        // What is left of u[1]: tau u[1] where it was not above the threshold.
        double mean = -decay * NormalDistribution.Density(1);
        double square = decay * decay * (NormalDistribution.Cumulative(1) - NormalDistribution.Density(1));
        double rate = NormalDistribution.Mean(z => NormalDistribution.Above(1 - decay * z), to: 1)
            + NormalDistribution.Above(1) * NormalDistribution.Above(1);
        return (mean, Math.Sqrt(1 + square - mean * mean), rate);
    }

    /// <summary>P(u[2] > Vth) for a current that is the same in both steps, as behind the stem of an image.</summary>
    public static double SecondStepOfConstantCurrent(double decay) => NormalDistribution.Above(1 / (1 + decay));

    /// <summary>Shares of neurons that a constant current lets never fire, in however many steps, and fire in every step.</summary>
    public static (double Never, double Always) ConstantCurrent(double deviation, double decay) =>
        (NormalDistribution.Cumulative((1 - decay) / deviation), NormalDistribution.Above(1 / deviation));
}

namespace PaperFigures.Theory;

/// <summary>
/// Firing rates from block to block where a shortcut adds the block's own input, without leak: the convolutions' branch is normal, the
/// shortcut has two values. Ours, from the paper's Fig. 5.
/// </summary>
internal static class ShortcutTheory
{
    private const int _enoughBlocks = 200;

    /// <summary>The rate that a shortcut with tdBN settles at.</summary>
    /// <param name="alpha">Of both branches.</param>
    public static double StationaryRate(double alpha)
    {
        double rate = NormalDistribution.Above(1 / (alpha * Math.Sqrt(2)));
        for (int block = 0; block < _enoughBlocks; block++)
        {
            // A normalized spike is sqrt((1 - p) / p), its absence -sqrt(p / (1 - p)).
            double spike = Math.Sqrt((1 - rate) / rate), silence = -Math.Sqrt(rate / (1 - rate));
            rate = rate * NormalDistribution.Above(1 / alpha - spike) + (1 - rate) * NormalDistribution.Above(1 / alpha - silence);
        }
        return rate;
    }

    /// <summary>The rate after some blocks whose shortcut adds spikes as they are, the first of them a projection with tdBN.</summary>
    /// <param name="blocks">Of the last stage.</param>
    /// <param name="alpha">Of normalized branches.</param>
    /// <param name="threshold">Vth: a spike adds 1 / Vth thresholds.</param>
    public static double RawIdentityRate(int blocks, double alpha, double threshold)
    {
        double rate = NormalDistribution.Above(1 / (alpha * Math.Sqrt(2)));
        for (int block = 1; block < blocks; block++)
        {
            rate = rate * NormalDistribution.Above((1 - 1 / threshold) / alpha)
                + (1 - rate) * NormalDistribution.Above(1 / alpha);
        }
        return rate;
    }
}

using Microsoft.ML.Snn.RandomNumbers;

namespace Microsoft.ML.Snn.Torch;

/// <summary>
/// Initial weights from a seed: the same numbers on every machine, since they come from integers alone (no library's logarithm or cosine),
/// and independent of torch's global generator.
/// </summary>
internal sealed class WeightGenerator(int seed)
{
    private const int Terms = 16;

    private static readonly double _mean = Terms * (ushort.MaxValue / 2.0);
    private static readonly double _deviation = Math.Sqrt(Terms * ((double)(1L << 32) - 1) / 12);

    private SplitMix64 _random = new((uint)seed);

    /// <summary>
    /// Normal weights of variance 2 / <paramref name="fanIn"/> (Kaiming, fan-in). Behind a tdBN the scale does not change the spikes as
    /// long as the variance of its input stays far above epsilon: fan-in keeps it so even where few inputs are active.
    /// </summary>
    public float[] KaimingNormal(long count, long fanIn)
    {
        double scale = Math.Sqrt(2.0 / fanIn);
        var weights = new float[count];
        for (int i = 0; i < weights.Length; i++)
            weights[i] = (float)(NextNormal() * scale);
        return weights;
    }

    /// <summary>The sum of sixteen uniform 16-bit integers is normal enough: its excess kurtosis is -0.075.</summary>
    private double NextNormal()
    {
        int sum = 0;
        for (int i = 0; i < Terms / 4; i++)
        {
            ulong bits = _random.Next();
            sum += (ushort)bits + (ushort)(bits >> 16) + (ushort)(bits >> 32) + (ushort)(bits >> 48);
        }
        return (sum - _mean) / _deviation;
    }
}

using System.IO.Hashing;
using System.Runtime.InteropServices;
using Microsoft.ML.Snn.RandomNumbers;

namespace Microsoft.ML.Snn.SpikeCoding;

/// <summary>Rate coding: at each step a value spikes with the probability that it is.</summary>
/// <remarks>
/// A spike depends on the seed, all values of the row, its step and its index, and on nothing else: not on the row's place in a view, the
/// cursor or the thread. A prediction engine, whose rows have no identity, therefore sees the spikes that a view gave. Equal rows get equal
/// spikes; rows that differ anywhere get independent ones.
/// </remarks>
internal static class RateCode
{
    /// <param name="values">x in [0, 1], [N].</param>
    /// <param name="spikes">o in {0, 1}, [T, N].</param>
    public static void Encode(ReadOnlySpan<float> values, int timeSteps, int seed, Span<float> spikes)
    {
        var random = new SplitMix64(XxHash3.HashToUInt64(MemoryMarshal.AsBytes(values), seed));
        for (int t = 0; t < timeSteps; t++)
        {
            Span<float> step = spikes.Slice(t * values.Length, values.Length);
            for (int i = 0; i < step.Length; i++)
                step[i] = NextUniform(ref random) < values[i] ? 1 : 0; // P(o[t] = 1) = x
        }
    }

    // The 24 highest bits are the multiples of 2^-24 in [0, 1), each exact in a float.
    private static float NextUniform(ref SplitMix64 random) => (random.Next() >> 40) * (1f / (1 << 24));
}

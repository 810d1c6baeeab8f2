namespace Microsoft.ML.Snn.RandomNumbers;

/// <summary>SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), whose output function mixes well even for seeds 0, 1, 2.</summary>
internal struct SplitMix64(ulong seed)
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next() => Mix(_state += Gamma);

    /// <summary>The bits that the <paramref name="count"/>-th call of <see cref="Next"/> after a seed gives.</summary>
    public static ulong At(ulong seed, int count) => Mix(unchecked(seed + (ulong)count * Gamma));

    private static ulong Mix(ulong z)
    {
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
}

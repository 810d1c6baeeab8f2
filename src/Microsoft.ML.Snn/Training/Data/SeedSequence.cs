namespace Microsoft.ML.Snn;

/// <summary>
/// Independent seeds for everything random in one training run, all from one seed. A generator is made anew for each purpose and epoch, so
/// that no part's draws depend on how much another part has drawn, or on the thread it ran on.
/// </summary>
internal readonly record struct SeedSequence(int Seed)
{
    public int Initialization => Derive(1, 0);

    public int Split => Derive(2, 0);

    public int Order(int epoch) => Derive(3, epoch);

    public int Augmentation(int epoch) => Derive(4, epoch);

    // SplitMix64 (Steele, Lea and Flood, 2014), whose output function mixes well even for seeds 0, 1, 2.
    private int Derive(int purpose, int index)
    {
        ulong z = unchecked((ulong)(uint)Seed << 32 | (uint)index) + (ulong)purpose * 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return (int)((z ^ z >> 31) & int.MaxValue);
    }
}

using Microsoft.ML.Snn.RandomNumbers;

namespace Microsoft.ML.Snn.Training.Data;

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

    public int Mixing(int epoch) => Derive(5, epoch);

    private int Derive(int purpose, int index) =>
        (int)(SplitMix64.At(unchecked((ulong)(uint)Seed << 32 | (uint)index), purpose) & int.MaxValue);
}

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

    /// <summary>Of the order in which a view that can shuffle gives its rows.</summary>
    public int Rows(int epoch) => Derive(6, epoch);

    /// <summary>Of one sample, so that whoever makes it draws the same, whatever other samples it makes.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="position">Of the sample in the epoch, from 0.</param>
    public int Augmentation(int epoch, long position) => Derive(4, epoch, position);

    /// <inheritdoc cref="Augmentation"/>
    public int Mixing(int epoch, long position) => Derive(5, epoch, position);

    private int Derive(int purpose, int index, long position) =>
        new SeedSequence(Derive(purpose, index)).Derive(unchecked((int)(position >> 32)), unchecked((int)position));

    private int Derive(int purpose, int index) =>
        (int)(SplitMix64.At(unchecked((ulong)(uint)Seed << 32 | (uint)index), purpose) & int.MaxValue);
}

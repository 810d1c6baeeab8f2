using System.Numerics;

namespace Microsoft.ML.Snn.Engine.Layout;

/// <summary>
/// The firing pattern of a neuron over the steps of a block: bit t is set where it fires in step t. Inputs of one pattern are added up
/// once, whatever the number of steps in which they fire; the sums of the patterns then give those of the steps. Integer sums allow that:
/// they are exact in any order. Where neurons send several spikes at once, each bit of their number is a step of its own here, a slot: the
/// sums of a step's slots, weighed 1, 2, 4 and 8, then give that of the step.
/// </summary>
internal static class SpikePatterns
{
    /// <summary>Most steps that are computed at once, or slots where neurons send several spikes.</summary>
    public const int MaxSteps = 4;

    /// <summary>Number of patterns of <see cref="MaxSteps"/> steps, the silent one (0) included.</summary>
    public const int All = 1 << MaxSteps;

    /// <summary>Number of patterns with a spike in <paramref name="steps"/> steps.</summary>
    public static int Count(int steps) => (1 << steps) - 1;

    /// <summary>Slots of a step: bits of a number of spikes.</summary>
    public static int SlotsFor(int maxSpikes) => BitOperations.Log2((uint)maxSpikes) + 1;

    /// <summary>Most steps that are computed at once, each of so many slots.</summary>
    public static int StepsFor(int slots) => MaxSteps / slots;

    /// <summary>Spikes that a pattern stands for.</summary>
    public static int Spikes(int pattern, int slots)
    {
        int spikes = 0;
        for (; pattern != 0; pattern &= pattern - 1)
            spikes += 1 << BitOperations.TrailingZeroCount(pattern) % slots;
        return spikes;
    }
}

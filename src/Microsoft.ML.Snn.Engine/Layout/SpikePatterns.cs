namespace Microsoft.ML.Snn.Engine.Layout;

/// <summary>
/// The firing pattern of a neuron over the steps of a block: bit t is set where it fires in step t. Inputs of one pattern are added up
/// once, whatever the number of steps in which they fire; the sums of the patterns then give those of the steps. Integer sums allow that:
/// they are exact in any order.
/// </summary>
internal static class SpikePatterns
{
    /// <summary>Most steps that are computed at once.</summary>
    public const int MaxSteps = 4;

    /// <summary>Number of patterns of <see cref="MaxSteps"/> steps, the silent one (0) included.</summary>
    public const int All = 1 << MaxSteps;

    /// <summary>Number of patterns with a spike in <paramref name="steps"/> steps.</summary>
    public static int Count(int steps) => (1 << steps) - 1;
}

namespace Microsoft.ML.Snn.Engine.Kernels;

/// <summary>
/// What a spike leaves of the membrane potential in <see cref="NeuronKernel{TLanes}"/>; a type, so that each reset has a kernel compiled
/// for itself.
/// </summary>
internal interface INeuronReset
{
    /// <summary>Whether the threshold is subtracted for each spike; otherwise the potential is 0.</summary>
    static abstract bool IsSoft { get; }
}

internal readonly struct HardReset : INeuronReset
{
    public static bool IsSoft => false;
}

internal readonly struct SoftReset : INeuronReset
{
    public static bool IsSoft => true;
}

namespace Microsoft.ML.Snn.Engine.Kernels;

/// <summary>
/// What <see cref="NeuronKernel{TLanes}"/> writes; a type, so that scoring has a kernel compiled without what it does not need.
/// </summary>
internal interface INeuronOutput
{
    /// <summary>Whether inputs and membrane potentials are written beside the spikes.</summary>
    static abstract bool HasValues { get; }
}

internal readonly struct SpikesAlone : INeuronOutput
{
    public static bool HasValues => false;
}

internal readonly struct SpikesAndValues : INeuronOutput
{
    public static bool HasValues => true;
}

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>Whether neurons learn, for kernels: those of neurons that do not are compiled without all that it takes.</summary>
internal interface INeuronKind
{
    static abstract bool Learns { get; }
}

/// <summary>All have the same decay and threshold.</summary>
internal readonly struct FixedNeuron : INeuronKind
{
    public static bool Learns => false;
}

/// <summary>Each channel has a decay and a threshold, which gradients are for.</summary>
internal readonly struct LearningNeuron : INeuronKind
{
    public static bool Learns => true;
}

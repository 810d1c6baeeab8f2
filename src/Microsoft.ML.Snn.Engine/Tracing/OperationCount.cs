namespace Microsoft.ML.Snn.Engine.Tracing;

/// <summary>What a part of a network has computed so far: see <see cref="SpikingTrace"/> for what counts as what.</summary>
internal readonly record struct OperationCount(long SynapticOperations, long Additions, long MultiplyAdds)
{
    /// <summary>Energy of the arithmetic, in nanojoules.</summary>
    public double EnergyNanojoules(EnergyModel energy) =>
        (Additions * energy.AdditionPicojoules + MultiplyAdds * energy.MultiplyAddPicojoules) / 1000;

    public static OperationCount operator +(OperationCount a, OperationCount b) => new(
        a.SynapticOperations + b.SynapticOperations, a.Additions + b.Additions, a.MultiplyAdds + b.MultiplyAdds);
}

using System.Runtime.CompilerServices;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>The <see cref="SurrogateShape"/>s for kernels, which are compiled for each: the choice costs nothing.</summary>
internal interface ISurrogate
{
    /// <summary>The gradient by a spike times do/du: that by the potential.</summary>
    /// <param name="gradient">By the spike.</param>
    /// <param name="distance">Of the potential from the spike's threshold, at least 0.</param>
    /// <param name="slope">1/a, a being the width.</param>
    /// <param name="halfWidth">a/2.</param>
    static abstract TLanes Apply<TLanes>(TLanes gradient, TLanes distance, TLanes slope, TLanes halfWidth)
        where TLanes : unmanaged, ILanes<TLanes>;
}

internal readonly struct RectangleSurrogate : ISurrogate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Apply<TLanes>(TLanes gradient, TLanes distance, TLanes slope, TLanes halfWidth)
        where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.KeepWhere(TLanes.MultiplyFloats(gradient, slope), TLanes.GreaterThan(halfWidth, distance));
}

internal readonly struct TriangleSurrogate : ISurrogate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Apply<TLanes>(TLanes gradient, TLanes distance, TLanes slope, TLanes halfWidth)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes one = TLanes.Broadcast(1f), widths = TLanes.MultiplyFloats(distance, slope);
        TLanes height = TLanes.KeepWhere(TLanes.SubtractFloats(one, widths), TLanes.GreaterThan(one, widths));
        return TLanes.MultiplyFloats(TLanes.MultiplyFloats(gradient, slope), height);
    }
}

internal readonly struct ArcTangentSurrogate : ISurrogate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Apply<TLanes>(TLanes gradient, TLanes distance, TLanes slope, TLanes halfWidth)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes angle = TLanes.MultiplyFloats(TLanes.MultiplyFloats(distance, slope), TLanes.Broadcast(MathF.PI));
        return TLanes.DivideFloats(
            TLanes.MultiplyFloats(gradient, slope), TLanes.MultiplyAddFloats(angle, angle, TLanes.Broadcast(1f)));
    }
}

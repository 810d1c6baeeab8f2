using System.Runtime.CompilerServices;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>How a vector of values lies in memory. Kernels compute in float32 whatever their tensors hold.</summary>
internal unsafe interface IElement
{
    /// <summary>Bytes a value.</summary>
    static abstract int Size { get; }

    static abstract TLanes Load<TLanes>(byte* source) where TLanes : unmanaged, ILanes<TLanes>;

    static abstract void Store<TLanes>(TLanes values, byte* target) where TLanes : unmanaged, ILanes<TLanes>;
}

internal readonly unsafe struct Float32Element : IElement
{
    public static int Size => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load<TLanes>(byte* source) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TLanes>(TLanes values, byte* target) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Store(values, target);
}

/// <summary>The upper half of a float32; stored rounded to nearest, ties to even.</summary>
internal readonly unsafe struct BFloat16Element : IElement
{
    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load<TLanes>(byte* source) where TLanes : unmanaged, ILanes<TLanes> => TLanes.LoadBFloat16(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TLanes>(TLanes values, byte* target) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.StoreBFloat16(values, target);
}

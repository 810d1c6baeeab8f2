using System.Runtime.CompilerServices;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>How the values of a shortcut lie in memory.</summary>
internal unsafe interface IShortcutValues
{
    static abstract bool Exist { get; }

    /// <summary>Those of a vector of channels from <paramref name="channel"/> on.</summary>
    static abstract TLanes Load<TLanes>(byte* pixel, int channel) where TLanes : unmanaged, ILanes<TLanes>;
}

/// <summary>There is no shortcut.</summary>
internal readonly unsafe struct NoShortcut : IShortcutValues
{
    public static bool Exist => false;

    public static TLanes Load<TLanes>(byte* pixel, int channel) where TLanes : unmanaged, ILanes<TLanes> => default;
}

/// <summary>The output of a convolution.</summary>
internal readonly unsafe struct ProjectedShortcut<TElement> : IShortcutValues where TElement : IElement
{
    public static bool Exist => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load<TLanes>(byte* pixel, int channel) where TLanes : unmanaged, ILanes<TLanes> =>
        TElement.Load<TLanes>(pixel + channel * TElement.Size);
}

/// <summary>The block's own input: a <see cref="SpikeMask"/>.</summary>
internal readonly unsafe struct SpikeShortcut : IShortcutValues
{
    public static bool Exist => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load<TLanes>(byte* pixel, int channel) where TLanes : unmanaged, ILanes<TLanes> =>
        SpikeMask.Numbers<TLanes>(pixel + (channel >> 3));
}

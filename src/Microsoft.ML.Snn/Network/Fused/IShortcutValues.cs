using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Snn;

/// <summary>How the values of a shortcut lie in memory.</summary>
internal unsafe interface IShortcutValues
{
    static abstract bool Exist { get; }

    /// <summary>Those of eight channels from <paramref name="channel"/> on.</summary>
    static abstract Vector256<float> Load(byte* pixel, int channel);
}

/// <summary>There is no shortcut.</summary>
internal readonly unsafe struct NoShortcut : IShortcutValues
{
    public static bool Exist => false;

    public static Vector256<float> Load(byte* pixel, int channel) => Vector256<float>.Zero;
}

/// <summary>The output of a convolution.</summary>
internal readonly unsafe struct ProjectedShortcut<TElement> : IShortcutValues where TElement : IElement
{
    public static bool Exist => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* pixel, int channel) => TElement.Load(pixel + channel * TElement.Size);
}

/// <summary>The block's own input: a <see cref="SpikeMask"/>.</summary>
internal readonly unsafe struct SpikeShortcut : IShortcutValues
{
    public static bool Exist => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* pixel, int channel) =>
        SpikeMask.Lanes(pixel[channel / 8]).AsSingle() & Vector256<float>.One;
}

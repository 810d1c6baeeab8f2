using System.Runtime.CompilerServices;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// The current x of a vector of neurons. Forward and backward pass both take it from here: they must round alike, so that they agree on
/// every spike.
/// </summary>
internal readonly unsafe ref struct LifInput<TLanes, TElement, TShortcut>
    where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement where TShortcut : IShortcutValues
{
    private readonly byte* _current;
    private readonly byte* _shortcut;
    private readonly long _step;
    private readonly long _shortcutStep;
    private readonly int _channel;
    private readonly TLanes _scale;
    private readonly TLanes _shortcutScale;
    private readonly TLanes _shift;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public LifInput(in NormalizedLifArguments a, long row, int channel)
    {
        _current = a.Current + (row * a.Channels + channel) * TElement.Size;
        _step = a.IsStatic ? 0 : a.Rows * a.Channels * TElement.Size;
        _shortcut = a.Shortcut + row * a.ShortcutStride;
        _shortcutStep = a.Rows * a.ShortcutStride;
        _channel = channel;
        _scale = TLanes.Load(a.Scale + channel);
        _shift = TLanes.Load(a.Shift + channel);
        _shortcutScale = TShortcut.Exist ? TLanes.Load(a.ShortcutScale + channel) : default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Current(int t) => TElement.Load<TLanes>(_current + t * _step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Shortcut(int t) => TShortcut.Load<TLanes>(_shortcut + t * _shortcutStep, _channel);

    /// <summary>x[t] (Eq. 5-6), the shortcut's added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes At(int t)
    {
        TLanes x = TLanes.MultiplyAddFloats(Current(t), _scale, _shift);
        return TShortcut.Exist ? TLanes.MultiplyAddFloats(Shortcut(t), _shortcutScale, x) : x;
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn;

/// <summary>One layer's neurons in one forward pass, and what the backward pass needs of it.</summary>
internal sealed unsafe class FusedNeurons : IDisposable
{
    private readonly FusedBranch _current;
    private readonly FusedBranch? _shortcut;
    private readonly LifNeuronOptions _neuron;
    private readonly int _timeSteps;
    private readonly bool _isStatic;
    private readonly bool _isBFloat16;

    /// <param name="current">What the convolution put out, [T*N, H, W, C], or [N, H, W, C] where static; taken over with its tdBN.</param>
    /// <param name="shortcut">What is added; taken over.</param>
    /// <param name="spikes">Written here; taken over.</param>
    /// <param name="neuron">The neurons' options.</param>
    /// <param name="timeSteps">T.</param>
    /// <param name="isStatic">Whether every step has the same current.</param>
    /// <param name="dtype">Of the current: float32 or bfloat16.</param>
    public FusedNeurons(
        FusedBranch current, FusedBranch? shortcut, SpikeMask spikes, LifNeuronOptions neuron, int timeSteps, bool isStatic, ScalarType dtype)
    {
        (_current, _shortcut, Spikes, _neuron, _timeSteps, _isStatic) = (current, shortcut, spikes, neuron, timeSteps, isStatic);
        _isBFloat16 = dtype == ScalarType.BFloat16;
        if (_isBFloat16)
            Forward<BFloat16Element>();
        else
            Forward<Float32Element>();
        spikes.Measure();
    }

    public SpikeMask Spikes { get; }

    /// <summary>
    /// Gradients by the convolution's output, in whose memory it lies, and by the shortcut's values, if there is a shortcut. Adds those by
    /// the tdBNs' parameters.
    /// </summary>
    /// <param name="gradient">By the spikes, [T*N, H, W, C]; its memory is used up.</param>
    /// <param name="second">To be added to it; null for none.</param>
    /// <param name="gradients">By parameter.</param>
    public (Tensor ByCurrent, Tensor? ByShortcut) Backward(Tensor gradient, Tensor? second, Dictionary<Tensor, Tensor> gradients)
    {
        int channels = Spikes.Channels;
        byte* first = TensorMemory.Address<byte>(gradient);
        byte* added = second is null ? null : TensorMemory.Address<byte>(second);
        ReadOnlySpan<double> sums = _isBFloat16 ? Backward<BFloat16Element>(first, added) : Backward<Float32Element>(first, added);
        Tensor byCurrent = _current.Backward(gradient, sums[..channels], sums[channels..(2 * channels)], gradients);
        return (byCurrent, _shortcut?.Backward(gradient, sums[..channels], sums[(2 * channels)..], gradients));
    }

    public void Dispose()
    {
        FreeCurrents();
        Spikes.Dispose();
    }

    /// <summary>Takes back currents that were freed.</summary>
    /// <param name="current">As in the constructor.</param>
    /// <param name="shortcut">What the shortcut's convolution put out; null where there is none.</param>
    public void RestoreCurrents(Tensor current, Tensor? shortcut)
    {
        _current.Restore(current);
        if (shortcut is not null)
            _shortcut!.Restore(shortcut);
    }

    /// <summary>Frees all but the spikes.</summary>
    public void FreeCurrents()
    {
        _current.Dispose();
        _shortcut?.Dispose();
    }

    private void Forward<TElement>() where TElement : IElement
    {
        if (KernelVectors.AreWide(Spikes.Channels))
            Forward<Lanes512, TElement>();
        else
            Forward<Lanes256, TElement>();
    }

    private void Forward<TLanes, TElement>() where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement
    {
        float[] shift = _shortcut is null ? _current.Shift : [.. _current.Shift.Zip(_shortcut.Shift, (a, b) => a + b)];
        fixed (float* scale = _current.Scale, added = _shortcut?.Scale, bias = shift)
        {
            NormalizedLifArguments arguments = Arguments(scale, added, bias);
            if (_shortcut is null)
                NormalizedLifKernel.Forward<TLanes, TElement, NoShortcut>(arguments, Spikes);
            else if (_shortcut.IsSpikes)
                NormalizedLifKernel.Forward<TLanes, TElement, SpikeShortcut>(arguments, Spikes);
            else
                NormalizedLifKernel.Forward<TLanes, TElement, ProjectedShortcut<TElement>>(arguments, Spikes);
        }
    }

    private double[] Backward<TElement>(byte* gradient, byte* second) where TElement : IElement => KernelVectors.AreWide(Spikes.Channels)
        ? Backward<Lanes512, TElement>(gradient, second)
        : Backward<Lanes256, TElement>(gradient, second);

    private double[] Backward<TLanes, TElement>(byte* gradient, byte* second) where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement
    {
        float[] shift = _shortcut is null ? _current.Shift : [.. _current.Shift.Zip(_shortcut.Shift, (a, b) => a + b)];
        fixed (float* scale = _current.Scale, added = _shortcut?.Scale, bias = shift, mean = _current.Mean, shortcutMean = _shortcut?.Mean)
        {
            NormalizedLifArguments arguments = Arguments(scale, added, bias);
            return _shortcut is null
                ? NormalizedLifKernel.Backward<TLanes, TElement, NoShortcut>(arguments, gradient, second, mean, shortcutMean)
                : _shortcut.IsSpikes
                ? NormalizedLifKernel.Backward<TLanes, TElement, SpikeShortcut>(arguments, gradient, second, mean, shortcutMean)
                : NormalizedLifKernel.Backward<TLanes, TElement, ProjectedShortcut<TElement>>(arguments, gradient, second, mean, shortcutMean);
        }
    }

    private NormalizedLifArguments Arguments(float* scale, float* shortcutScale, float* shift) => new(_neuron)
    {
        Rows = Spikes.Pixels / _timeSteps,
        Channels = Spikes.Channels,
        TimeSteps = _timeSteps,
        IsStatic = _isStatic,
        Current = _current.Address,
        Shortcut = _shortcut is null ? null : _shortcut.Address,
        ShortcutStride = _shortcut?.Stride ?? 0,
        Scale = scale,
        ShortcutScale = shortcutScale,
        Shift = shift,
    };
}

using System.Diagnostics;
using Microsoft.ML.Snn.Engine.Vectors;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>One layer's neurons in one forward pass, and what the backward pass needs of it.</summary>
internal sealed unsafe class FusedNeurons : IDisposable
{
    private readonly FusedBranch _current;
    private readonly FusedBranch? _shortcut;
    private readonly LifNeuronOptions _neuron;
    private readonly int _timeSteps;
    private readonly bool _isStatic;
    private readonly ScalarType _dtype;
    private readonly ILearnedNeurons? _learned;
    private readonly float[]? _decays;
    private readonly float[]? _thresholds;

    /// <param name="current">What the convolution put out, [T*N, H, W, C], or [N, H, W, C] where static; taken over with its tdBN.</param>
    /// <param name="shortcut">What is added; taken over.</param>
    /// <param name="spikes">Written here; taken over.</param>
    /// <param name="neuron">The neurons' options.</param>
    /// <param name="timeSteps">T.</param>
    /// <param name="isStatic">Whether every step has the same current.</param>
    /// <param name="dtype">Of the current: float32 or bfloat16.</param>
    /// <param name="learned">What the neurons learn; null for nothing.</param>
    public FusedNeurons(
        FusedBranch current, FusedBranch? shortcut, SpikeMask spikes, LifNeuronOptions neuron, int timeSteps, bool isStatic,
        ScalarType dtype, ILearnedNeurons? learned = null)
    {
        (_current, _shortcut, Spikes, _neuron, _timeSteps) = (current, shortcut, spikes, neuron, timeSteps);
        (_isStatic, _dtype, _learned) = (isStatic, dtype, learned);
        // Kept for the backward pass.
        (_decays, _thresholds) = (FilledUp(learned?.Decays(), neuron.Decay), FilledUp(learned?.Thresholds(), neuron.Threshold));
        var job = new ForwardPass(this);
        KernelVectors.Run(spikes.Channels, dtype, ref job);
        spikes.Measure();
    }

    public SpikeMask Spikes { get; }

    /// <summary>Of a penalty on spikes, by each spike; 0 for none. The backward pass adds it.</summary>
    public float PenaltyGradient { get; init; }

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
        var job = new BackwardPass(this, gradient, second);
        KernelVectors.Run(channels, _dtype, ref job);
        ReadOnlySpan<double> sums = job.Sums;
        if (_learned is not null)
        {
            double[] byDecay = sums[(3 * channels)..(4 * channels)].ToArray(), byThreshold = sums[(4 * channels)..].ToArray();
            foreach ((Tensor parameter, float[] values) in _learned.Gradients(byDecay, byThreshold))
                gradients.Add(parameter, TensorMemory.FromArray(values, values.Length));
        }
        int normalization = (_shortcut is null ? 2 : 3) * channels;
        ReadOnlySpan<double> own = sums[..normalization], joint = _current.OverRanks(own);
        Tensor byCurrent = _current.Backward(gradient, new(own, channels, 1), new(joint, channels, 1), gradients);
        return (byCurrent, _shortcut?.Backward(gradient, new(own, channels, 2), new(joint, channels, 2), gradients));
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

    /// <summary>beta - Scale * E[x] of both parts, [C].</summary>
    private float[] Shift() => _shortcut is null ? _current.Shift : [.. _current.Shift.Zip(_shortcut.Shift, (a, b) => a + b)];

    /// <summary>With the option's value in the channels that fill a vector up, where no current ever flows.</summary>
    private float[]? FilledUp(float[]? values, double value) =>
        values is null ? null : [.. values, .. Enumerable.Repeat((float)value, Spikes.Channels - values.Length)];

    private NormalizedLifArguments Arguments(
        float* scale, float* shortcutScale, float* shift, float* decays, float* thresholds) => new(_neuron)
    {
        Decays = decays,
        Thresholds = thresholds,
        Rows = Spikes.Pixels / _timeSteps,
        Channels = Spikes.Channels,
        TimeSteps = _timeSteps,
        IsStatic = _isStatic,
        PenaltyGradient = PenaltyGradient,
        Current = _current.Address,
        Shortcut = _shortcut is null ? null : _shortcut.Address,
        ShortcutStride = _shortcut?.Stride ?? 0,
        Scale = scale,
        ShortcutScale = shortcutScale,
        Shift = shift,
    };

    private readonly struct ForwardPass(FusedNeurons neurons) : IKernelJob
    {
        public void Run<TLanes, TElement>() where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement
        {
            FusedBranch? shortcut = neurons._shortcut;
            if (shortcut is null)
                Run<TLanes, TElement, NoShortcut>();
            else if (shortcut.IsSpikes)
                Run<TLanes, TElement, SpikeShortcut>();
            else
                Run<TLanes, TElement, ProjectedShortcut<TElement>>();
        }

        private void Run<TLanes, TElement, TShortcut>()
            where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement where TShortcut : IShortcutValues
        {
            fixed (float* scale = neurons._current.Scale, added = neurons._shortcut?.Scale, shift = neurons.Shift())
            fixed (float* decays = neurons._decays, thresholds = neurons._thresholds)
            {
                NormalizedLifArguments arguments = neurons.Arguments(scale, added, shift, decays, thresholds);
                if (neurons._learned is null)
                    NormalizedLifKernel.Forward<TLanes, TElement, TShortcut, FixedNeuron>(arguments, neurons.Spikes);
                else
                    NormalizedLifKernel.Forward<TLanes, TElement, TShortcut, LearningNeuron>(arguments, neurons.Spikes);
            }
        }
    }

    private struct BackwardPass(FusedNeurons neurons, Tensor gradient, Tensor? second) : IKernelJob
    {
        /// <summary>As <see cref="NormalizedLifKernel"/> returns them.</summary>
        public double[]? Sums { get; private set; }

        public void Run<TLanes, TElement>() where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement
        {
            FusedBranch? shortcut = neurons._shortcut;
            Sums = shortcut is null ? Run<TLanes, TElement, NoShortcut>()
                : shortcut.IsSpikes ? Run<TLanes, TElement, SpikeShortcut>()
                : Run<TLanes, TElement, ProjectedShortcut<TElement>>();
        }

        private readonly double[] Run<TLanes, TElement, TShortcut>()
            where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement where TShortcut : IShortcutValues =>
            neurons._neuron.Surrogate switch
            {
                SurrogateShape.Rectangle => Run<TLanes, TElement, TShortcut, RectangleSurrogate>(),
                SurrogateShape.Triangle => Run<TLanes, TElement, TShortcut, TriangleSurrogate>(),
                SurrogateShape.ArcTangent => Run<TLanes, TElement, TShortcut, ArcTangentSurrogate>(),
                _ => throw new UnreachableException(),
            };

        private readonly double[] Run<TLanes, TElement, TShortcut, TSurrogate>()
            where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement where TShortcut : IShortcutValues
            where TSurrogate : ISurrogate =>
            neurons._learned is null
                ? Run<TLanes, TElement, TShortcut, TSurrogate, FixedNeuron>()
                : Run<TLanes, TElement, TShortcut, TSurrogate, LearningNeuron>();

        private readonly double[] Run<TLanes, TElement, TShortcut, TSurrogate, TNeuron>()
            where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement where TShortcut : IShortcutValues
            where TSurrogate : ISurrogate where TNeuron : INeuronKind
        {
            (FusedBranch current, FusedBranch? shortcut) = (neurons._current, neurons._shortcut);
            byte* first = TensorMemory.Address<byte>(gradient), added = second is null ? null : TensorMemory.Address<byte>(second);
            fixed (float* scale = current.Scale, shortcutScale = shortcut?.Scale, shift = neurons.Shift())
            fixed (float* mean = current.Mean, shortcutMean = shortcut?.Mean)
            fixed (float* decays = neurons._decays, thresholds = neurons._thresholds)
            {
                return NormalizedLifKernel.Backward<TLanes, TElement, TShortcut, TSurrogate, TNeuron>(
                    neurons.Arguments(scale, shortcutScale, shift, decays, thresholds), first, added, mean, shortcutMean);
            }
        }
    }
}

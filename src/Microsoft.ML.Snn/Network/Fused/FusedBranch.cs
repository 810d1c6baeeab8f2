using Microsoft.ML.Snn.Engine.Vectors;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// One part of a layer's current in one forward pass: what its tdBN normalizes (a convolution's output or, on an identity shortcut,
/// spikes), and by which statistics.
/// </summary>
internal sealed unsafe class FusedBranch : IDisposable
{
    private readonly FusedNormalization _norm;
    private readonly SpikeMask? _spikes;
    private readonly BatchStatistics _statistics;
    private Tensor? _values;

    /// <param name="norm">The layer.</param>
    /// <param name="values">[T*N, H, W, C] ([N, H, W, C] where static), taken over.</param>
    /// <param name="training">Whether to normalize by the batch's own statistics and to let them into the running ones.</param>
    public FusedBranch(FusedNormalization norm, Tensor values, bool training)
    {
        (_norm, _values) = (norm, values.DetachFromDisposeScope());
        int channels = (int)values.shape[^1];
        Address = TensorMemory.Address<byte>(values);
        Stride = channels * (int)values.ElementSize;
        long rows = values.numel() / channels;
        _statistics = training ? norm.OverRanks(BatchStatistics.Of(Address, values.dtype, rows, channels)) : norm.RunningStatistics();
        (Scale, Shift) = norm.Affine(_statistics);
        if (training)
            norm.Track(_statistics);
    }

    /// <param name="norm">The layer.</param>
    /// <param name="spikes">Left to the layer that they come from.</param>
    /// <param name="training">As for values.</param>
    public FusedBranch(FusedNormalization norm, SpikeMask spikes, bool training)
    {
        (_norm, _spikes) = (norm, spikes);
        Address = spikes.Bytes;
        Stride = spikes.PixelBytes;
        _statistics = training ? norm.OverRanks(BatchStatistics.Of(spikes)) : norm.RunningStatistics();
        (Scale, Shift) = norm.Affine(_statistics);
        if (training)
            norm.Track(_statistics);
    }

    public byte* Address { get; private set; }

    /// <summary>Bytes from one pixel to the next.</summary>
    public int Stride { get; }

    /// <summary>lambda * alpha * Vth / sqrt(Var[x] + eps), [C].</summary>
    public float[] Scale { get; }

    /// <summary>beta - Scale * E[x], [C].</summary>
    public float[] Shift { get; }

    public bool IsSpikes => _spikes is not null;

    public float[] Mean => Array.ConvertAll(_statistics.Mean, mean => (float)mean);

    /// <summary>Sums of this rank as those of all ranks that share the batch.</summary>
    public ReadOnlySpan<double> OverRanks(ReadOnlySpan<double> own) => _norm.Statistics is { } statistics ? statistics.Ranks.Sum(own) : own;

    /// <summary>
    /// Adds the gradients by lambda and beta and returns that by the values in the memory of the values or, for spikes, of
    /// <paramref name="gradient"/>. The values are then gone.
    /// </summary>
    /// <param name="gradient">By the current, at least of the values' size, [T*N, H, W, C]; spoiled for spikes.</param>
    /// <param name="own">This rank's sums.</param>
    /// <param name="joint">Those over all ranks that share the batch.</param>
    /// <param name="gradients">By parameter.</param>
    public Tensor Backward(Tensor gradient, NormalizationSums own, NormalizationSums joint, Dictionary<Tensor, Tensor> gradients)
    {
        var terms = new NormalizationGradient(_norm, _statistics, Scale, own, joint);
        gradients.Add(_norm.Weight, TensorMemory.FromArray(terms.ByWeight, terms.ByWeight.Length));
        gradients.Add(_norm.Bias, TensorMemory.FromArray(terms.ByBias, terms.ByBias.Length));
        Tensor target = _values is null ? gradient.alias() : _values.alias();
        var job = new Normalization(this, TensorMemory.Address<byte>(gradient), target, terms);
        KernelVectors.Run(terms.Mean.Length, target.dtype, ref job);
        return target;
    }

    /// <summary>Takes back values that were disposed of, computed a second time.</summary>
    public void Restore(Tensor values)
    {
        _values = values.DetachFromDisposeScope();
        Address = TensorMemory.Address<byte>(values);
    }

    /// <summary>Frees the values.</summary>
    public void Dispose() => _values?.Dispose();

    /// <summary>From the gradient by the tdBN's output to that by its values.</summary>
    private readonly struct Normalization(FusedBranch branch, byte* gradient, Tensor target, NormalizationGradient terms) : IKernelJob
    {
        public void Run<TLanes, TElement>() where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement
        {
            if (branch.IsSpikes)
                Run<TLanes, TElement, SpikeShortcut>();
            else
                Run<TLanes, TElement, ProjectedShortcut<TElement>>();
        }

        private void Run<TLanes, TElement, TValues>()
            where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement where TValues : IShortcutValues =>
            NormalizedLifKernel.BackwardNormalization<TLanes, TElement, TValues>(
                branch.Address, branch.Stride, gradient, TensorMemory.Address<byte>(target), target.numel() / terms.Mean.Length, terms);
    }
}

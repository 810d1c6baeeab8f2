using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>
/// One forward pass of a <see cref="FusedTrunk"/> and, in training, its backward pass, which may follow once and frees what it has used.
/// </summary>
internal sealed class FusedPass(
    FusedTrunk trunk, int timeSteps, bool isStatic, bool training, LifNeuronOptions neuron, ScalarType dtype, bool recomputes,
    BackwardRunner backward, double batchShare)
    : IDisposable
{
    private readonly FusedNeurons?[] _neurons = new FusedNeurons?[trunk.Layers.Count];
    private Tensor? _input;

    /// <summary>
    /// [N, C, H, W] or [T*N, C, H, W] in channels-last memory -> firing rates over windows of pixels, float32 [T*N, features].
    /// </summary>
    public Tensor Forward(Tensor input)
    {
        _input = input.to(dtype).DetachFromDisposeScope();
        for (int i = 0; i < _neurons.Length; i++)
        {
            FusedLayer layer = trunk.Layers[i];
            FusedNeurons neurons = _neurons[i] = Forward(layer, i);
            layer.Rate.Set(neurons.Spikes.Density);
            if (!IsTrained(i) || recomputes)
                neurons.FreeCurrents();
            if (training && recomputes)
                FreedMemory.ReturnToSystem();
        }
        return Spikes(_neurons.Length - 1).MeanOverWindows(trunk.Pooling);
    }

    /// <summary>The gradients by the trunk's parameters, in their order; zeros where it fails.</summary>
    /// <param name="gradient">By the firing rates, [T*N, features].</param>
    public Tensor[] Backward(Tensor gradient) => backward.Compute(trunk.Parameters, () => Gradients(gradient));

    public void Dispose()
    {
        _input?.Dispose();
        _input = null;
        foreach (FusedNeurons? neurons in _neurons)
            neurons?.Dispose();
    }

    private Tensor[] Gradients(Tensor gradient)
    {
        if (_input is null)
            throw new InvalidOperationException("A second backward pass needs a second forward pass: the first has used up what it needs.");
        // TorchSharp compares tensors by their values: one that holds NaN would not be found again.
        var byParameter = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        // From the next layer and, at the beginning of a shortcut, from its end.
        var bySpikes = new Queue<Tensor>[_neurons.Length];
        for (int i = 0; i < _neurons.Length; i++)
            bySpikes[i] = [];
        bySpikes[^1].Enqueue(SpreadOverPixels(gradient));
        for (int i = _neurons.Length - 1; i >= trunk.FrozenLayers; i--)
        {
            (FusedLayer layer, FusedNeurons neurons) = (trunk.Layers[i], _neurons[i]!);
            if (recomputes)
                neurons.RestoreCurrents(Convolve(layer, i), Project(layer));
            using Tensor first = bySpikes[i].Dequeue();
            bySpikes[i].TryDequeue(out Tensor? second);
            (Tensor byCurrent, Tensor? byShortcut) = neurons.Backward(first, second, byParameter);
            neurons.FreeCurrents();
            second?.Dispose();
            if (recomputes)
                FreedMemory.ReturnToSystem();
            if (layer.Shortcut is { Projection: { } projection, Source: int source })
            {
                using (byShortcut)
                    Backward(projection, source, byShortcut!, byParameter, bySpikes[source]);
            }
            else if (layer.Shortcut is { } identity)
            {
                if (IsTrained(identity.Source))
                    bySpikes[identity.Source].Enqueue(byShortcut!);
                else
                    byShortcut!.Dispose();
            }
            using (byCurrent)
            {
                if (i > 0)
                    Backward(layer.Convolution, i - 1, byCurrent, byParameter, bySpikes[i - 1]);
                else
                    byParameter.Add(layer.Convolution.Weight, StemWeightGradient(layer.Convolution, byCurrent));
            }
            if (backward.GradientReady is { } ready)
            {
                foreach (Tensor parameter in layer.Parameters)
                    ready(parameter, byParameter[parameter]);
            }
        }
        return [.. trunk.Parameters.Select(parameter => byParameter[parameter])];
    }

    private bool IsTrained(int layer) => training && layer >= trunk.FrozenLayers;

    private SpikeMask Spikes(int layer) => _neurons[layer]!.Spikes;

    private FusedNeurons Forward(FusedLayer layer, int index)
    {
        ConvolutionPlan plan = layer.Convolution.Plan;
        bool trained = IsTrained(index);
        Tensor output = Convolve(layer, index);
        var current = new FusedBranch(layer.Convolution.Norm, output, trained);
        FusedBranch? shortcut = layer.Shortcut switch
        {
            null => null,
            { Projection: { } projection } => new(projection.Norm, Project(layer)!, trained),
            { } identity when neuron.MaxSpikes == 1 => new(identity.Norm, Spikes(identity.Source), trained),
            { } identity => new(identity.Norm, Project(layer)!, trained),
        };
        bool repeats = isStatic && index == 0;
        var spikes = new SpikeMask(
            output.shape[0] * (repeats ? timeSteps : 1), plan.OutHeight, plan.OutWidth, layer.Convolution.Norm.Channels,
            neuron.MaxSpikes);
        return new(current, shortcut, spikes, neuron, timeSteps, repeats, dtype, layer.Learned)
        {
            PenaltyGradient = (float)(layer.RatePenalty * batchShare / (spikes.Pixels * spikes.RealChannels)),
        };
    }

    /// <summary>What a layer's convolution makes of the image or of the spikes before it: the same to the bit each time.</summary>
    private Tensor Convolve(FusedLayer layer, int index)
    {
        if (index > 0)
            return Convolve(layer.Convolution, index - 1);
        using Tensor weight = layer.Convolution.FilledUpWeight();
        return SpikeConvolution.Forward(_input!, weight, layer.Convolution.Plan);
    }

    /// <summary>
    /// What a shortcut's convolution makes of its spikes, [T*N, H, W, C], or the numbers of spikes themselves; null where there is no
    /// shortcut, or where its spikes are bits, which need no numbers.
    /// </summary>
    private Tensor? Project(FusedLayer layer)
    {
        if (layer.Shortcut is { Projection: { } projection, Source: int source })
            return Convolve(projection, source);
        if (layer.Shortcut is not { } identity || neuron.MaxSpikes == 1)
            return null;
        using Tensor numbers = Spikes(identity.Source).ToTensor(dtype);
        return TensorMemory.ChannelsInnermost(numbers);
    }

    private Tensor Convolve(FusedConvolution convolution, int source)
    {
        using Tensor weight = convolution.FilledUpWeight();
        return SpikeConvolution.Forward(Spikes(source), weight, convolution.Plan, dtype);
    }

    /// <summary>Adds the gradient by a convolution's weight and, where the source is trained, that by its spikes.</summary>
    private void Backward(
        FusedConvolution convolution, int source, Tensor gradient, Dictionary<Tensor, Tensor> byParameter, Queue<Tensor> bySpikes)
    {
        using Tensor weight = convolution.FilledUpWeight();
        Tensor byWeight = SpikeConvolution.WeightGradient(Spikes(source), gradient, weight, convolution.Plan);
        byParameter.Add(convolution.Weight, convolution.RealGradient(byWeight));
        if (IsTrained(source))
            bySpikes.Enqueue(SpikeConvolution.InputGradient(Spikes(source), gradient, weight, convolution.Plan));
    }

    private Tensor StemWeightGradient(FusedConvolution stem, Tensor gradient)
    {
        using Tensor weight = stem.FilledUpWeight();
        return stem.RealGradient(SpikeConvolution.WeightGradient(_input!, gradient, weight, stem.Plan));
    }

    /// <summary>The gradient by firing rates [T*N, features] as that by spikes [T*N, H, W, C].</summary>
    private Tensor SpreadOverPixels(Tensor gradient)
    {
        using DisposeScope scope = NewDisposeScope();
        SpikeMask spikes = Spikes(_neurons.Length - 1);
        PoolingPlan pooling = trunk.Pooling;
        (long rows, long columns) = (pooling.OutHeight, pooling.OutWidth);
        Tensor real = (gradient / (pooling.WindowHeight * pooling.WindowWidth)).to(dtype);
        Tensor share = real.reshape(spikes.Images, spikes.RealChannels, rows, columns).permute(0, 2, 3, 1);
        Tensor window = nn.functional.pad(share, [0, spikes.Channels - spikes.RealChannels])
            .view(spikes.Images, rows, 1, columns, 1, spikes.Channels);
        Tensor all = window.expand(spikes.Images, rows, pooling.WindowHeight, columns, pooling.WindowWidth, spikes.Channels);
        return all.reshape(spikes.Images, spikes.Height, spikes.Width, spikes.Channels).contiguous().MoveToOuterDisposeScope();
    }
}

using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network.Fused;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>
/// Convolutions in series, each with tdBN and neurons; the shortcut is added before the last neurons (Fig. 5), which have the block's name.
/// </summary>
internal sealed class SpikingBlock
{
    private readonly NormalizedConvolution[] _convolutions;
    private readonly LifNeuron[] _neurons;
    private readonly NormalizedConvolution? _projection;
    private readonly ThresholdDependentBatchNorm? _identity;

    public SpikingBlock(BlockPlan plan, NetworkTensors tensors, double deviation, Func<string, int, LifNeuron> newNeurons)
    {
        _convolutions = [.. plan.Convolutions.Select(convolution => new NormalizedConvolution(convolution, tensors, deviation))];
        _neurons =
        [
            .. plan.Convolutions.SkipLast(1).Select(convolution => newNeurons(convolution.Name, convolution.Out)),
            newNeurons(plan.Name, plan.Convolutions[^1].Out),
        ];
        if (plan.Shortcut is { Convolution: { } projection })
            _projection = new(projection, tensors, deviation);
        else if (plan.Shortcut is { } identity)
            _identity = new(tensors, identity.Name, identity.Channels, identity.Alpha, deviation);
    }

    /// <summary>What a gradient is for.</summary>
    public IEnumerable<Parameter> Parameters => _convolutions.SelectMany(convolution => convolution.Parameters)
        .Concat(_projection?.Parameters ?? _identity?.Parameters ?? [])
        .Concat(_neurons.SelectMany(neurons => neurons.Learned?.Parameters ?? []));

    /// <summary>Its last neurons.</summary>
    public LifNeuron Output => _neurons[^1];

    /// <summary>Spikes [T*N, C, H, W] -> spikes [T*N, C', H', W'].</summary>
    /// <param name="spikes">Input.</param>
    /// <param name="timeSteps">T.</param>
    /// <param name="pass">Which statistics to normalize by.</param>
    public Tensor Forward(Tensor spikes, int timeSteps, Pass pass)
    {
        Tensor x = spikes.alias();
        for (int i = 0; i < _convolutions.Length; i++)
        {
            Tensor current = _convolutions[i].Forward(x, pass);
            x.Dispose();
            if (i == _convolutions.Length - 1 && Shortcut(spikes, pass) is { } shortcut)
            {
                Tensor branch = current;
                current = branch + shortcut;
                branch.Dispose();
                shortcut.Dispose();
            }
            x = _neurons[i].Forward(current, timeSteps);
            current.Dispose();
        }
        return x;
    }

    /// <summary>Its paths from one tdBN to the next.</summary>
    /// <param name="source">The layer of neurons before it.</param>
    public IEnumerable<SpikingBranch> Branches(LifNeuron source)
    {
        IEnumerable<SpikingBranch> branches = _convolutions.Select((convolution, i) =>
            new SpikingBranch(i == 0 ? source : _neurons[i - 1], convolution));
        return _projection is null ? branches : branches.Append(new(source, _projection));
    }

    /// <summary>The same as layers of a <see cref="FusedTrunk"/>, after the layer number <paramref name="source"/>.</summary>
    public IEnumerable<FusedLayer> Fused(int source)
    {
        FusedShortcut? shortcut = (_projection?.Norm ?? _identity) is { } norm
            ? new(source, _projection?.Fused(overSpikes: true), norm.Fused())
            : null;
        return _convolutions.Select((convolution, i) =>
            _neurons[i].Fused(convolution.Fused(overSpikes: true), i == _convolutions.Length - 1 ? shortcut : null));
    }

    private Tensor? Shortcut(Tensor spikes, Pass pass) => _projection?.Forward(spikes, pass) ?? _identity?.Forward(spikes, pass);
}

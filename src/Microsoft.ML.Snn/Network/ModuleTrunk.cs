using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network.Fused;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>A network from its stem to the averages over pixels, in torch operations.</summary>
/// <remarks>
/// It exists beside <see cref="FusedTrunk"/>, which every float32 network on a CPU takes, for three reasons: it runs on CUDA devices,
/// where there are no kernels of ours; in float64 it is the reference that the kernels are tested against; and it shows an
/// <see cref="INeuronTap"/> the currents and their gradients, which the kernels never hold as a whole.
/// </remarks>
internal sealed class ModuleTrunk(
    NormalizedConvolution stem, LifNeuron stemNeurons, IReadOnlyList<SpikingBlock> blocks, PoolingPlan pooling, int? frozenBlocks,
    bool recomputes, BackwardRunner backward)
{
    /// <summary>Images [N, C, H, W] or frames [T*N, C, H, W] -> firing rates [T*N, features] of the last layer's windows.</summary>
    public Tensor Forward(Tensor images, int timeSteps, bool isStatic, Pass pass)
    {
        int frozen = frozenBlocks ?? 0;
        Tensor spikes = frozenBlocks is null ? Begin(images, timeSteps, isStatic, pass) : Frozen(images, timeSteps, isStatic);
        foreach (SpikingBlock block in blocks.Skip(frozen))
        {
            using Tensor previous = spikes;
            spikes = pass == Pass.Training && recomputes
                ? RecomputedBlock.Forward(previous, new(block, timeSteps, backward))
                : block.Forward(previous, timeSteps, pass);
        }
        using (spikes)
            return Pool(spikes);
    }

    private Tensor Pool(Tensor spikes)
    {
        if (pooling.IsGlobal)
            return spikes.mean([2L, 3L]);
        using Tensor windows = nn.functional.avg_pool2d(spikes, (pooling.WindowHeight, pooling.WindowWidth));
        return windows.flatten(1);
    }

    private Tensor Begin(Tensor images, int timeSteps, bool isStatic, Pass pass)
    {
        using Tensor current = stem.Forward(images, pass);
        return stemNeurons.Forward(current, timeSteps, isStatic);
    }

    /// <summary>The spikes of what stays as it is, without a gradient.</summary>
    private Tensor Frozen(Tensor images, int timeSteps, bool isStatic)
    {
        using IDisposable mode = no_grad();
        Tensor spikes = Begin(images, timeSteps, isStatic, Pass.Scoring);
        foreach (SpikingBlock block in blocks.Take(frozenBlocks ?? 0))
        {
            using Tensor previous = spikes;
            spikes = block.Forward(previous, timeSteps, Pass.Scoring);
        }
        return spikes;
    }
}

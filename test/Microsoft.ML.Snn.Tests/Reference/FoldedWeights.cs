using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Tests.Reference;

/// <summary>All that a folded network has learned, to be compared to the last bit.</summary>
internal static class FoldedWeights
{
    /// <summary>Of each node in its order: weights and bias, or scale and offset; nothing of others.</summary>
    public static float[][] Of(SpikingNetwork network) => [.. network.ToGraph().Nodes.Select(node => node switch
    {
        WeightedNode<float> weighted => [.. weighted.Weights, .. weighted.Bias],
        ChannelScaleNode<float> scaled => [.. scaled.Scale, .. scaled.Offset],
        _ => Array.Empty<float>(),
    })];
}

using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;

namespace Microsoft.ML.Snn.Tests.Reference;

/// <summary>A network in float64 as it was trained, and folded.</summary>
internal static class FoldComparison
{
    /// <summary>Asserts that folding changes no spike, and scores by rounding alone.</summary>
    public static (UnfoldedReference Unfolded, double[] Scores, NetworkGraph<double> Fold) SameSpikes(
        TrainedNetwork network, float[] features)
    {
        var unfolded = new UnfoldedReference(network);
        double[] expected = unfolded.Score(features);
        NetworkGraph<double> fold = NetworkFolder.Fold(network);
        var folded = new GraphReference<double>(fold);
        Assert.Equal(expected, folded.Score(features), (a, b) => Math.Abs(a - b) < 1e-9);
        foreach ((string layer, List<Map> spikes) in unfolded.Spikes)
        {
            for (int t = 0; t < spikes.Count; t++)
                Assert.Equal(spikes[t].Values, folded.Outputs[$"{layer}.neuron"][t].Values);
        }
        return (unfolded, expected, fold);
    }
}

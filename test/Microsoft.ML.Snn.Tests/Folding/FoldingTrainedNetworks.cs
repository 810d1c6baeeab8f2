using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Vectors;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Tests.Folding;

/// <summary>Folding and the engine on weights that training has moved.</summary>
[Slow]
public class FoldingTrainedNetworks(ITestOutputHelper output)
{
    [Theory]
    [InlineData("ResNet17", true)]
    [InlineData("ResNet18", false)]
    [InlineData("ResNet19", false)]
    [InlineData("ResNet34", true)]
    [InlineData("ResNet34Large", false)]
    [InlineData("ResNet50", false)]
    public void Fold_and_engine_keep_the_trained_network(string preset, bool inputHasTimeSteps)
    {
        TrainedNetwork start = Presets.Trained(preset, inputHasTimeSteps);
        TrainedNetwork network = BrieflyTrained.Network(start, steps: 4, step => Batch(start, 3, seed: 100 * step));
        Assert.NotEqual(start.Tensors["stem.norm.running_mean"], network.Tensors["stem.norm.running_mean"]);

        var unfolded = new UnfoldedReference(network);
        NetworkGraph<double> fold = NetworkFolder.Fold(network);
        var folded = new GraphReference<double>(fold);
        float[] features = RandomNetworks.Features(network, seed: 7);
        double[] expected = unfolded.Score(features), actual = folded.Score(features);
        for (int c = 0; c < expected.Length; c++)
            Assert.Equal(expected[c], actual[c], 1e-9);
        foreach ((string layer, List<Map> spikes) in unfolded.Spikes)
        {
            for (int t = 0; t < spikes.Count; t++)
                Assert.Equal(spikes[t].Values, folded.Outputs[$"{layer}.neuron"][t].Values);
        }

        (int flipped, int all) = LayerByLayer.Compare(fold, NetworkFolder.Round(fold), features, VectorWidths.Best);
        output.WriteLine($"{flipped} of {all} neurons differ");
        Assert.True(flipped < 1e-4 * all, $"{flipped} of {all} neurons differ");
    }

    [Fact]
    public void On_real_test_images_the_engine_predicts_what_the_unfolded_network_predicts()
    {
        const int Images = 400, Batch = 32, Steps = 40;
        (float[] training, long[] labels) = CifarImages.Read("cifar10-train.zip", Batch * Steps, seed: 1);
        var start = new TrainedNetwork
        {
            Plan = NetworkPlan.Create(SpikingResNetArchitecture.ResNet19.WithWidth(0.0625), 3, 32, 32, 10),
            Neuron = new(),
            Tensors = new Dictionary<string, float[]>(),
            TimeSteps = 2,
            InputHasTimeSteps = false,
            InputNormalization = ([125.3f, 123, 113.9f], [63, 62.1f, 66.7f]),
        };
        TrainedNetwork network = BrieflyTrained.Network(start, Steps, step => (
            training[(step * Batch * CifarImages.Length)..((step + 1) * Batch * CifarImages.Length)], labels[(step * Batch)..((step + 1) * Batch)]));

        (float[] test, long[] truth) = CifarImages.Read("cifar10-test.zip", Images, seed: 2);
        int[] expected = BrieflyTrained.Predict(network, test, Images);
        int[] actual = new int[Images];
        new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(network))).Predict(test, actual);
        int equal = expected.Zip(actual).Count(pair => pair.First == pair.Second);
        output.WriteLine($"{equal} of {Images} predictions equal; {actual.Zip(truth).Count(pair => pair.First == pair.Second)} right");
        Assert.True(expected.Distinct().Count() > 3, "the network tells classes apart");
        Assert.InRange(equal, 0.99 * Images, Images);
    }

    private static (float[], long[]) Batch(TrainedNetwork network, int count, int seed) => (
        [.. Enumerable.Range(seed, count).SelectMany(i => RandomNetworks.Features(network, i))],
        [.. Enumerable.Range(0, count).Select(i => (long)i % network.Plan.Classes)]);
}

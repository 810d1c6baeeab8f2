using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Folding;

public class FoldingKeepsTheNetwork
{
    public static TheoryData<string, bool> All => Presets.All;

    [Slow]
    [Theory]
    [MemberData(nameof(All))]
    public void The_unrounded_fold_gives_the_same_spikes_and_scores(string preset, bool inputHasTimeSteps)
    {
        TrainedNetwork network = Presets.Trained(preset, inputHasTimeSteps);
        var unfolded = new UnfoldedReference(network);
        var folded = new GraphReference<double>(NetworkFolder.Fold(network));
        for (int seed = 10; seed < 12; seed++)
        {
            float[] features = RandomNetworks.Features(network, seed);
            double[] expected = unfolded.Score(features), actual = folded.Score(features);
            for (int c = 0; c < expected.Length; c++)
                Assert.Equal(expected[c], actual[c], 1e-9);
            foreach ((string layer, List<Map> spikes) in unfolded.Spikes)
            {
                for (int t = 0; t < spikes.Count; t++)
                    Assert.Equal(spikes[t].Values, folded.Outputs[$"{layer}.neuron"][t].Values);
                Assert.InRange(spikes.Average(map => map.Values.Average()), 0.001, 0.9);
            }
        }
    }

    [Fact]
    public void One_output_of_one_convolution_is_folded_as_equations_9_and_10_say()
    {
        TrainedNetwork network = Presets.Trained("ResNet19", false);
        ConvolutionPlan layer = network.Plan.Blocks[1].Convolutions[1];
        var node = (ConvolutionNode<double>)NetworkFolder.Fold(network).Nodes.Single(n => n.Name == layer.Name);
        const int channel = 3, weight = 7;
        int row = layer.In * layer.Kernel * layer.Kernel;
        double lambda = Value("norm.weight", channel), beta = Value("norm.bias", channel);
        double mean = Value("norm.running_mean", channel), variance = Value("norm.running_var", channel);
        double alphaThreshold = 0.5 / Math.Sqrt(2);
        double expectedWeight = lambda * alphaThreshold * Value("conv.weight", channel * row + weight) / Math.Sqrt(variance + 1e-5);
        Assert.Equal(expectedWeight, node.Weights[channel * row + weight], 1e-14);
        Assert.Equal(lambda * alphaThreshold * (0 - mean) / Math.Sqrt(variance + 1e-5) + beta, node.Bias[channel], 1e-14);

        double Value(string tensor, int index) => network.Tensors[$"{layer.Name}.{tensor}"][index];
    }

    [Fact]
    public void No_batch_normalization_is_left_and_the_input_is_normalized_first()
    {
        NetworkGraph<double> graph = NetworkFolder.Fold(Presets.Trained("ResNet19", false));
        Assert.IsType<InputAffineNode<double>>(graph.Nodes[0]);
        // Stem, eight blocks of two, and the shortcuts of the two strided stages.
        Assert.Equal(1 + 8 * 2 + 2, graph.Nodes.Count(n => n is ConvolutionNode<double>));
        Assert.Equal(6, graph.Nodes.Count(n => n is AffineNode<double>));
        Assert.Equal(2, graph.Nodes.Count(n => n is LinearNode<double>));
    }

    [Fact]
    public void A_missing_tensor_is_named()
    {
        TrainedNetwork network = Presets.Trained("ResNet19", false);
        var tensors = network.Tensors.Where(t => t.Key != "stem.norm.running_var").ToDictionary();
        var error = Assert.Throws<InvalidDataException>(() => NetworkFolder.Fold(network with { Tensors = tensors }));
        Assert.Contains("stem.norm.running_var", error.Message);
    }

    [Fact]
    public void A_tensor_of_wrong_length_is_named()
    {
        TrainedNetwork network = Presets.Trained("ResNet19", false);
        var tensors = network.Tensors.ToDictionary();
        tensors["head.output.bias"] = [1];
        var error = Assert.Throws<InvalidDataException>(() => NetworkFolder.Fold(network with { Tensors = tensors }));
        Assert.Contains("head.output.bias", error.Message);
    }
}

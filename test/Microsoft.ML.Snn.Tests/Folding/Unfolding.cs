using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Folding;

/// <summary>A folded network that is unfolded with any statistics, and folded again, is the same.</summary>
public class Unfolding
{
    public static TheoryData<string, bool> All => Presets.All;

    [Theory]
    [MemberData(nameof(All))]
    public void Whatever_the_statistics_the_fold_is_the_same(string preset, bool inputHasTimeSteps)
    {
        TrainedNetwork network = Presets.Trained(preset, inputHasTimeSteps);
        NetworkGraph<float> before = NetworkFolder.Round(NetworkFolder.Fold(network));
        var random = new Random(3);
        InitialTensors initial = NetworkUnfolder.Unfold(before, network.Plan, network.Neuron, keepsHead: true);
        IReadOnlyDictionary<string, float[]> tensors = initial.With(name =>
        {
            int channels = initial.Normalizations[name].Scale.Length;
            // A channel that never changes is among them.
            return ([.. Enumerable.Range(0, channels).Select(_ => 4 * random.NextDouble() - 2)],
                [.. Enumerable.Range(0, channels).Select(c => c == 0 ? 0 : 9 * random.NextDouble())]);
        });
        Assert.Equal(network.Tensors.Keys.Order(), tensors.Keys.Order());
        Assert.Equal(network.Tensors.Keys.Order(), TensorSizes.Of(network.Plan, network.Neuron).Keys.Order());
        Assert.All(TensorSizes.Of(network.Plan, network.Neuron), size => Assert.Equal(network.Tensors[size.Key].Length, size.Value));
        NetworkGraph<float> after = NetworkFolder.Round(NetworkFolder.Fold(network with { Tensors = tensors }));
        foreach ((NetworkNode<float> expected, NetworkNode<float> actual) in before.Nodes.Zip(after.Nodes))
        {
            Assert.Equal(expected.Name, actual.Name);
            foreach ((float[] values, float[] others) in Arrays(expected).Zip(Arrays(actual)))
                Assert.Equal(values, others, (a, b) => Math.Abs(a - b) <= 1e-5 * (1 + Math.Abs(a)));
        }
        Assert.Equal(before.Nodes.Length, after.Nodes.Length);
    }

    [Fact]
    public void By_its_own_statistics_it_has_the_tensors_that_it_had_but_for_a_scale_of_each_channel()
    {
        TrainedNetwork network = Presets.Trained("ResNet19", false);
        NetworkGraph<float> graph = NetworkFolder.Round(NetworkFolder.Fold(network));
        InitialTensors initial = NetworkUnfolder.Unfold(graph, network.Plan, network.Neuron, keepsHead: true);
        // Folding multiplied x by lambda alpha Vth / sqrt(variance + eps), and so its mean and deviation.
        const string name = "stages.0.0.1";
        float[] lambda = network.Tensors[$"{name}.norm.weight"], beta = network.Tensors[$"{name}.norm.bias"];
        float[] mean = network.Tensors[$"{name}.norm.running_mean"], variance = network.Tensors[$"{name}.norm.running_var"];
        double[] scale = [.. lambda.Zip(variance, (l, v) => l * 0.5 / Math.Sqrt(v + 1e-5))];
        IReadOnlyDictionary<string, float[]> tensors = initial.With(layer => layer == name
            ? ([.. mean.Zip(scale, (m, s) => m * s)], [.. variance.Zip(scale, (v, s) => v * s * s)])
            : (new double[initial.Normalizations[layer].Scale.Length], new double[initial.Normalizations[layer].Scale.Length]));
        // A negative lambda has its sign in the weights now.
        Assert.Equal(lambda.Select(Math.Abs), tensors[$"{name}.norm.weight"], (a, b) => Math.Abs(a - b) < 1e-3 * (1 + Math.Abs(a)));
        Assert.Equal(beta, tensors[$"{name}.norm.bias"], (a, b) => Math.Abs(a - b) < 1e-5 * (1 + Math.Abs(a)));
    }

    private static float[][] Arrays(NetworkNode<float> node) => node switch
    {
        ChannelScaleNode<float> scaled => [scaled.Scale, scaled.Offset],
        WeightedNode<float> weighted => [weighted.Weights, weighted.Bias],
        NeuronNode<float> neurons => [neurons.Decay, neurons.Threshold],
        _ => [],
    };
}

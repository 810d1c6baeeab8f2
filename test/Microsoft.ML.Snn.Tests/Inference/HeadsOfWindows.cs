using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Engine.Vectors;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Network;
using Microsoft.ML.Snn.Tests.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Inference;

/// <summary>The engine on networks whose head takes windows of the last map: one convolution of all of it.</summary>
public class HeadsOfWindows
{
    private static readonly SpikingResNetArchitecture _architecture = new()
    {
        Stem = new(10), Stages = [new(1, 10), new(1, 20, 2)], HiddenUnits = 7, HeadPooling = 2, HiddenNormalization = false,
    };

    public static TheoryData<int, int, bool> Cases => new(
        from hidden in new[] { 0, 7 }
        from maxSpikes in new[] { 1, 3 }
        from quantized in new[] { false, true }
        select (hidden, maxSpikes, quantized));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Layer_by_layer_at_every_vector_width(int hidden, int maxSpikes, bool quantized)
    {
        TrainedNetwork network = RandomNetworks.Trained(
            _architecture with { HiddenUnits = hidden }, 2, 12, 5, neuron: new()
            {
                MaxSpikes = maxSpikes, LearnDecay = NeuronLearning.PerChannel, LearnThreshold = NeuronLearning.PerChannel,
            });
        float[] features = RandomNetworks.Features(network, 4);
        (_, double[] scores, NetworkGraph<double> fold) = FoldComparison.SameSpikes(network, features);
        NetworkGraph<float> graph = NetworkFolder.Round(fold);
        if (quantized)
            graph = Quantization.Quantize(graph);
        foreach (VectorWidth width in EngineGivesTheReferencesSpikes.Widths)
        {
            (int flipped, int all) = LayerByLayer.Compare(graph, graph, features, width);
            Assert.True(flipped <= 2e-4 * all, $"{flipped} of {all} neurons differ at {width}");
        }
        float[] actual = new float[network.Plan.Classes];
        new SpikingNetwork(graph).Score(features, actual);
        if (!quantized)
            Assert.Equal(scores, actual.Select(score => (double)score), (a, b) => Math.Abs(a - b) < 1e-3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Threads_streams_files_and_an_exit_that_never_comes_give_the_same_bits(bool quantized)
    {
        TrainedNetwork trained = RandomNetworks.Trained(_architecture, 2, 12, 5, inputHasTimeSteps: true);
        var network = new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(trained)));
        network = quantized ? network.Quantize() : network;
        float[] features = RandomNetworks.Features(trained, 4);
        float[] scores = new float[network.ClassCount];
        network.Score(features, scores);
        Equal(other => network.WithThreads(2).Score(features, other));
        Equal(other => network.ScoreUntil(features, other, EarlyExit.Never));
        Assert.Equal(scores, network.Trace(features).ScoresAt(4));
        StreamRun stream = network.CreateStream(workers: 1);
        stream.Begin();
        double[] logits = new double[scores.Length];
        int size = network.FeatureCount / network.TimeSteps;
        for (int t = 0; t < network.TimeSteps; t++)
        {
            stream.Advance(features.AsSpan(t * size, size), new WorkerTeam(1));
            logits = [.. stream.StepScores.ToArray().Zip(logits, (step, sum) => sum + step / network.TimeSteps)];
        }
        Assert.Equal(scores.Select(score => (double)score), ReferenceMath.Softmax(logits), (a, b) => Math.Abs(a - b) < 1e-5);
        using var file = new MemoryStream();
        network.Save(file);
        file.Position = 0;
        Equal(other => SpikingNetwork.Load(file).Score(features, other));

        void Equal(Action<float[]> score)
        {
            float[] other = new float[scores.Length];
            score(other);
            Assert.Equal(scores, other);
        }
    }

    /// <summary>A last map of 4 rows and 6 columns, whose order has to be the same in training and folding.</summary>
    [Theory]
    [InlineData(1, 6, true)]
    [InlineData(2, 6, false)]
    [InlineData(2, 0, true)]
    public void Scores_are_those_of_the_network_in_training(int window, int hidden, bool isNormalized)
    {
        using DisposeScope scope = NewDisposeScope();
        NetworkPlan plan = NetworkAgainstReference.Windows(window, hidden, isNormalized);
        using var network = new TrainableNetwork(plan, new(), 3);
        network.Import(NetworkAgainstReference.Perturbed(network.Export()));
        Tensor input = NetworkAgainstReference.Values([3, 1, plan.Channels, plan.Height, plan.Width], 1).to(ScalarType.Float32);
        float[] expected = network.Forward(input, 3, training: false).mean([0L]).softmax(1).flatten().data<float>().ToArray();
        var trained = new TrainedNetwork
        {
            Plan = plan, Neuron = new(), Tensors = network.Export(), TimeSteps = 3, InputHasTimeSteps = true,
        };
        float[] scores = new float[plan.Classes];
        new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(trained))).Score(input.flatten().data<float>().ToArray(), scores);
        Assert.Equal(expected, scores, (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.True(expected.Max() - expected.Min() > 0.01);
    }

    [Fact]
    public void Taps_that_meet_padding_alone_are_in_files_but_not_in_memory()
    {
        NetworkGraph<float> graph = NetworkFolder.Round(NetworkFolder.Fold(RandomNetworks.Trained(_architecture, 2, 12, 5)));
        var network = new SpikingNetwork(graph);
        Assert.Equal(20 * 6 * 6, Rows(network));
        var before = (ConvolutionNode<float>)graph.Nodes.Single(node => node.Name == "head.hidden");
        var after = (ConvolutionNode<float>)network.ToGraph().Nodes.Single(node => node.Name == "head.hidden");
        Assert.Equal((11, 6), (after.Kernel, after.Stride));
        Assert.Equal(before.Weights, after.Weights, (a, b) => a == 0 ? b == 0 : Math.Abs(a - b) < 1e-6);
        Assert.Equal(20L * 11 * 11 * 7 + 7, after.ParameterCount);

        // Other tools may have weights there: they stay, and do nothing.
        float[] more = [.. before.Weights];
        more[0] = 1;
        var other = new SpikingNetwork(graph with { Nodes = graph.Nodes.Replace(before, before with { Weights = more }) });
        Assert.Equal(20 * 11 * 11, Rows(other));
        Assert.Equal(1, ((ConvolutionNode<float>)other.ToGraph().Nodes.Single(node => node.Name == "head.hidden")).Weights[0], 1e-6);
        float[] features = RandomNetworks.Features(2, 12, 12, null, 4), scores = new float[5], others = new float[5];
        network.Score(features, scores);
        other.Score(features, others);
        Assert.Equal(scores, others, (a, b) => Math.Abs(a - b) < 1e-5);

        static int Rows(SpikingNetwork network) =>
            network.CreateRun().Layers.Single(layer => layer.Name == "head.hidden.neuron").Weights.Rows;
    }

    /// <summary>A spike of the last map passes one weight to each unit, as behind any pooling.</summary>
    [Fact]
    public void Operations_are_those_of_the_windows_spikes()
    {
        TrainedNetwork trained = RandomNetworks.Trained(_architecture, 2, 12, 5);
        float[] features = RandomNetworks.Features(trained, 4);
        var reference = new UnfoldedReference(trained);
        reference.Score(features);
        SpikingTrace trace = new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(trained))).Trace(features);
        long spikes = reference.Spikes["stages.1.0.2"].Sum(map => map.Values.Sum(value => (long)value));
        LayerTrace hidden = trace.Layers.Single(layer => layer.Shape.Name == "head.hidden.neuron");
        Assert.True(spikes > 0);
        Assert.Equal((7, 1, 1), (hidden.Shape.Channels, hidden.Shape.Height, hidden.Shape.Width));
        Assert.Equal(7 * spikes, hidden.SynapticOperations);
        // Each neuron's scale and leak, at each of 5 steps; nothing else multiplies.
        Assert.Equal(2 * 5 * 7, hidden.MultiplyAdds);
        Assert.InRange(hidden.Additions, 1, 7 * spikes + 5 * 7 * 30);
        Assert.Equal(20 * 6 * 6 * 7, hidden.DenseMultiplyAdds);
    }
}

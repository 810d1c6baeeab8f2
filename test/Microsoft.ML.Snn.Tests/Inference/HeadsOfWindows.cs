using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Inference;

/// <summary>The engine on networks whose head takes windows of the last map: one convolution of all of it.</summary>
public class HeadsOfWindows
{
    private static readonly SpikingResNetArchitecture _architecture = new()
    {
        Stem = new(10), Stages = [new(1, 10), new(1, 20, 2)], HiddenUnits = 7, HeadPooling = 2, HiddenNormalization = false,
    };

    public static TheoryData<int, int, bool> Cases => new(
        from hidden in new[] { 0, 7 } from maxSpikes in new[] { 1, 3 } from quantized in new[] { false, true } select (hidden, maxSpikes, quantized));

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
        foreach (Engine.Vectors.VectorWidth width in EngineGivesTheReferencesSpikes.Widths)
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

    /// <summary>A spike of the last map passes one weight to each unit, as behind any pooling.</summary>
    [Fact]
    public void Operations_are_those_of_the_windows_spikes()
    {
        TrainedNetwork trained = RandomNetworks.Trained(_architecture, 2, 12, 5);
        float[] features = RandomNetworks.Features(trained, 4);
        var reference = new UnfoldedReference(trained);
        reference.Score(features);
        SpikingTrace trace = new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(trained))).Trace(features);
        long spikes = reference.Spikes["stages.1.0"].Sum(map => map.Values.Sum(value => (long)value));
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

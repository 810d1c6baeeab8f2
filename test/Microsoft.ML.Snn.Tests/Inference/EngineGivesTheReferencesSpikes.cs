using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Engine.Vectors;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Inference;

public class EngineGivesTheReferencesSpikes
{
    public static TheoryData<string, bool> All => Presets.All;

    internal static VectorWidth[] Widths => [VectorWidth.Scalar, VectorWidth.Bits128, VectorWidth.Bits256, VectorWidth.Bits512];

    public static TheoryData<int> Sizes => [.. Enumerable.Range(0, _shapes.Length)];

    public static TheoryData<int, bool> SizesAndPrecisions =>
        new(from index in Enumerable.Range(0, _shapes.Length) from quantized in new[] { false, true } select (index, quantized));

    public static TheoryData<int, bool, bool> SizesPrecisionsAndResets => new(
        from index in Enumerable.Range(0, _shapes.Length)
        from quantized in new[] { false, true }
        from isSoft in new[] { false, true }
        select (index, quantized, isSoft));

    private static readonly RandomGraphs.Shape[] _shapes =
    [
        // Input channels, height, width, channels, kernel, stride, time steps.
        new(3, 5, 7, 17, 3, 1, 4, false),
        new(1, 1, 1, 1, 1, 1, 1, false),
        new(2, 1, 1, 70, 3, 2, 3, true),
        new(3, 9, 4, 64, 5, 2, 2, false),
        new(2, 8, 8, 33, 7, 3, 6, true),
        new(3, 6, 6, 100, 3, 3, 5, false),
        new(4, 3, 11, 16, 1, 2, 3, true),
        new(3, 4, 4, 130, 3, 1, 2, false),
        new(1, 5, 5, 8, 5, 1, 10, true),
        new(3, 5, 5, 48, 3, 2, 17, false),
        new(3, 7, 6, 20, 5, 1, 3, false) { Crops = true },
        new(2, 9, 8, 70, 3, 2, 4, true) { Crops = true },
    ];

    [Slow]
    [Theory]
    [MemberData(nameof(All))]
    public void Layer_by_layer_on_every_preset(string preset, bool inputHasTimeSteps)
    {
        TrainedNetwork network = Presets.Trained(preset, inputHasTimeSteps);
        NetworkGraph<double> fold = NetworkFolder.Fold(network);
        int flipped = 0, all = 0;
        for (int seed = 20; seed < 22; seed++)
        {
            float[] features = RandomNetworks.Features(network, seed);
            (int f, int a) = LayerByLayer.Compare(fold, NetworkFolder.Round(fold), features, VectorWidths.Best);
            flipped += f;
            all += a;
        }
        Assert.True(flipped < 1e-4 * all, $"{flipped} of {all} neurons differ");
    }

    [Theory]
    [MemberData(nameof(SizesAndPrecisions))]
    public void Layer_by_layer_on_odd_sizes_at_every_vector_width(int index, bool quantized)
    {
        RandomGraphs.Shape shape = _shapes[index];
        NetworkGraph<float> graph = Graph(index, quantized);
        foreach (VectorWidth width in Widths)
        {
            (int flipped, int all) = LayerByLayer.Compare(graph, graph, RandomGraphs.Features(shape, 100 + index), width);
            Assert.True(flipped <= 1e-4 * all, $"{flipped} of {all} neurons differ at {width}");
        }
    }

    [Theory]
    [MemberData(nameof(SizesAndPrecisions))]
    public void So_it_is_where_neurons_send_several_spikes(int index, bool quantized)
    {
        RandomGraphs.Shape shape = _shapes[index];
        foreach (int maxSpikes in new[] { 2, 3, 4, 15 })
        {
            NetworkGraph<float> graph = RandomGraphs.Create(shape, seed: index, maxSpikes);
            graph = quantized ? Quantization.Quantize(graph) : graph;
            foreach (VectorWidth width in Widths)
            {
                (int flipped, int all) = LayerByLayer.Compare(graph, graph, RandomGraphs.Features(shape, 100 + index), width);
                Assert.True(flipped <= 2e-4 * all, $"{flipped} of {all} neurons differ at {width}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(SizesAndPrecisions))]
    public void And_where_spikes_subtract_the_threshold(int index, bool quantized)
    {
        RandomGraphs.Shape shape = _shapes[index];
        foreach (int maxSpikes in new[] { 1, 2, 5 })
        {
            NetworkGraph<float> graph = RandomGraphs.Create(shape, seed: index, maxSpikes, ResetKind.Soft);
            graph = quantized ? Quantization.Quantize(graph) : graph;
            foreach (VectorWidth width in Widths)
            {
                (int flipped, int all) = LayerByLayer.Compare(graph, graph, RandomGraphs.Features(shape, 100 + index), width);
                Assert.True(flipped <= 2e-4 * all, $"{flipped} of {all} neurons differ at {width}");
            }
        }
    }

    [Slow]
    [Theory]
    [MemberData(nameof(SizesPrecisionsAndResets))]
    public void Scores_are_the_same_bits_at_every_vector_width_thread_count_and_batch(int index, bool quantized, bool isSoft)
    {
        RandomGraphs.Shape shape = _shapes[index];
        var network = new SpikingNetwork(Graph(index, quantized, isSoft));
        const int rows = 3;
        float[] features = [.. Enumerable.Range(0, rows).SelectMany(row => RandomGraphs.Features(shape, 200 + row))];
        float[]? expected = null;
        foreach (VectorWidth width in Widths)
        {
            network.VectorWidth = width;
            foreach (int threads in new[] { 1, 2, 3 })
            {
                SpikingNetwork shared = network.WithThreads(threads);
                float[] together = new float[rows * shape.Classes], alone = new float[rows * shape.Classes];
                shared.Score(features, together);
                for (int row = 0; row < rows; row++)
                {
                    shared.Score(features.AsSpan(row * network.FeatureCount, network.FeatureCount),
                        alone.AsSpan(row * shape.Classes, shape.Classes));
                }
                expected ??= together;
                Assert.Equal(expected, together);
                Assert.Equal(expected, alone);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Scores_are_those_of_the_reference_where_no_spike_flips(int index)
    {
        RandomGraphs.Shape shape = _shapes[index];
        NetworkGraph<float> graph = RandomGraphs.Create(shape, seed: index);
        float[] features = RandomGraphs.Features(shape, 300 + index);
        float[] scores = new float[shape.Classes];
        new SpikingNetwork(graph).Score(features, scores);
        double[] expected = new GraphReference<float>(graph).Score(features);
        for (int c = 0; c < scores.Length; c++)
            Assert.Equal(expected[c], scores[c], 1e-4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Blocks_of_steps_do_not_change_the_sums(bool inputHasTimeSteps)
    {
        var shape = new RandomGraphs.Shape(2, 6, 5, 20, 3, 1, 7, inputHasTimeSteps);
        NetworkGraph<float> graph = RandomGraphs.Create(shape, seed: 5) with { TimeSteps = 21 };
        float[] features = RandomGraphs.Features(shape with { TimeSteps = 21 }, 6);
        var network = new SpikingNetwork(graph);
        float[] expected = StepScores(1);
        Assert.Equal(expected, StepScores(2));
        Assert.Equal(expected, StepScores(3));
        Assert.Equal(expected, StepScores(4));

        float[] StepScores(int block)
        {
            BlockRun run = network.CreateRun(blockSteps: block);
            var all = new List<float>();
            foreach (RowStep step in run.StepsOf(features, new WorkerTeam(1)))
            {
                float[] scores = new float[shape.Classes];
                step.ReadScores(scores);
                all.AddRange(scores);
            }
            Assert.Equal(21 * shape.Classes, all.Count);
            return [.. all];
        }
    }

    /// <summary>One of the sizes, and a row for it.</summary>
    internal static (NetworkGraph<float> Graph, float[] Features) Case(int index, bool quantized, bool isSoft = false) =>
        (Graph(index, quantized, isSoft), RandomGraphs.Features(_shapes[index], 500 + index));

    private static NetworkGraph<float> Graph(int index, bool quantized, bool isSoft = false)
    {
        NetworkGraph<float> graph = RandomGraphs.Create(
            _shapes[index], seed: index, reset: isSoft ? ResetKind.Soft : ResetKind.Hard);
        return quantized ? Quantization.Quantize(graph) : graph;
    }
}

using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Inference;

public class NetworkScores
{
    private static readonly RandomGraphs.Shape _shape = new(3, 8, 8, 24, 3, 1, 3, false);

    private readonly SpikingNetwork _network = new(RandomGraphs.Create(_shape, seed: 1));

    [Fact]
    public void It_tells_its_shape()
    {
        Assert.Equal([3, 8, 8], _network.InputShape);
        Assert.Equal(192, _network.FeatureCount);
        Assert.Equal(3, _network.ClassCount);
        Assert.Equal(3, _network.TimeSteps);
        Assert.Null(_network.ClassLabels);
        Assert.Equal(1, _network.Threads);
        var events = new SpikingNetwork(RandomGraphs.Create(_shape with { InputHasTimeSteps = true }, seed: 1));
        Assert.Equal([3, 3, 8, 8], events.InputShape);
        Assert.Equal(576, events.FeatureCount);
        // Without the normalization's 3 scales and 3 offsets.
        Assert.Equal(_network.ParameterCount - 6, events.ParameterCount);
    }

    [Fact]
    public void Scores_are_probabilities()
    {
        float[] scores = Score(RandomGraphs.Features(_shape, 1));
        Assert.Equal(1, scores.Sum(score => (double)score), 1e-6);
        Assert.All(scores, score => Assert.InRange(score, 0, 1));
    }

    [Fact]
    public void No_rows_is_no_work() => _network.Score([], 0, []);

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        float[] features = new float[2 * 192], scores = new float[2 * 3];
        Assert.Throws<ArgumentOutOfRangeException>("rows", () => _network.Score([], -1, []));
        Assert.Throws<ArgumentException>("features", () => _network.Score(features, 1, scores.AsSpan(0, 3)));
        Assert.Throws<ArgumentException>("scores", () => _network.Score(features, 2, scores.AsSpan(0, 5)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _network.Threads = 0);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_feature_that_is_no_number_is_named(float bad)
    {
        float[] features = new float[2 * 192], scores = [1, 2, 3, 4, 5, 6];
        features[192 + 17] = bad;
        var error = Assert.Throws<ArgumentException>("features", () => _network.Score(features, 2, scores));
        Assert.Contains("Feature 17 of row 1", error.Message);
        Assert.Equal([1, 2, 3, 4, 5, 6], scores);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Many_threads_share_one_network(int threadsInside)
    {
        _network.Threads = threadsInside;
        float[][] samples = [.. Enumerable.Range(0, 8).Select(seed => RandomGraphs.Features(_shape, seed))];
        float[][] expected = Array.ConvertAll(samples, Score);
        Assert.True(expected.Select(scores => scores[0]).Distinct().Count() > 4);
        int wrong = 0;
        var threads = Enumerable.Range(0, 8).Select(first => new Thread(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                int sample = (first + i) % samples.Length;
                if (!Score(samples[sample]).SequenceEqual(expected[sample]))
                    Interlocked.Increment(ref wrong);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Equal(0, wrong);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_row_allocates_nothing_once_warm(int threads)
    {
        _network.Threads = threads;
        float[] features = RandomGraphs.Features(_shape, 1), scores = new float[3];
        for (int i = 0; i < 3; i++)
            _network.Score(features, 1, scores);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
            _network.Score(features, 1, scores);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Its_weights_can_be_taken_out_and_put_in_again_without_any_change()
    {
        NetworkGraph<float> graph = RandomGraphs.Create(_shape, seed: 1);
        NetworkGraph<float> first = _network.ToGraph(), second = new SpikingNetwork(first).ToGraph();
        float[] features = RandomGraphs.Features(_shape, 3), scores = new float[3];
        foreach ((NetworkNode<float> given, NetworkNode<float> once, NetworkNode<float> twice) in graph.Nodes.Zip(first.Nodes, second.Nodes))
        {
            (float[] a, float[] b, float[] c) = (Weights(given), Weights(once), Weights(twice));
            Assert.Equal(b, c);
            double tolerance = 1e-6 * a.Select(Math.Abs).DefaultIfEmpty().Max();
            Assert.All(a.Zip(b), pair => Assert.Equal(pair.First, pair.Second, tolerance));
        }
        new SpikingNetwork(first).Score(features, 1, scores);
        Assert.Equal(Score(features), scores);

        static float[] Weights(NetworkNode<float> node) => node switch
        {
            ConvolutionNode<float> convolution => convolution.Weights,
            LinearNode<float> linear => linear.Weights,
            _ => [],
        };
    }

    private float[] Score(float[] features)
    {
        float[] scores = new float[_network.ClassCount];
        _network.Score(features, 1, scores);
        return scores;
    }
}

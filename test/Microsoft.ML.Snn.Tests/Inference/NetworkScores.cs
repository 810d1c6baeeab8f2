using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Tests.Scoring;

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
    public void No_rows_is_no_work()
    {
        _network.Score([], []);
        _network.Predict([], Span<int>.Empty);
    }

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        float[] features = new float[2 * 192], scores = new float[2 * 3];
        Refused("features", "383 values", "192", () => _network.Score(features.AsSpan(1), scores));
        Refused("scores", "take 6 scores", "not 5", () => _network.Score(features, scores.AsSpan(0, 5)));
        Refused("scores", "take 3 scores", "not 6", () => _network.Score(features.AsSpan(0, 192), scores));
        Refused("features", "192", "not 384", () => _network.ScoreUntil(features, scores.AsSpan(0, 3), EarlyExit.Never));
        Refused("scores", "3 scores", "not 6", () => _network.ScoreUntil(features.AsSpan(0, 192), scores, EarlyExit.Never));
        Refused("features", "192", "not 384", () => _network.Predict(features));
        Refused("features", "192", "not 0", () => _network.Predict([], new EarlyExit { Margin = 1 }));
        Refused("features", "191 values", "192", () => _network.Predict(features.AsSpan(0, 191), new int[1]));
        Refused("classes", "2 classes", "not 1", () => _network.Predict(features, new int[1]));
        Assert.Throws<ArgumentNullException>("exit", () => _network.ScoreUntil(features, scores, null!));
        Assert.Throws<ArgumentNullException>("exit", () => _network.Predict(features, (EarlyExit)null!));
        Assert.Throws<ArgumentOutOfRangeException>("threads", () => _network.WithThreads(0));

        static void Refused(string parameter, string first, string second, Action action)
        {
            string message = Assert.Throws<ArgumentException>(parameter, action).Message;
            Assert.Contains(first, message);
            Assert.Contains(second, message);
        }
    }

    [Fact]
    public void The_class_is_that_of_the_highest_score()
    {
        SpikingNetwork network = LabeledNetwork.Create();
        float[][] rows = [.. LabeledNetwork.Rows(20).Select(row => row.Features)];
        float[] features = [.. rows.SelectMany(row => row)], scores = new float[20 * 4];
        int[] classes = new int[20];
        network.Score(features, scores);
        network.Predict(features, classes);
        var exit = new EarlyExit { Confidence = 0 };
        for (int row = 0; row < rows.Length; row++)
        {
            float[] expected = scores[(row * 4)..(row * 4 + 4)], first = new float[4];
            Assert.Equal(Array.IndexOf(expected, expected.Max()), classes[row]);
            Assert.Equal(classes[row], network.Predict(rows[row]));
            Assert.Equal(classes[row], network.Trace(rows[row]).PredictedClass);
            Assert.Equal(1, network.ScoreUntil(rows[row], first, exit));
            Assert.Equal(Array.IndexOf(first, first.Max()), network.Predict(rows[row], exit));
        }
        Assert.True(classes.Distinct().Count() > 1);
        Assert.Equal(1, PredictedClass.Of([0.2f, 0.4f, 0.4f]));
    }

    [Fact]
    public void Networks_that_differ_in_threads_share_their_weights()
    {
        SpikingNetwork two = _network.WithThreads(2);
        Assert.Equal((1, 2), (_network.Threads, two.Threads));
        Assert.Same(two, two.WithThreads(2));
        Assert.Same(_network.CreateRun().Layers[0].Weights, two.CreateRun().Layers[0].Weights);
        Assert.Equal(2, two.Quantize().Threads);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_feature_that_is_no_number_is_named(float bad)
    {
        float[] features = new float[2 * 192], scores = [1, 2, 3, 4, 5, 6];
        features[192 + 17] = bad;
        var error = Assert.Throws<ArgumentException>("features", () => _network.Score(features, scores));
        Assert.Contains("Feature 17 of row 1", error.Message);
        Assert.Equal([1, 2, 3, 4, 5, 6], scores);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Many_threads_share_one_network(int threadsInside)
    {
        SpikingNetwork network = _network.WithThreads(threadsInside);
        float[][] samples = [.. Enumerable.Range(0, 8).Select(seed => RandomGraphs.Features(_shape, seed))];
        float[][] expected = Array.ConvertAll(samples, sample => Score(sample));
        Assert.True(expected.Select(scores => scores[0]).Distinct().Count() > 4);
        int wrong = 0;
        var threads = Enumerable.Range(0, 8).Select(first => new Thread(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                int sample = (first + i) % samples.Length;
                if (!Score(samples[sample], network).SequenceEqual(expected[sample]))
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
        SpikingNetwork network = _network.WithThreads(threads);
        float[] features = RandomGraphs.Features(_shape, 1), scores = new float[3];
        for (int i = 0; i < 3; i++)
            network.Score(features, scores);
        // The first time that threads really wait for one another, .NET makes something to wait on: that is not a row's.
        Assert.Contains(Enumerable.Range(0, 5), _ => Allocated() == 0);

        long Allocated()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 10; i++)
                network.Score(features, scores);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
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
        new SpikingNetwork(first).Score(features, scores);
        Assert.Equal(Score(features), scores);

        static float[] Weights(NetworkNode<float> node) => node is WeightedNode<float> weighted ? weighted.Weights : [];
    }

    private float[] Score(float[] features, SpikingNetwork? network = null)
    {
        float[] scores = new float[_network.ClassCount];
        (network ?? _network).Score(features, scores);
        return scores;
    }
}

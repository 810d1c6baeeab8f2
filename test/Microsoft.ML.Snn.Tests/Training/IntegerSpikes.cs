using Microsoft.ML.Data;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Training;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Neurons that send several spikes in a step, from the option to the zip.</summary>
public class IntegerSpikes
{
    private readonly MLContext _context = new(seed: 1);

    [Theory]
    [InlineData(2, TrainingPrecision.Float32, TrainingMemory.Store)]
    [InlineData(4, TrainingPrecision.Float32, TrainingMemory.Recompute)]
    [InlineData(15, TrainingPrecision.BFloat16, TrainingMemory.Store)]
    public void A_model_is_trained_saved_loaded_and_scores_what_its_own_data_say(
        int maxSpikes, TrainingPrecision precision, TrainingMemory memory)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.Neuron = new() { MaxSpikes = maxSpikes };
        (options.Precision, options.Memory, options.AllowEmulatedBFloat16) = (precision, memory, true);
        IDataView data = TinyImages.View(_context, 30);
        ITransformer model = TinyImages.Pipeline(_context, options).Fit(data);
        Assert.InRange(_context.MulticlassClassification.Evaluate(model.Transform(TinyImages.View(_context, 20, seed: 2))).MicroAccuracy,
            0.8, 1);

        using var zip = new MemoryStream();
        _context.Model.Save(model, data.Schema, zip);
        ITransformer loaded = _context.Model.Load(zip, out _);
        float[][] scores = Scores(model, data);
        Assert.Equal(scores, Scores(loaded, data));
        SpikingNetwork network = _context.Model.GetSpikingNetwork(loaded);
        Assert.Equal(scores[0], Score(network, TinyImages.Rows(30)[0].Features));
        SpikingTrace trace = network.Trace(TinyImages.Rows(30)[0].Features);
        Assert.Contains(Enumerable.Range(0, trace.Layers.Count), i => Most(trace.Layers[i]) > 1);
        Assert.All(trace.Layers, layer => Assert.InRange(Most(layer), 0, maxSpikes));
    }

    [Theory]
    [InlineData(2, 4, false)]
    [InlineData(4, 3, true)]
    [InlineData(15, 2, false)]
    public void Folding_changes_no_spike(int maxSpikes, int timeSteps, bool inputHasTimeSteps)
    {
        SpikingResNetArchitecture architecture = new() { Stem = new(10), Stages = [new(2, 10), new(1, 12, 2)], HiddenUnits = 7 };
        TrainedNetwork network = RandomNetworks.Trained(
            architecture, 2, 9, timeSteps, inputHasTimeSteps, neuron: new() { MaxSpikes = maxSpikes });
        float[] features = RandomNetworks.Features(network, 5);
        (UnfoldedReference unfolded, double[] expected, NetworkGraph<double> fold) = FoldComparison.SameSpikes(network, features);
        Assert.Contains(unfolded.Spikes.Values.SelectMany(maps => maps).SelectMany(map => map.Values), sent => sent > 1);
        float[] scores = Score(new SpikingNetwork(NetworkFolder.Round(fold)), features);
        Assert.Equal(expected, scores.Select(score => (double)score), (a, b) => Math.Abs(a - b) < 1e-3);
    }

    [Fact]
    public void Blocks_threads_streams_and_early_exits_agree()
    {
        var shape = new RandomGraphs.Shape(2, 6, 5, 20, 3, 1, 7, InputHasTimeSteps: true);
        var network = new SpikingNetwork(RandomGraphs.Create(shape, seed: 5, maxSpikes: 3));
        float[] features = RandomGraphs.Features(shape, 6), expected = Score(network, features);
        Assert.Equal(expected, Score(network.WithThreads(2), features));
        Assert.Equal(expected, network.Trace(features).ScoresAt(6));
        float[] untilTheEnd = new float[3];
        network.ScoreUntil(features, untilTheEnd, EarlyExit.Never);
        Assert.Equal(expected, untilTheEnd);

        StreamRun stream = network.CreateStream(workers: 1);
        stream.Begin();
        double[] sums = new double[3];
        int size = features.Length / 7;
        for (int t = 0; t < 7; t++)
        {
            stream.Advance(features.AsSpan(t * size, size), new WorkerTeam(1));
            for (int c = 0; c < 3; c++)
                sums[c] += stream.StepScores[c];
        }
        Assert.Equal(ReferenceMath.Softmax([.. sums.Select(sum => sum / 7)]), expected.Select(score => (double)score), (a, b) =>
            Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void A_trace_counts_spikes_as_what_they_are()
    {
        var shape = new RandomGraphs.Shape(3, 5, 7, 17, 3, 1, 4, InputHasTimeSteps: false);
        NetworkGraph<float> graph = RandomGraphs.Create(shape, seed: 1, maxSpikes: 4);
        float[] features = RandomGraphs.Features(shape, 2);
        var reference = new GraphReference<float>(graph);
        reference.Score(features);
        foreach (LayerTrace layer in new SpikingNetwork(graph).Trace(features).Layers)
        {
            for (int t = 0; t < 4; t++)
            {
                double[] expected = reference.Outputs[layer.Shape.Name][t].Values;
                Assert.Equal(expected.Sum(), layer.SpikeCounts[t]);
                byte[] counts = new byte[layer.Shape.NeuronCount];
                layer.CopySpikes(t, counts);
                Assert.Equal(expected, counts.Select(count => (double)count));
                bool[] fired = new bool[layer.Shape.NeuronCount];
                layer.CopySpikes(t, fired);
                Assert.Equal(expected.Select(count => count > 0), fired);
            }
        }
    }

    [Fact]
    public void Potentials_of_a_trace_and_activity_on_data_say_the_same()
    {
        var shape = new RandomGraphs.Shape(3, 5, 7, 17, 3, 1, 4, InputHasTimeSteps: false);
        var network = new SpikingNetwork(RandomGraphs.Create(shape, seed: 1, maxSpikes: 4));
        float[][] rows = [RandomGraphs.Features(shape, 2), RandomGraphs.Features(shape, 3)];
        SpikingTrace[] traces = [.. rows.Select(row => network.Trace(row, potentials: true))];
        ActivityMetrics activity = _context.MulticlassClassification.EvaluateActivity(
            network, _context.Data.LoadFromEnumerable(rows.Select(row => new FeatureRow { Features = row })));
        for (int i = 0; i < activity.Layers.Count; i++)
        {
            LayerActivityMetrics layer = activity.Layers[i];
            IReadOnlyList<float> thresholds = network.Layers.Single(one => one.Name == layer.Shape.Name).Threshold!;
            int neurons = layer.Shape.NeuronCount, pixels = layer.Shape.Height * layer.Shape.Width, most = i == 0 ? 3 : 4;
            int[] sent = new int[neurons], fired = new int[neurons];
            foreach (LayerTrace trace in traces.Select(trace => trace.Layers[i]))
            {
                for (int t = 0; t < 4; t++)
                {
                    float[] potentials = new float[neurons];
                    byte[] spikes = new byte[neurons];
                    trace.CopyMembranePotentials(t, potentials);
                    trace.CopySpikes(t, spikes);
                    for (int n = 0; n < neurons; n++)
                    {
                        float threshold = thresholds[n / pixels];
                        Assert.Equal(Enumerable.Range(1, most).Count(spike => potentials[n] > threshold * (2 * spike - 1)), spikes[n]);
                        sent[n] += spikes[n];
                        fired[n] += spikes[n] > 0 ? 1 : 0;
                    }
                }
            }
            Assert.Equal(sent.Sum() / (8.0 * neurons), layer.FiringRate, 1e-12);
            Assert.Equal(fired.Count(steps => steps == 0) / (double)neurons, layer.NeverFiring, 1e-12);
            Assert.Equal(fired.Count(steps => steps == 8) / (double)neurons, layer.AlwaysFiring, 1e-12);
        }
        Assert.Equal(traces.Average(trace => trace.Spikes), activity.MeanSpikes, 1e-9);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    public void Numbers_of_spikes_out_of_range_are_refused(int maxSpikes) =>
        Assert.Equal("MaxSpikes",
            Assert.Throws<ArgumentOutOfRangeException>(() => new LifNeuronOptions { MaxSpikes = maxSpikes }).ParamName);

    private static int Most(LayerTrace layer)
    {
        byte[] counts = new byte[layer.Shape.NeuronCount];
        int most = 0;
        for (int t = 0; t < layer.SpikeCounts.Count; t++)
        {
            layer.CopySpikes(t, counts);
            most = Math.Max(most, counts.Max());
        }
        return most;
    }

    private static float[][] Scores(ITransformer model, IDataView data) =>
        [.. model.Transform(data).GetColumn<float[]>("Score")];

    private static float[] Score(SpikingNetwork network, float[] features)
    {
        float[] scores = new float[network.ClassCount];
        network.Score(features, scores);
        return scores;
    }

    private sealed class FeatureRow
    {
        [VectorType(3, 5, 7)]
        public float[] Features { get; set; } = [];
    }
}

using System.Collections.Immutable;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Vectors;
using Microsoft.ML.Snn.Scoring;
using Microsoft.ML.Snn.Tests.Inference;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Scoring;

/// <summary>EvaluateActivity; what it shares with the other evaluations is in <see cref="EvaluationTests"/>.</summary>
public class ActivityEvaluationTests
{
    private const int Rows = 5;

    private readonly MLContext _context = new(seed: 1);

    /// <summary>
    /// Three pixels of a constant input, 1. Channel by channel, in thresholds: an input of 0.5 (never reaches 1), 2 (fires each step), 0.75
    /// (every other step), exactly 1 without leak (never above), -7 and 9 (outside the histogram; the last one fires).
    /// </summary>
    private static NetworkGraph<float> ConstantGraph { get; } = new()
    {
        Nodes =
        [
            new ConvolutionNode<float>(
                "a", [NetworkNode<float>.NetworkInput], 1, 6, 1, 1, [0.25f, 4, 0.75f, 0.5f, -7, 18], new float[6]),
            new NeuronNode<float>("a.neuron", ["a"], [0.5f, 0.5f, 0.5f, 0, 0, 0.5f], [0.5f, 2, 1, 0.5f, 1, 2], ResetKind.Hard),
            new ConvolutionNode<float>("b", ["a.neuron"], 6, 2, 1, 1, new float[12], [-1, 3]),
            new NeuronNode<float>("b.neuron", ["b"], [0], [1], ResetKind.Hard),
            new PoolNode<float>("pool", ["b.neuron"]),
            new LinearNode<float>("output", ["pool"], 2, 3, new float[6], new float[3]),
        ],
        Channels = 1,
        Height = 1,
        Width = 3,
        TimeSteps = 4,
        InputHasTimeSteps = false,
        Classes = 3,
    };

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void A_constant_input_has_its_closed_form(int rows)
    {
        var features = new PixelRow { Features = [1, 1, 1] };
        ActivityMetrics metrics = _context.MulticlassClassification.EvaluateActivity(
            new(ConstantGraph), _context.Data.LoadFromEnumerable(Enumerable.Repeat(features, rows)));
        Assert.Equal((rows, 0), (metrics.RowCount, metrics.LeftOutRowCount));
        LayerActivityMetrics layer = metrics.Layers[0];
        Assert.Equal(("a.neuron", 18), (layer.Shape.Name, layer.Shape.NeuronCount));
        Assert.Equal((1 + 0.5 + 1) / 6, layer.FiringRate, 1e-15);
        Assert.Equal([2.0 / 6, 3.0 / 6, 2.0 / 6, 3.0 / 6], layer.StepFiringRates.Select(rate => Math.Round(rate, 15)), Close);
        Assert.Equal(3.0 / 6, layer.NeverFiring, 1e-15);
        Assert.Equal(2.0 / 6, layer.AlwaysFiring, 1e-15);
        Assert.Equal([0, 3, 4], layer.DeadChannels);
        Assert.Equal(3 * 10, layer.MeanSpikes);
        Assert.Equal(0, layer.MeanSynapticOperations);

        double[] inputs = [0.5, 2, 0.75, 1, -7, 9];
        Assert.Equal(inputs.Average(), layer.Input.Mean, 1e-14);
        Assert.Equal(Deviation(inputs), layer.Input.Deviation, 1e-14);
        Assert.Equal(Histogram([.. inputs.SelectMany(x => Enumerable.Repeat(x, 3 * 4 * rows))]), layer.Input.BinCounts);
        double[] potentials = [0.5, 0.75, 0.875, 0.9375, 2, 2, 2, 2, 0.75, 1.125, 0.75, 1.125, 1, 1, 1, 1, -7, -7, -7, -7, 9, 9, 9, 9];
        Assert.Equal(potentials.Average(), layer.Membrane.Mean, 1e-14);
        Assert.Equal(Deviation(potentials), layer.Membrane.Deviation, 1e-14);
        Assert.Equal(Histogram([.. potentials.SelectMany(u => Enumerable.Repeat(u, 3 * rows))]), layer.Membrane.BinCounts);

        // One half is silent, the other never, whatever reaches them.
        LayerActivityMetrics next = metrics.Layers[1];
        Assert.Equal((0.5, 0.5, 0.5), (next.FiringRate, next.NeverFiring, next.AlwaysFiring));
        Assert.Equal([0], next.DeadChannels);
        Assert.Equal((1.0, 2.0), (next.Input.Mean, next.Input.Deviation));
        Assert.Equal(layer.MeanSpikes * 2, next.MeanSynapticOperations);
        Assert.Equal(3 * 10 + 3 * 4, metrics.MeanSpikes);
        Assert.Equal(next.MeanSynapticOperations + 3 * 4 * 3, metrics.MeanSynapticOperations);
    }

    [Fact]
    public void Every_metric_is_what_traces_of_all_rows_give()
    {
        NetworkGraph<float> graph = LabeledNetwork.Graph();
        var network = new SpikingNetwork(graph);
        ActivityMetrics metrics = _context.MulticlassClassification.EvaluateActivity(
            network, LabeledNetwork.View(_context, Rows), energy: ApplySpikingNetworkTests.Energy);
        SpikingTrace[] traces = [.. LabeledNetwork.Rows(Rows).Select(row => network.Trace(row.Features, potentials: true))];
        Assert.Equal(Rows, metrics.RowCount);
        Assert.Equal(traces[0].Layers.Select(layer => layer.Shape.Name), metrics.Layers.Select(layer => layer.Shape.Name));
        Assert.Equal(traces.Average(trace => trace.Spikes), metrics.MeanSpikes, 1e-9);
        Assert.Equal(traces.Average(trace => trace.SynapticOperations), metrics.MeanSynapticOperations, 1e-9);
        Assert.Equal(traces.Average(trace => trace.Additions), metrics.MeanAdditions, 1e-9);
        Assert.Equal(traces.Average(trace => trace.MultiplyAdds), metrics.MeanMultiplyAdds, 1e-9);
        Assert.Equal(traces.Average(trace => trace.EnergyNanojoules(ApplySpikingNetworkTests.Energy)), metrics.MeanEnergyNanojoules, 1e-9);
        for (int index = 0; index < metrics.Layers.Count; index++)
        {
            LayerActivityMetrics layer = metrics.Layers[index];
            LayerTrace[] rows = [.. traces.Select(trace => trace.Layers[index])];
            NeuronNode<float> node = MembranePotentialTraces.Neurons(graph, rows[0]);
            int neurons = layer.Shape.NeuronCount, steps = network.TimeSteps, pixels = neurons / layer.Shape.Channels;
            int[] counts = new int[neurons];
            double[] stepSpikes = new double[steps];
            List<double> inputs = [], potentials = [];
            foreach (LayerTrace row in rows)
            {
                for (int t = 0; t < steps; t++)
                {
                    bool[] spikes = MembranePotentialTraces.Spikes(row, t);
                    float[] x = MembranePotentialTraces.Inputs(row, t), u = MembranePotentialTraces.Potentials(row, t);
                    for (int i = 0; i < neurons; i++)
                    {
                        double threshold = MembranePotentialTraces.Threshold(row, node, i);
                        inputs.Add(x[i] / threshold);
                        potentials.Add(u[i] / threshold);
                        counts[i] += spikes[i] ? 1 : 0;
                        stepSpikes[t] += spikes[i] ? 1 : 0;
                    }
                }
            }
            Assert.Equal((double)counts.Sum() / neurons / steps / Rows, layer.FiringRate, 1e-14);
            Assert.Equal(stepSpikes.Select(count => count / neurons / Rows), layer.StepFiringRates, Close);
            Assert.Equal((double)counts.Count(count => count == 0) / neurons, layer.NeverFiring);
            Assert.Equal((double)counts.Count(count => count == steps * Rows) / neurons, layer.AlwaysFiring);
            Assert.Equal(counts.Chunk(pixels).Index().Where(channel => channel.Item.Sum() == 0).Select(channel => channel.Index),
                layer.DeadChannels);
            Assert.Equal((double)counts.Sum() / Rows, layer.MeanSpikes, 1e-9);
            Assert.Equal(rows.Average(row => row.SynapticOperations), layer.MeanSynapticOperations, 1e-9);
            AssertDistribution(inputs, layer.Input);
            AssertDistribution(potentials, layer.Membrane);
            Assert.Equal(counts.Sum(), layer.Membrane.BinCounts[48..].Sum());
            Assert.Equal(1, layer.Membrane.BinEdges[48]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rates_and_moments_are_the_references(bool inputHasTimeSteps)
    {
        var shape = new RandomGraphs.Shape(2, 6, 5, 20, 3, 1, 6, inputHasTimeSteps);
        NetworkGraph<float> graph = RandomGraphs.Create(shape, seed: 3);
        float[][] rows = [.. Enumerable.Range(0, 4).Select(row => RandomGraphs.Features(shape, 700 + row))];
        ActivityMetrics metrics = _context.MulticlassClassification.EvaluateActivity(new(graph), View(rows));
        var reference = new GraphReference<float>(graph);
        var inputs = metrics.Layers.ToDictionary(layer => layer.Shape.Name, _ => new List<double>());
        var potentials = metrics.Layers.ToDictionary(layer => layer.Shape.Name, _ => new List<double>());
        foreach (float[] row in rows)
        {
            reference.Score(row);
            foreach (NeuronNode<float> node in graph.Nodes.OfType<NeuronNode<float>>())
            {
                AddUnits(reference.Outputs[node.Inputs[0]], node, inputs[node.Name]);
                AddUnits(reference.Membranes[node.Name], node, potentials[node.Name]);
            }
        }
        foreach (LayerActivityMetrics layer in metrics.Layers)
        {
            List<double> u = potentials[layer.Shape.Name], x = inputs[layer.Shape.Name];
            Assert.Equal((double)u.Count(value => value > 1) / u.Count, layer.FiringRate, 1e-3);
            Assert.Equal(x.Average(), layer.Input.Mean, 1e-3);
            Assert.Equal(Deviation(x), layer.Input.Deviation, 1e-3);
            Assert.Equal(u.Average(), layer.Membrane.Mean, 1e-3);
            Assert.Equal(Deviation(u), layer.Membrane.Deviation, 1e-3);
        }

        static void AddUnits(List<Map> maps, NeuronNode<float> node, List<double> values)
        {
            foreach (Map map in maps)
            {
                for (int i = 0; i < map.Values.Length; i++)
                    values.Add(map.Values[i] / node.Threshold[node.Threshold.Length == 1 ? 0 : i / (map.Height * map.Width)]);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Threads_and_vectors_do_not_change_a_bit(bool quantized)
    {
        SpikingNetwork network = quantized ? LabeledNetwork.Create().Quantize() : LabeledNetwork.Create();
        IDataView data = LabeledNetwork.View(_context, 3);
        object[][] all =
        [
            .. from width in (VectorWidth[])[VectorWidth.Scalar, VectorWidth.Bits128, VectorWidth.Bits256, VectorWidth.Bits512]
            from threads in (int[])[1, 3]
            select Everything(_context.MulticlassClassification.EvaluateActivity(WithWidth(width).WithThreads(threads), data)),
        ];
        Assert.All(all, values => Assert.Equal(all[0], values));

        SpikingNetwork WithWidth(VectorWidth width)
        {
            SpikingNetwork other = network.WithThreads(4);
            other.VectorWidth = width;
            return other;
        }

        static object[] Everything(ActivityMetrics metrics) =>
        [
            metrics.MeanSpikes, metrics.MeanSynapticOperations, metrics.MeanEnergyNanojoules,
            .. metrics.Layers.SelectMany(layer => (object[])
            [
                layer.FiringRate, layer.NeverFiring, layer.AlwaysFiring, layer.DeadChannels.Length, layer.MeanSynapticOperations,
                .. ((ActivityDistribution[])[layer.Input, layer.Membrane]).SelectMany(distribution =>
                    (object[])[distribution.Mean, distribution.Deviation, .. distribution.BinCounts.Cast<object>()]),
            ]),
        ];
    }

    [Fact]
    public void Labels_are_not_needed_and_rows_are_read_once()
    {
        var once = new SinglePassView(LabeledNetwork.View(_context, Rows));
        Assert.Equal(Rows, _context.MulticlassClassification.EvaluateActivity(LabeledNetwork.Create(), once).RowCount);
        Assert.Equal(1, once.Passes);
    }

    [Fact]
    public void A_network_without_neurons_has_no_activity()
    {
        var graph = ConstantGraph with
        {
            Width = 1,
            Nodes = [new ConvolutionNode<float>("output", [NetworkNode<float>.NetworkInput], 1, 3, 1, 1, [1, 2, 3], new float[3])],
        };
        ActivityMetrics metrics = _context.MulticlassClassification.EvaluateActivity(new(graph), View([[2], [4]]));
        Assert.Empty(metrics.Layers);
        Assert.Equal((2, 0.0), (metrics.RowCount, metrics.MeanSpikes));
        Assert.True(metrics.MeanMultiplyAdds > 0);
        Assert.Empty(new SpikingNetwork(graph).Trace([2], potentials: true).Layers);
    }

    [Fact]
    public void A_small_variance_of_large_values_does_not_cancel()
    {
        var random = new Random(1);
        float[] values = [.. Enumerable.Range(0, 3000).Select(_ => 1e6f + random.Next(16) / 16f)];
        var totals = new DistributionTotals();
        foreach (float[] step in values.Chunk(30))
            totals.Add(step, [0.5f, 0.5f, 0.5f]);
        double[] units = [.. values.Select(value => value / 0.5)];
        Assert.Equal(units.Average(), totals.Mean, 1e-8);
        Assert.Equal(Deviation(units), totals.Deviation, 1e-8);
        var constant = new DistributionTotals();
        constant.Add([0.1f, 0.1f], [0.3f, 0.3f]);
        constant.Add([0.1f, 0.1f], [0.3f, 0.3f]);
        Assert.Equal((0.1f / (double)0.3f, 0), (constant.Mean, constant.Deviation));
    }

    [Theory]
    [InlineData(-6, 0)]
    [InlineData(-5, 0)]
    [InlineData(-4.9999995, 0)]
    [InlineData(-4.875, 0)]
    [InlineData(-4.8749995, 1)]
    [InlineData(0, 39)]
    [InlineData(1e-30, 40)]
    [InlineData(1, 47)]
    [InlineData(1.0000001, 48)]
    [InlineData(5, 79)]
    [InlineData(1e30, 79)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(double.PositiveInfinity, 79)]
    public void A_bin_has_what_is_above_its_lower_edge(double value, int bin)
    {
        var totals = new DistributionTotals();
        totals.Add([(float)value], [1]);
        Assert.Equal(bin, totals.Counts.IndexOf(1));
        Assert.Equal(1, totals.Counts.ToArray().Sum());
    }

    private static void AssertDistribution(List<double> values, ActivityDistribution actual)
    {
        Assert.Equal(values.Average(), actual.Mean, 1e-12);
        Assert.Equal(Deviation(values), actual.Deviation, 1e-12);
        Assert.Equal(Histogram(values), actual.BinCounts);
        Assert.Equal(values.Count, actual.BinCounts.Sum());
        Assert.Equal((81, -5, 5), (actual.BinEdges.Length, actual.BinEdges[0], actual.BinEdges[^1]));
    }

    /// <summary>By comparison with each edge.</summary>
    private static long[] Histogram(IEnumerable<double> values)
    {
        long[] counts = new long[80];
        foreach (double value in values)
        {
            int bin = 79;
            while (bin > 0 && !(value > -5 + bin * 0.125))
                bin--;
            counts[bin]++;
        }
        return counts;
    }

    private static double Deviation(IReadOnlyCollection<double> values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    private static bool Close(double expected, double actual) => Math.Abs(expected - actual) < 1e-14;

    private IDataView View(float[][] rows)
    {
        var schema = SchemaDefinition.Create(typeof(AnyRow));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Length);
        return _context.Data.LoadFromEnumerable(rows.Select(row => new AnyRow { Features = row }), schema);
    }

    private sealed class PixelRow
    {
        [VectorType(3)]
        public float[] Features { get; set; } = [];
    }

    private sealed class AnyRow
    {
        public float[] Features { get; set; } = [];
    }
}

using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Kernels;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Engine.Tracing;
using Microsoft.ML.Snn.Engine.Vectors;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Inference;

/// <summary>The engine's ledger beside a count by plain loops over the spikes of the reference.</summary>
public class OperationLedgerTests
{
    public static TheoryData<int, int> ShapesAndBlocks =>
        [.. Enumerable.Range(0, SpikingTraceTests.AllShapes.Length).SelectMany(i => new[] { (i, 1), (i, 2), (i, 3), (i, 4) })];

    [Theory]
    [MemberData(nameof(ShapesAndBlocks))]
    public void Operations_are_those_of_plain_loops(int index, int blockSteps) =>
        Compare(RandomGraphs.Create(SpikingTraceTests.AllShapes[index], seed: index), RandomGraphs.Features(SpikingTraceTests.AllShapes[index], seed: 400 + index), blockSteps);

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 3)]
    [InlineData(3, 4)]
    [InlineData(4, 15)]
    public void Soft_resets_are_subtractions(int index, int maxSpikes)
    {
        NetworkGraph<float> graph = RandomGraphs.Create(SpikingTraceTests.AllShapes[index], seed: index, maxSpikes, ResetKind.Soft);
        Compare(graph, RandomGraphs.Features(SpikingTraceTests.AllShapes[index], seed: 400 + index), blockSteps: maxSpikes < 4 ? 2 : 1);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 3)]
    [InlineData(3, 4)]
    [InlineData(4, 15)]
    public void So_they_are_where_neurons_send_several_spikes(int index, int maxSpikes)
    {
        NetworkGraph<float> graph = RandomGraphs.Create(SpikingTraceTests.AllShapes[index], seed: index, maxSpikes);
        Compare(graph, RandomGraphs.Features(SpikingTraceTests.AllShapes[index], seed: 400 + index), blockSteps: maxSpikes < 4 ? 2 : 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void With_8_bits_sums_of_16_bits_are_counted_too(int blockSteps)
    {
        // Small enough that no sum of 16 bits needs a second part.
        RandomGraphs.Shape shape = new(3, 6, 5, 20, 3, 1, 6, false);
        Compare(Quantization.Quantize(RandomGraphs.Create(shape, seed: 7)), RandomGraphs.Features(shape, seed: 8), blockSteps);
    }

    [Fact]
    public void A_sum_of_16_bits_that_could_overflow_is_counted_in_parts()
    {
        // 1170 rows of one pattern are four sums of 258 rows and one of 138.
        var ledger = new OperationLedger(1);
        unsafe
        {
            int* starts = stackalloc int[] { 0, 0 }, ends = stackalloc int[] { 0, 1170 };
            var rows = new WindowRows { Starts = starts, Ends = ends, Patterns = 1 };
            ledger.AddNarrowSums(0, rows, channels: 5, isFirst: true, longest: 258);
            Assert.Equal(new OperationCount(0, 4 * 5, 0), ledger[0]);
            ledger.AddNarrowSums(0, rows, channels: 5, isFirst: false, longest: 258);
            Assert.Equal(new OperationCount(0, (4 + 5) * 5, 0), ledger[0]);
        }
    }

    [Fact]
    public void Threads_share_the_work_and_the_count()
    {
        NetworkGraph<float> graph = RandomGraphs.Create(SpikingTraceTests.AllShapes[0], seed: 3);
        float[] features = RandomGraphs.Features(SpikingTraceTests.AllShapes[0], seed: 4);
        SpikingTrace alone = new SpikingNetwork(graph).Trace(features), shared = new SpikingNetwork(graph).WithThreads(2).Trace(features);
        Assert.Equal(
            (alone.SynapticOperations, alone.Additions, alone.MultiplyAdds),
            (shared.SynapticOperations, shared.Additions, shared.MultiplyAdds));
        Assert.Equal(
            alone.Layers.Select(layer => (layer.SynapticOperations, layer.Additions, layer.MultiplyAdds)),
            shared.Layers.Select(layer => (layer.SynapticOperations, layer.Additions, layer.MultiplyAdds)));
    }

    [Fact]
    public void The_width_of_vectors_does_not_change_the_count()
    {
        NetworkGraph<float> graph = Quantization.Quantize(RandomGraphs.Create(SpikingTraceTests.AllShapes[0], seed: 3));
        float[] features = RandomGraphs.Features(SpikingTraceTests.AllShapes[0], seed: 4);
        var counts = EngineGivesTheReferencesSpikes.Widths.Select(width =>
        {
            SpikingTrace trace = new SpikingNetwork(graph) { VectorWidth = width }.Trace(features);
            return (trace.SynapticOperations, trace.Additions, trace.MultiplyAdds);
        });
        Assert.Single(counts.Distinct());
    }

    [Fact]
    public void Layers_and_output_make_the_whole()
    {
        SpikingTrace trace = new SpikingNetwork(RandomGraphs.Create(SpikingTraceTests.AllShapes[0], seed: 3)).Trace(RandomGraphs.Features(SpikingTraceTests.AllShapes[0], seed: 4));
        // The output layer, 17 inputs and 3 classes, is no layer with neurons.
        long spikes = trace.Layers[^1].SpikeCounts.Sum();
        Assert.Equal(trace.SynapticOperations, trace.Layers.Sum(layer => layer.SynapticOperations) + 3 * spikes);
        Assert.Equal(trace.MultiplyAdds, trace.Layers.Sum(layer => layer.MultiplyAdds) + 3 * 4);
        Assert.InRange(trace.Additions, trace.Layers.Sum(layer => layer.Additions) + 1, long.MaxValue);
    }

    private static void Compare(NetworkGraph<float> graph, float[] features, int blockSteps)
    {
        BlockRun run = new SpikingNetwork(graph).CreateRun(blockSteps: blockSteps);
        var recorder = new TraceRecorder(run, graph.Classes);
        foreach (RowStep step in run.StepsOf(features, new WorkerTeam(1), countsOperations: true))
            recorder.Record(step);
        SpikingTrace trace = recorder.ToTrace();
        var reference = new GraphReference<float>(graph);
        reference.Score(features);
        var count = new PlainCount(graph, reference.Outputs, features, blockSteps);
        Assert.Equal(count.SynapticOperations, trace.SynapticOperations);
        Assert.Equal(count.Additions, trace.Additions);
        Assert.Equal(count.MultiplyAdds, trace.MultiplyAdds);
        Assert.Equal(count.Dense, trace.DenseMultiplyAdds);
    }

    private sealed class PlainCount
    {
        private readonly NetworkGraph<float> _graph;
        private readonly Dictionary<string, List<Map>> _outputs;
        private readonly int _blockSteps;
        private readonly int _slots;

        public PlainCount(NetworkGraph<float> graph, Dictionary<string, List<Map>> outputs, float[] features, int blockSteps)
        {
            (_graph, _outputs, _blockSteps) = (graph, outputs, blockSteps);
            // Bits of a number of spikes.
            _slots = Convert.ToString(graph.Nodes.OfType<NeuronNode<float>>().Max(neuron => neuron.MaxSpikes), 2).Length;
            int steps = graph.TimeSteps, slice = graph.Channels * graph.Height * graph.Width;
            MultiplyAdds += features.Length;
            foreach (NetworkNode<float> node in graph.Nodes)
            {
                switch (node)
                {
                    case ConvolutionNode<float> { Name: "a" } n:
                        for (int t = 0; t < (graph.InputHasTimeSteps ? steps : 1); t++)
                        {
                            Map input = graph.InputHasTimeSteps
                                ? Map.From(features.AsSpan(t * slice, slice), graph.Channels, graph.Height, graph.Width)
                                : outputs["normalize"][0];
                            MultiplyAdds += Weights(input, n, (i, y, x) => input[i, y, x] != 0 ? 1 : 0);
                            Dense += t == 0 ? Weights(input, n, (_, _, _) => 1) : 0;
                        }
                        break;
                    case ConvolutionNode<float> n:
                        // Where a second convolution flows into the same neurons, its 16-bit sums are added to the first one's.
                        AddSpikes(n);
                        if (n.Name == "c.shortcut")
                            Additions += n.Unit is null ? 0 : Blocks.Sum(block => (long)Size(n.Name) * ((1 << block * _slots) - 1));
                        else
                            AddStepSums(Size(n.Name));
                        break;
                    case LinearNode<float> { Name: "output" } n:
                        AddSpikes(new ConvolutionNode<float>(n.Name, n.Inputs, n.In, n.Out, 1, 1, n.Weights, n.Bias));
                        AddStepSums(n.Out);
                        Additions += steps * n.Out;
                        MultiplyAdds += steps * n.Out;
                        break;
                    case LinearNode<float> n:
                        string pooled = graph.Nodes.Single(node => node.Name == n.Inputs[0]).Inputs[0];
                        SynapticOperations += Spikes(pooled) * n.Out;
                        MultiplyAdds += outputs[n.Inputs[0]].Sum(counts => (long)counts.Values.Count(value => value != 0)) * n.Out;
                        Dense += (long)n.In * n.Out;
                        break;
                    case AffineNode<float> n:
                        SynapticOperations += Spikes(n.Inputs[0]);
                        Additions += (long)steps * _slots * Size(n.Name);
                        break;
                    case PoolNode<float> n:
                        // One for each bit that is set.
                        Additions += outputs[n.Inputs[0]].Sum(map => map.Values.Sum(value => long.PopCount((long)value)));
                        break;
                    case NeuronNode<float> n:
                        MultiplyAdds += 2L * steps * Size(n.Name);
                        // One subtraction for each spike that a neuron can send.
                        Additions += n.Reset == ResetKind.Soft ? (long)steps * n.MaxSpikes * Size(n.Name) : 0;
                        break;
                }
            }
        }

        public long SynapticOperations { get; private set; }

        public long Additions { get; private set; }

        public long MultiplyAdds { get; private set; }

        public long Dense { get; private set; }

        /// <summary>Steps of each block.</summary>
        private IEnumerable<int> Blocks => Enumerable.Range(0, _graph.TimeSteps).Chunk(_blockSteps).Select(block => block.Length);

        private int Size(string node) => _outputs[node][0].Values.Length;

        private long Spikes(string node) => _outputs[node].Sum(spikes => spikes.Values.Sum(value => (long)value));

        private void AddSpikes(ConvolutionNode<float> node)
        {
            List<Map> spikes = _outputs[node.Inputs[0]];
            Dense += Weights(spikes[0], node, (_, _, _) => 1);
            for (int first = 0; first < spikes.Count; first += _blockSteps)
            {
                int steps = Math.Min(_blockSteps, spikes.Count - first);
                for (int t = first; t < first + steps; t++)
                    SynapticOperations += Weights(spikes[t], node, (i, y, x) => (int)spikes[t][i, y, x]);
                Additions += Weights(
                    spikes[0], node, (i, y, x) => Enumerable.Range(first, steps).Any(t => spikes[t][i, y, x] > 0) ? 1 : 0);
            }
        }

        /// <summary>Sums of patterns become sums of steps: of their bits first, then each bit's are doubled and added to the next.</summary>
        private void AddStepSums(int size) => Additions += Blocks.Sum(block =>
            (long)size * ((block * _slots) switch { 1 => 0, 2 => 2, _ => 22 }) + (long)size * block * 2 * (_slots - 1));

        /// <summary>Weights under the windows of all outputs as often as <paramref name="counts"/> says.</summary>
        private static long Weights(Map source, ConvolutionNode<float> node, Func<int, int, int, int> counts)
        {
            (int kernel, int stride) = (node.Kernel, node.Stride);
            long weights = 0;
            for (int y = 0; y < Math.Min(source.Height, node.Kept?.Height * stride ?? int.MaxValue); y += stride)
            for (int x = 0; x < Math.Min(source.Width, node.Kept?.Width * stride ?? int.MaxValue); x += stride)
            for (int i = 0; i < source.Channels; i++)
            for (int sy = Math.Max(0, y - kernel / 2); sy <= Math.Min(source.Height - 1, y + kernel / 2); sy++)
            for (int sx = Math.Max(0, x - kernel / 2); sx <= Math.Min(source.Width - 1, x + kernel / 2); sx++)
                weights += (long)node.Out * counts(i, sy, sx);
            return weights;
        }
    }
}

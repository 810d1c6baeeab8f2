using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Vectors;
using Microsoft.ML.Snn.Tests.Reference;

namespace Microsoft.ML.Snn.Tests.Inference;

/// <summary>Inputs x[t] and membrane potentials u[t] of a trace.</summary>
public class MembranePotentialTraces
{
    private const double Tolerance = 1e-4;

    public static TheoryData<int, bool> SizesAndPrecisions => EngineGivesTheReferencesSpikes.SizesAndPrecisions;

    public static TheoryData<int, bool, bool> SizesPrecisionsAndResets => EngineGivesTheReferencesSpikes.SizesPrecisionsAndResets;

    [Theory]
    [MemberData(nameof(SizesAndPrecisions))]
    public void Are_the_references(int index, bool quantized)
    {
        (NetworkGraph<float> graph, float[] features) = EngineGivesTheReferencesSpikes.Case(index, quantized);
        SpikingTrace trace = new SpikingNetwork(graph).Trace(features, potentials: true);
        var spikes = trace.Layers.ToDictionary(
            layer => layer.Shape.Name, layer => Enumerable.Range(0, trace.TimeSteps).Select(step => Spikes(layer, step)).ToArray());
        // Later layers get the trace's spikes, so that one that flips by rounding changes its own neuron only.
        var reference = new GraphReference<float>(graph)
        {
            Firing = (name, t, map) =>
            {
                for (int i = 0; i < map.Values.Length; i++)
                    map.Values[i] = spikes[name][t][i] ? 1 : 0;
                return map;
            },
        };
        reference.Score(features);
        int all = 0, flipped = 0;
        foreach (LayerTrace layer in trace.Layers)
        {
            NeuronNode<float> node = Neurons(graph, layer);
            bool[] isFlipped = new bool[layer.Shape.NeuronCount];
            for (int t = 0; t < trace.TimeSteps; t++)
            {
                double[] inputs = reference.Outputs[node.Inputs[0]][t].Values, potentials = reference.Membranes[node.Name][t].Values;
                float[] actualInputs = Inputs(layer, t), actualPotentials = Potentials(layer, t);
                for (int i = 0; i < inputs.Length; i++)
                {
                    bool isClose = Math.Abs(inputs[i] - actualInputs[i]) <= Tolerance
                        && (isFlipped[i] || Math.Abs(potentials[i] - actualPotentials[i]) <= Tolerance);
                    Assert.True(isClose, $"{node.Name}, step {t}, neuron {i}: x = {actualInputs[i]}, u = {actualPotentials[i]}, "
                        + $"not {inputs[i]}, {potentials[i]}");
                    isFlipped[i] |= potentials[i] > Threshold(layer, node, i) != spikes[node.Name][t][i];
                }
            }
            all += isFlipped.Length;
            flipped += isFlipped.Count(value => value);
        }
        Assert.InRange(flipped, 0, all / 1000);
    }

    [Theory]
    [MemberData(nameof(SizesPrecisionsAndResets))]
    public void Obey_the_neurons_equations_to_the_bit_at_every_vector_width_thread_count_and_block_length(
        int index, bool quantized, bool isSoft)
    {
        (NetworkGraph<float> graph, float[] features) = EngineGivesTheReferencesSpikes.Case(index, quantized, isSoft);
        SpikingTrace first = new SpikingNetwork(graph).Trace(features, potentials: true);
        foreach (LayerTrace layer in first.Layers)
        {
            NeuronNode<float> node = Neurons(graph, layer);
            float[] rest = new float[layer.Shape.NeuronCount];
            for (int t = 0; t < first.TimeSteps; t++)
            {
                float[] inputs = Inputs(layer, t), potentials = Potentials(layer, t);
                bool[] spikes = Spikes(layer, t);
                for (int i = 0; i < rest.Length; i++)
                {
                    float leak = Decay(layer, node, i) * rest[i];
                    Assert.True(
                        leak + inputs[i] == potentials[i] && potentials[i] > Threshold(layer, node, i) == spikes[i],
                        $"{layer.Shape.Name}, step {t}, neuron {i}: {spikes[i]} at u = {potentials[i]}, x = {inputs[i]}, leak {leak}");
                    rest[i] = !spikes[i] ? potentials[i] : isSoft ? potentials[i] - Threshold(layer, node, i) : 0;
                }
            }
        }
        foreach (VectorWidth width in EngineGivesTheReferencesSpikes.Widths)
        {
            var network = new SpikingNetwork(graph) { VectorWidth = width };
            AssertSame(first, network.Trace(features, potentials: true));
            AssertSame(first, network.WithThreads(3).Trace(features, potentials: true));
            // A bound that is never met has the network go step by step.
            AssertSame(first, network.Trace(features, new EarlyExit { Margin = 1 }, potentials: true));
        }
    }

    [Fact]
    public void Only_a_trace_that_was_asked_for_them_has_them()
    {
        (NetworkGraph<float> graph, float[] features) = EngineGivesTheReferencesSpikes.Case(0, quantized: false);
        var network = new SpikingNetwork(graph);
        Assert.All(network.Trace(features, potentials: true).Layers, layer => Assert.True(layer.HasPotentials));
        LayerTrace without = network.Trace(features).Layers[0];
        Assert.False(without.HasPotentials);
        float[] values = new float[without.Shape.NeuronCount];
        Assert.Contains("potentials: true", Assert.Throws<InvalidOperationException>(() => without.CopyInputs(0, values)).Message);
        Assert.Throws<InvalidOperationException>(() => without.CopyMembranePotentials(0, values));
    }

    [Fact]
    public void A_trace_keeps_them_when_the_network_goes_on()
    {
        (NetworkGraph<float> graph, float[] features) = EngineGivesTheReferencesSpikes.Case(0, quantized: false);
        var network = new SpikingNetwork(graph);
        LayerTrace layer = network.Trace(features, potentials: true).Layers[^1];
        float[] inputs = Inputs(layer, 0), potentials = Potentials(layer, 0);
        network.Trace(Array.ConvertAll(features, value => 1 - value), potentials: true);
        Assert.Equal(inputs, Inputs(layer, 0));
        Assert.Equal(potentials, Potentials(layer, 0));
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        (NetworkGraph<float> graph, float[] features) = EngineGivesTheReferencesSpikes.Case(0, quantized: false);
        SpikingTrace trace = new SpikingNetwork(graph).Trace(features, potentials: true);
        LayerTrace layer = trace.Layers[0];
        float[] values = new float[layer.Shape.NeuronCount];
        foreach (int step in (int[])[-1, trace.TimeSteps])
        {
            Assert.Throws<ArgumentOutOfRangeException>("step", () => layer.CopyInputs(step, values));
            Assert.Throws<ArgumentOutOfRangeException>("step", () => layer.CopyMembranePotentials(step, values));
        }
        string message = Assert.Throws<ArgumentException>("destination", () => layer.CopyInputs(0, new float[values.Length + 1])).Message;
        Assert.Contains($"a.neuron has {values.Length} neurons", message);
        Assert.Throws<ArgumentException>("destination", () => layer.CopyMembranePotentials(0, values.AsSpan(1)));
    }

    internal static float[] Inputs(LayerTrace layer, int step)
    {
        float[] values = new float[layer.Shape.NeuronCount];
        layer.CopyInputs(step, values);
        return values;
    }

    internal static float[] Potentials(LayerTrace layer, int step)
    {
        float[] values = new float[layer.Shape.NeuronCount];
        layer.CopyMembranePotentials(step, values);
        return values;
    }

    internal static bool[] Spikes(LayerTrace layer, int step)
    {
        bool[] spikes = new bool[layer.Shape.NeuronCount];
        layer.CopySpikes(step, spikes);
        return spikes;
    }

    /// <summary>The threshold of neuron i, in the order [C, H, W].</summary>
    internal static float Threshold(LayerTrace layer, NeuronNode<float> node, int i) =>
        node.Threshold[node.Threshold.Length == 1 ? 0 : i / (layer.Shape.Height * layer.Shape.Width)];

    internal static NeuronNode<float> Neurons(NetworkGraph<float> graph, LayerTrace layer) =>
        graph.Nodes.OfType<NeuronNode<float>>().Single(node => node.Name == layer.Shape.Name);

    private static float Decay(LayerTrace layer, NeuronNode<float> node, int i) =>
        node.Decay[node.Decay.Length == 1 ? 0 : i / (layer.Shape.Height * layer.Shape.Width)];

    private static void AssertSame(SpikingTrace expected, SpikingTrace actual)
    {
        Assert.Equal(expected.TimeSteps, actual.TimeSteps);
        foreach ((LayerTrace a, LayerTrace b) in expected.Layers.Zip(actual.Layers))
        {
            for (int t = 0; t < expected.TimeSteps; t++)
            {
                Assert.True(Inputs(a, t).AsSpan().SequenceEqual(Inputs(b, t)), $"inputs of {a.Shape.Name} in step {t}");
                Assert.True(Potentials(a, t).AsSpan().SequenceEqual(Potentials(b, t)), $"potentials of {a.Shape.Name} in step {t}");
                Assert.True(Spikes(a, t).AsSpan().SequenceEqual(Spikes(b, t)), $"spikes of {a.Shape.Name} in step {t}");
            }
        }
    }
}

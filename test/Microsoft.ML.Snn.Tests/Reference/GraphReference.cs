using System.Numerics;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Engine.Running;

namespace Microsoft.ML.Snn.Tests.Reference;

/// <summary>Interprets a folded graph node by node and step by step, in float64.</summary>
internal sealed class GraphReference<T>(NetworkGraph<T> graph)
    where T : struct, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Output of every node by its name, one map a step.</summary>
    public Dictionary<string, List<Map>> Outputs { get; private set; } = [];

    /// <summary>u[t] of every neuron node, before the reset.</summary>
    public Dictionary<string, List<Map>> Membranes { get; private set; } = [];

    /// <summary>Replaces a neuron's spikes of a step before later nodes see them: (node, step, spikes) -> spikes.</summary>
    public Func<string, int, Map, Map> Firing { get; init; } = (_, _, spikes) => spikes;

    /// <summary>Softmax of the last node's output, averaged over time.</summary>
    public double[] Score(ReadOnlySpan<float> features)
    {
        Outputs = graph.Nodes.ToDictionary(node => node.Name, _ => new List<Map>());
        Membranes = graph.Nodes.OfType<NeuronNode<T>>().ToDictionary(node => node.Name, _ => new List<Map>());
        var neurons = graph.Nodes.OfType<NeuronNode<T>>().ToDictionary(
            node => node.Name, node => new ReferenceNeurons(
                PerChannel(node.Decay), PerChannel(node.Threshold), node.MaxSpikes, node.Reset == ResetKind.Soft));
        double[] logits = new double[graph.Classes];
        int size = graph.Channels * graph.Height * graph.Width;
        for (int t = 0; t < graph.TimeSteps; t++)
        {
            Map sample = Map.From(features.Slice(graph.InputHasTimeSteps ? t * size : 0, size), graph.Channels, graph.Height, graph.Width);
            foreach (NetworkNode<T> node in graph.Nodes)
            {
                Map[] inputs = [.. node.Inputs.Select(name => name == NetworkNode<T>.NetworkInput ? sample : Outputs[name][t])];
                Map output = Compute(node, inputs, neurons);
                if (node is NeuronNode<T>)
                {
                    Membranes[node.Name].Add(neurons[node.Name].Membrane!);
                    output = Firing(node.Name, t, output);
                }
                Outputs[node.Name].Add(output);
            }
            for (int c = 0; c < logits.Length; c++)
                logits[c] += Outputs[graph.Nodes[^1].Name][t].Values[c] / graph.TimeSteps;
        }
        return ReferenceMath.Softmax(logits);
    }

    private static Map Compute(NetworkNode<T> node, Map[] inputs, Dictionary<string, ReferenceNeurons> neurons) => node switch
    {
        InputAffineNode<T> n => ReferenceMath.Affine(inputs[0], Values(n.Scale), Values(n.Offset)),
        AffineNode<T> n => ReferenceMath.Affine(inputs[0], Values(n.Scale), Values(n.Offset)),
        ConvolutionNode<T> n => ReferenceMath.Affine(
            ReferenceMath.Convolve(inputs[0], Values(n.Weights), n.Out, n.Kernel, n.Stride).Keep(n.Kept), _ => 1, Values(n.Bias)),
        LinearNode<T> n => ReferenceMath.Affine(ReferenceMath.Convolve(inputs[0], Values(n.Weights), n.Out, 1, 1), _ => 1, Values(n.Bias)),
        AddNode<T> => inputs.Aggregate((sum, next) => sum + next),
        PoolNode<T> => ReferenceMath.Sum(inputs[0]),
        NeuronNode<T> => neurons[node.Name].Step(inputs[0]),
        _ => throw new NotSupportedException(node.GetType().Name),
    };

    private static Func<int, double> Values(T[] values) => i => double.CreateChecked(values[i]);

    private static Func<int, double> PerChannel(T[] values) => c => double.CreateChecked(values[values.Length == 1 ? 0 : c]);
}

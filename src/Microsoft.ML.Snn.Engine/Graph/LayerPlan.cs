using System.Collections.Immutable;

namespace Microsoft.ML.Snn.Engine.Graph;

/// <summary>One of the currents that are added up to the input of neurons.</summary>
/// <param name="Node">Weights or scales.</param>
/// <param name="Source">What it takes.</param>
/// <param name="Sender">The neurons whose spikes or counts it takes; null for the network's input.</param>
internal sealed record Summand(NetworkNode<float> Node, Signal Source, NeuronNode<float>? Sender)
{
    /// <summary>Whether it takes spikes themselves, not their counts.</summary>
    public bool TakesSpikes => Source.Kind == SignalKind.Spikes;

    /// <summary>Whether it is the same at every time step, as far as <paramref name="graph"/> has one input for all.</summary>
    public bool IsStatic(NetworkGraph<float> graph) => Sender is null && !graph.InputHasTimeSteps;
}

/// <summary>Neurons and all that flows into them; the last layer has none, and its input is the network's output.</summary>
internal sealed record LayerPlan(string Name, Signal Shape, NeuronNode<float>? Neuron, ImmutableArray<Summand> Summands)
{
    /// <summary>The layers of a valid graph, in the order of computation.</summary>
    public static ImmutableArray<LayerPlan> Of(NetworkGraph<float> graph)
    {
        var validation = new NetworkGraphValidation(graph);
        foreach (NetworkNode<float> node in graph.Nodes)
            validation.Add(node);
        validation.Complete();
        var nodes = graph.Nodes.ToDictionary(node => node.Name);
        var layers = ImmutableArray.CreateBuilder<LayerPlan>();
        foreach (NetworkNode<float> node in graph.Nodes)
        {
            if (node is NeuronNode<float> neuron)
                layers.Add(Plan(node.Name, neuron.Inputs[0], neuron));
            else if (node == graph.Nodes[^1])
                layers.Add(Plan(node.Name, node.Name, null));
        }
        return layers.ToImmutable();

        LayerPlan Plan(string name, string current, NeuronNode<float>? neuron) =>
            new(name, validation.Signals[current], neuron, [.. Summands(current)]);

        IEnumerable<Summand> Summands(string current) => nodes[current] is AddNode<float> add
            ? add.Inputs.SelectMany(Summands)
            : [new(nodes[current], validation.Signals[nodes[current].Inputs[0]], Sender(nodes[current].Inputs[0]))];

        NeuronNode<float>? Sender(string name) => nodes.GetValueOrDefault(name) switch
        {
            NeuronNode<float> neuron => neuron,
            PoolNode<float> pool => Sender(pool.Inputs[0]),
            _ => null,
        };
    }
}

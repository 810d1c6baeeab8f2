using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Inference;

public class InvalidGraphsAreRefused
{
    private static readonly NetworkGraph<float> _graph = RandomGraphs.Create(new(3, 4, 4, 6, 3, 2, 2, false), seed: 3);

    [Fact]
    public void The_graph_that_the_others_damage_is_valid() => _ = new SpikingNetwork(_graph);

    [Fact]
    public void Sizes_out_of_range()
    {
        Refused("time steps", _graph with { TimeSteps = 0 });
        Refused("time steps", _graph with { TimeSteps = int.MaxValue });
        Refused("two classes", _graph with { Classes = 1 });
        Refused("not the scores of 4 classes", _graph with { Classes = 4 });
        Refused("class labels", _graph with { Labels = LabelValues.FromText(["a"]) });
        Refused("empty", _graph with { Height = 0 });
        Refused("too large", _graph with { Height = int.MaxValue, Width = int.MaxValue });
        Refused("no nodes", _graph with { Nodes = [] });
        Refused("normalize", _graph with { Channels = 4 });
    }

    [Slow]
    [Fact]
    public void Layers_whose_padded_weights_no_array_can_hold()
    {
        const int kernel = 4039;
        Refused("outputs", _graph with
        {
            Channels = 1,
            Nodes =
            [
                new ConvolutionNode<float>(
                    "huge", [NetworkNode<float>.NetworkInput], 1, 2, kernel, 1, new float[2 * kernel * kernel], new float[2]),
                new NeuronNode<float>("huge.neuron", ["huge"], [0], [1], ResetKind.Hard),
            ],
        });
    }

    [Fact]
    public void Nodes_out_of_order_or_doubled()
    {
        Refused("not a node before it", _graph with { Nodes = [.. _graph.Nodes.Reverse()] });
        Refused("Two nodes", _graph with { Nodes = [.. _graph.Nodes, _graph.Nodes[^1]] });
        var extra = new PoolNode<float>("extra", ["a.neuron"]);
        Refused("extra of the folded network is used 0 times", _graph with { Nodes = _graph.Nodes.Insert(3, extra) });
        Refused("used 2 times", Replace<AddNode<float>>("b.add", node => node with { Inputs = ["b", "b", "b.identity"] }));
        Refused("has no name", Replace<ConvolutionNode<float>>("a", node => node with { Name = "" }));
        Refused("has no input", Replace<ConvolutionNode<float>>("a", node => node with { Inputs = [] }));
        Refused("has one input", Replace<ConvolutionNode<float>>("a", node => node with { Inputs = ["normalize", "normalize"] }));
        Refused("currents of one shape", Replace<AddNode<float>>("b.add", node => node with { Inputs = ["b"] }));
    }

    [Fact]
    public void More_of_an_output_than_there_is()
    {
        // A map of 4 x 4 and a stride of 2.
        foreach ((int, int) kept in ((int, int)[])[(3, 2), (2, 3), (0, 2), (2, -1)])
            Refused("Node a of the folded network is invalid: it keeps some or all", Replace<ConvolutionNode<float>>("a", node => node with { Kept = kept }));
    }

    [Fact]
    public void Wrong_kinds_of_input()
    {
        Refused("takes current", Replace<NeuronNode<float>>("b.neuron", node => node with { Inputs = ["a.neuron"] }));
        Refused("takes spikes", Replace<PoolNode<float>>("pool", node => node with { Inputs = ["c.add"] }));
        Refused("takes spikes", Replace<AffineNode<float>>("b.identity", node => node with { Inputs = ["normalize"] }));
        Refused("counts or spikes", Replace<LinearNode<float>>("hidden", node => node with { Inputs = ["a.neuron"] }));
        Refused("convolves", Replace<ConvolutionNode<float>>("b", node => node with { Inputs = ["a"] }));
        var again = new InputAffineNode<float>("again", ["normalize"], [1, 1, 1], [0, 0, 0]);
        Refused("normalizes the network's input", _graph with { Nodes = _graph.Nodes.Insert(1, again) });
    }

    [Fact]
    public void An_input_that_is_normalized_for_some_nodes_only()
    {
        const string input = NetworkNode<float>.NetworkInput;
        var second = new InputAffineNode<float>("second", [input], [1, 1, 1], [0, 0, 0]);
        Refused("Nodes normalize and second of the folded network both take", _graph with { Nodes = _graph.Nodes.Insert(1, second) });
        // A summand of b's neurons that takes the input as it is, after or before the normalization.
        NetworkGraph<float> raw = _graph with
        {
            Nodes =
            [
                .. Replace<AddNode<float>>("b.add", node => node with { Inputs = [.. node.Inputs, "raw"] }).Nodes.Insert(
                    1, new ConvolutionNode<float>("raw", [input], 3, 6, 1, 2, new float[18], new float[6])),
            ],
        };
        Refused("Nodes normalize and raw of the folded network both take", raw);
        Refused("Nodes raw and normalize of the folded network both take", raw with
        {
            Nodes = [raw.Nodes[1], raw.Nodes[0], .. raw.Nodes[2..]],
        });
        // Without a normalization any number of nodes may.
        _ = new SpikingNetwork(raw with
        {
            Nodes =
            [
                .. raw.Nodes[1..].Select(node => node is ConvolutionNode<float> first && first.Inputs[0] == "normalize"
                    ? first with { Inputs = [input] } : node),
            ],
        });
    }

    [Fact]
    public void Wrong_values()
    {
        Refused("weights", Replace<ConvolutionNode<float>>("b", node => node with { Weights = new float[5] }));
        Refused("bias", Replace<LinearNode<float>>("hidden", node => node with { Bias = [] }));
        Refused("odd kernel", Replace<ConvolutionNode<float>>("b", node => node with { Kernel = 2, Weights = new float[6 * 6 * 4] }));
        Refused("positive sizes", Replace<ConvolutionNode<float>>("b", node => node with { Stride = 0 }));
        Refused("finite bias", Replace<ConvolutionNode<float>>("b", node => node with { Bias = [0, 0, float.NaN, 0, 0, 0] }));
        Refused("finite threshold", Replace<NeuronNode<float>>("b.neuron", node => node with { Threshold = [float.PositiveInfinity] }));
        Refused("thresholds above 0", Replace<NeuronNode<float>>("b.neuron", node => node with { Threshold = [0] }));
        Refused("decays from 0 to 1", Replace<NeuronNode<float>>("b.neuron", node => node with { Decay = [1.1f] }));
        Refused("values as decay", Replace<NeuronNode<float>>("b.neuron", node => node with { Decay = [0, 0] }));
        Refused("values as unit", Replace<ConvolutionNode<float>>("b", node => node with { Unit = [1] }));
        Refused("16 significant bits", Replace<ConvolutionNode<float>>("b", node => node with { Unit = [1, 1, 1, 1, 1, 0.1f] }));
        Refused("units above 0", Replace<LinearNode<float>>("output", node => node with { Unit = [1, 0, 1] }));
        Refused("reset", Replace<NeuronNode<float>>("b.neuron", node => node with { Reset = (ResetKind)7 }));
    }

    private static NetworkGraph<float> Replace<TNode>(string name, Func<TNode, NetworkNode<float>> change)
        where TNode : NetworkNode<float> =>
        _graph with { Nodes = [.. _graph.Nodes.Select(node => node.Name == name ? change((TNode)node) : node)] };

    private static void Refused(string message, NetworkGraph<float> graph) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => new SpikingNetwork(graph)).Message);
}

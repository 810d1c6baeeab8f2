using System.Numerics;

namespace Microsoft.ML.Snn;

/// <summary>What kind of values a node puts out.</summary>
internal enum SignalKind
{
    /// <summary>Real numbers: the sample, or its normalisation.</summary>
    Analog,

    /// <summary>What neurons integrate: a weighted sum of spikes, of analog values or of counts.</summary>
    Current,

    /// <summary>0 or 1.</summary>
    Spikes,

    /// <summary>The number of spikes of each channel.</summary>
    Counts,
}

/// <summary>Kind and shape [C, H, W] of a node's output.</summary>
internal readonly record struct Signal(SignalKind Kind, int Channels, int Height, int Width)
{
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()} [{Channels}, {Height}, {Width}]";
}

/// <summary>Checks that a graph is one that the engine can run, before anything is allocated for it.</summary>
internal static class FoldedGraphValidation
{
    private const int MaxTimeSteps = 1 << 16;
    private const long MaxValues = 1 << 30;

    /// <summary>The output of every node by its name, the network's input too.</summary>
    /// <exception cref="InvalidDataException">The graph is not a valid one; the message names the node.</exception>
    public static Dictionary<string, Signal> Validate<T>(FoldedGraph<T> graph)
        where T : IBinaryFloatingPointIeee754<T>
    {
        if (graph.TimeSteps is < 1 or > MaxTimeSteps)
            throw new InvalidDataException($"A folded network has 1 to {MaxTimeSteps} time steps, not {graph.TimeSteps}.");
        if (graph.Classes < 2)
            throw new InvalidDataException($"A folded network has at least two classes, not {graph.Classes}.");
        if (graph.Labels is { } labels && labels.Count != graph.Classes)
            throw new InvalidDataException($"The folded network has {graph.Classes} classes but {labels.Count} class labels.");
        if (graph.Nodes.IsDefaultOrEmpty)
            throw new InvalidDataException("The folded network has no nodes.");

        var input = new Signal(SignalKind.Analog, graph.Channels, graph.Height, graph.Width);
        CheckSize("The input of the folded network", input, graph.InputHasTimeSteps ? graph.TimeSteps : 1);
        var signals = new Dictionary<string, Signal> { [FoldedNode<T>.NetworkInput] = input };
        var uses = new Dictionary<string, int>();
        foreach (FoldedNode<T> node in graph.Nodes)
        {
            if (string.IsNullOrEmpty(node.Name))
                throw new InvalidDataException("A node of the folded network has no name.");
            if (node.Inputs.IsDefaultOrEmpty)
                throw new InvalidDataException($"Node {node.Name} of the folded network has no input.");
            foreach (string name in node.Inputs)
            {
                if (!signals.ContainsKey(name))
                    throw new InvalidDataException($"Node {node.Name} of the folded network takes {name}, which is not a node before it.");
                uses[name] = uses.GetValueOrDefault(name) + 1;
            }
            Signal output = Output(node, signals);
            CheckSize($"Node {node.Name} of the folded network", output, 1);
            if (!signals.TryAdd(node.Name, output))
                throw new InvalidDataException($"Two nodes of the folded network are named {node.Name}.");
        }

        foreach (FoldedNode<T> node in graph.Nodes.AsSpan()[..^1])
        {
            // A current used twice would be computed twice, and chains of them without end.
            int count = uses.GetValueOrDefault(node.Name);
            if (count == 0 || count > 1 && signals[node.Name].Kind == SignalKind.Current)
                throw new InvalidDataException($"Node {node.Name} of the folded network is used {count} times.");
        }
        string last = graph.Nodes[^1].Name;
        if (signals[last] != new Signal(SignalKind.Current, graph.Classes, 1, 1))
        {
            throw new InvalidDataException(
                $"The last node of the folded network, {last}, gives {signals[last]}, not the scores of {graph.Classes} classes.");
        }
        return signals;
    }

    private static Signal Output<T>(FoldedNode<T> node, Dictionary<string, Signal> signals)
        where T : IBinaryFloatingPointIeee754<T>
    {
        Signal input = signals[node.Inputs[0]];
        if (node is AddNode<T>)
        {
            if (node.Inputs.Length < 2 || node.Inputs.Any(name => signals[name].Kind != SignalKind.Current || signals[name] != input))
            {
                throw Refuse(
                    "adds two or more currents of one shape", string.Join(", ", node.Inputs.Select(name => $"{name}: {signals[name]}")));
            }
            return input;
        }
        if (node.Inputs.Length != 1)
            throw Refuse("has one input", $"{node.Inputs.Length}");
        switch (node)
        {
            case InputAffineNode<T> affine:
                if (node.Inputs[0] != FoldedNode<T>.NetworkInput)
                    throw Refuse("normalises the network's input", node.Inputs[0]);
                CheckValues("scale", affine.Scale, input.Channels);
                CheckValues("offset", affine.Offset, input.Channels);
                return input;
            case AffineNode<T> affine:
                Require(SignalKind.Spikes);
                CheckValues("scale", affine.Scale, input.Channels);
                CheckValues("offset", affine.Offset, input.Channels);
                return input with { Kind = SignalKind.Current };
            case ConvolutionNode<T> convolution:
                if (input.Kind is not (SignalKind.Analog or SignalKind.Spikes) || input.Channels != convolution.In)
                    throw Refuse($"convolves {convolution.In} channels of spikes or of the network's input", $"{input}");
                if (convolution.Out < 1 || convolution.Stride < 1 || convolution.Kernel < 1 || convolution.Kernel % 2 == 0)
                {
                    throw Refuse(
                        "has positive sizes and an odd kernel",
                        $"{convolution.Out} outputs, kernel {convolution.Kernel}, stride {convolution.Stride}");
                }
                Int128 taps = (Int128)convolution.Kernel * convolution.Kernel;
                CheckValues("weights", convolution.Weights, taps * convolution.In * convolution.Out);
                CheckValues("bias", convolution.Bias, convolution.Out);
                int stride = convolution.Stride;
                return new(SignalKind.Current, convolution.Out, (input.Height - 1) / stride + 1, (input.Width - 1) / stride + 1);
            case NeuronNode<T> neuron:
                Require(SignalKind.Current);
                if (!Enum.IsDefined(neuron.Reset))
                {
                    throw Refuse(
                        "has a reset this version knows", $"kind {(int)neuron.Reset}; a newer version of Microsoft.ML.Snn may know it");
                }
                CheckValues("decay", neuron.Decay, neuron.Decay.Length == 1 ? 1 : input.Channels);
                CheckValues("threshold", neuron.Threshold, neuron.Threshold.Length == 1 ? 1 : input.Channels);
                if (Array.Exists(neuron.Decay, decay => decay < T.Zero || decay > T.One))
                    throw Refuse("has decays from 0 to 1", "another");
                if (Array.Exists(neuron.Threshold, threshold => threshold <= T.Zero))
                    throw Refuse("has thresholds above 0", "another");
                return input with { Kind = SignalKind.Spikes };
            case PoolNode<T>:
                Require(SignalKind.Spikes);
                return new(SignalKind.Counts, input.Channels, 1, 1);
            case LinearNode<T> linear:
                if (input != new Signal(SignalKind.Counts, linear.In, 1, 1) && input != new Signal(SignalKind.Spikes, linear.In, 1, 1))
                    throw Refuse($"takes {linear.In} counts or spikes", $"{input}");
                if (linear.Out < 1)
                    throw Refuse("has outputs", $"{linear.Out}");
                CheckValues("weights", linear.Weights, (Int128)linear.In * linear.Out);
                CheckValues("bias", linear.Bias, linear.Out);
                return new(SignalKind.Current, linear.Out, 1, 1);
            default:
                throw Refuse("is of a kind this version knows", node.GetType().Name);
        }

        void Require(SignalKind kind)
        {
            if (input.Kind != kind)
                throw Refuse($"takes {kind.ToString().ToLowerInvariant()}", $"{input}");
        }

        void CheckValues(string what, T[] values, Int128 length)
        {
            if (values.Length != length)
                throw Refuse($"has {length} values as {what}", $"{values.Length}");
            int bad = Array.FindIndex(values, value => !T.IsFinite(value));
            if (bad >= 0)
                throw Refuse($"has finite {what}", $"{values[bad]} at {bad}");
        }

        InvalidDataException Refuse(string rule, string found) =>
            new($"Node {node.Name} of the folded network is invalid: it {rule}; found {found}.");
    }

    private static void CheckSize(string what, Signal signal, int steps)
    {
        if (signal.Channels < 1 || signal.Height < 1 || signal.Width < 1)
            throw new InvalidDataException($"{what} is empty: {signal}.");
        if ((Int128)signal.Channels * signal.Height * signal.Width * steps > MaxValues)
            throw new InvalidDataException($"{what} is too large: {signal}.");
    }
}

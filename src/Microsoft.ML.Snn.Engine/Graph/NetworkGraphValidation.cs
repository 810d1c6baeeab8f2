using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Snn.Engine.Graph;

/// <summary>What kind of values a node puts out.</summary>
internal enum SignalKind
{
    /// <summary>Real numbers: the sample, or its normalization.</summary>
    Analog,

    /// <summary>What neurons integrate: a weighted sum of spikes, of analog values or of counts.</summary>
    Current,

    /// <summary>0 or 1, or the number of spikes that neurons send at once.</summary>
    Spikes,

    /// <summary>The number of spikes of each channel.</summary>
    Counts,
}

/// <summary>Kind and shape [C, H, W] of a node's output.</summary>
internal readonly record struct Signal(SignalKind Kind, int Channels, int Height, int Width)
{
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()} [{Channels}, {Height}, {Width}]";
}

/// <summary>Checks node by node that a graph is one that the engine can run.</summary>
internal sealed class NetworkGraphValidation
{
    private const int MaxTimeSteps = 1 << 16;

    private readonly NetworkGraph<float> _graph;
    private readonly Dictionary<string, Signal> _signals;
    private readonly Dictionary<string, int> _uses = [];
    // What takes the network's input as it is; the first of several.
    private NetworkNode<float>? _first;
    private string? _last;

    /// <param name="graph">Everything but its nodes is checked at once.</param>
    /// <exception cref="InvalidDataException">A size is out of range.</exception>
    public NetworkGraphValidation(NetworkGraph<float> graph)
    {
        if (graph.TimeSteps is < 1 or > MaxTimeSteps)
            throw new InvalidDataException($"A folded network has 1 to {MaxTimeSteps} time steps, not {graph.TimeSteps}.");
        if (graph.Classes < 2)
            throw new InvalidDataException($"A folded network has at least two classes, not {graph.Classes}.");
        if (graph.Labels is { } labels && labels.Count != graph.Classes)
            throw new InvalidDataException($"The folded network has {graph.Classes} classes but {labels.Count} class labels.");
        var input = new Signal(SignalKind.Analog, graph.Channels, graph.Height, graph.Width);
        CheckNotEmpty("The input of the folded network", input);
        _graph = graph;
        _signals = new() { [NetworkNode<float>.NetworkInput] = input };
    }

    /// <summary>The output of every node by its name, the network's input too.</summary>
    public IReadOnlyDictionary<string, Signal> Signals => _signals;

    /// <exception cref="InvalidDataException">The node is not a valid one after those before it; the message names it.</exception>
    public void Add(NetworkNode<float> node)
    {
        if (string.IsNullOrEmpty(node.Name))
            throw new InvalidDataException("A node of the folded network has no name.");
        if (node.Inputs.IsDefaultOrEmpty)
            throw new InvalidDataException($"Node {node.Name} of the folded network has no input.");
        foreach (string name in node.Inputs)
        {
            if (!_signals.ContainsKey(name))
                throw new InvalidDataException($"Node {node.Name} of the folded network takes {name}, which is not a node before it.");
        }
        Signal output = Output(node, _signals);
        if (node.Inputs.Contains(NetworkNode<float>.NetworkInput))
        {
            // There is one input, normalized as a whole or not at all.
            if (_first is not null && (_first is InputAffineNode<float> || node is InputAffineNode<float>))
            {
                throw new InvalidDataException(
                    $"Nodes {_first.Name} and {node.Name} of the folded network both take the network's input, and one of them normalizes "
                    + "it: that node must be the only one.");
            }
            _first ??= node;
        }
        foreach (string name in node.Inputs)
        {
            _uses[name] = _uses.GetValueOrDefault(name) + 1;
            // A current used twice would be computed twice, and chains of them without end.
            if (_uses[name] > 1 && _signals[name].Kind == SignalKind.Current)
                throw new InvalidDataException($"Node {name} of the folded network is used {_uses[name]} times.");
        }
        CheckNotEmpty($"Node {node.Name} of the folded network", output);
        if (!_signals.TryAdd(node.Name, output))
            throw new InvalidDataException($"Two nodes of the folded network are named {node.Name}.");
        _last = node.Name;
    }

    /// <exception cref="InvalidDataException">The nodes so far are no complete network.</exception>
    public void Complete()
    {
        if (_last is null)
            throw new InvalidDataException("The folded network has no nodes.");
        foreach (string name in _signals.Keys)
        {
            if (name != _last && name != NetworkNode<float>.NetworkInput && !_uses.ContainsKey(name))
                throw new InvalidDataException($"Node {name} of the folded network is used 0 times.");
        }
        if (_signals[_last] != new Signal(SignalKind.Current, _graph.Classes, 1, 1))
        {
            throw new InvalidDataException(
                $"The last node of the folded network, {_last}, gives {_signals[_last]}, not the scores of {_graph.Classes} classes.");
        }
    }

    private static Signal Output(NetworkNode<float> node, Dictionary<string, Signal> signals)
    {
        Signal input = signals[node.Inputs[0]];
        if (node is AddNode<float>)
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
            case ChannelScaleNode<float> scaled:
                if (node is AffineNode<float>)
                    Require(SignalKind.Spikes);
                else if (node.Inputs[0] != NetworkNode<float>.NetworkInput)
                    throw Refuse("normalizes the network's input", node.Inputs[0]);
                CheckValues("scale", scaled.Scale, input.Channels);
                CheckValues("offset", scaled.Offset, input.Channels);
                return node is AffineNode<float> ? input with { Kind = SignalKind.Current } : input;
            case WeightedNode<float> weighted:
                bool isKnown = weighted is LinearNode<float>
                    ? input is { Kind: SignalKind.Counts or SignalKind.Spikes, Height: 1, Width: 1 }
                    : input.Kind is SignalKind.Analog or SignalKind.Spikes;
                if (!isKnown || input.Channels != weighted.In)
                {
                    throw Refuse(weighted is LinearNode<float>
                        ? $"takes {weighted.In} counts or spikes"
                        : $"convolves {weighted.In} channels of spikes or of the network's input", $"{input}");
                }
                if (weighted.Out < 1 || weighted.Stride < 1 || weighted.Kernel < 1 || weighted.Kernel % 2 == 0)
                {
                    throw Refuse(
                        "has positive sizes and an odd kernel",
                        $"{weighted.Out} outputs, kernel {weighted.Kernel}, stride {weighted.Stride}");
                }
                CheckValues("weights", weighted.Weights, (Int128)weighted.Kernel * weighted.Kernel * weighted.In * weighted.Out);
                CheckValues("bias", weighted.Bias, weighted.Out);
                CheckUnit(weighted.Unit, weighted.Out);
                int stride = weighted.Stride;
                var whole = new Signal(SignalKind.Current, weighted.Out, (input.Height - 1) / stride + 1, (input.Width - 1) / stride + 1);
                return weighted is ConvolutionNode<float> { Kept: { } kept } ? Keep(whole, kept) : whole;
            case NeuronNode<float> neuron:
                Require(SignalKind.Current);
                if (!Enum.IsDefined(neuron.Reset))
                {
                    throw Refuse(
                        "has a reset this version knows", $"kind {(int)neuron.Reset}; a newer version of Microsoft.ML.Snn may know it");
                }
                if (neuron.MaxSpikes is < 1 or > NeuronNode<float>.MostSpikes)
                    throw Refuse($"sends 1 to {NeuronNode<float>.MostSpikes} spikes a step", $"{neuron.MaxSpikes}");
                CheckValues("decay", neuron.Decay, neuron.Decay.Length == 1 ? 1 : input.Channels);
                CheckValues("threshold", neuron.Threshold, neuron.Threshold.Length == 1 ? 1 : input.Channels);
                if (Array.Exists(neuron.Decay, decay => decay < 0 || decay > 1))
                    throw Refuse("has decays from 0 to 1", "another");
                if (Array.Exists(neuron.Threshold, threshold => threshold <= 0))
                    throw Refuse("has thresholds above 0", "another");
                return input with { Kind = SignalKind.Spikes };
            case PoolNode<float>:
                Require(SignalKind.Spikes);
                return new(SignalKind.Counts, input.Channels, 1, 1);
            default:
                throw Refuse("is of a kind this version knows", node.GetType().Name);
        }

        void Require(SignalKind kind)
        {
            if (input.Kind != kind)
                throw Refuse($"takes {kind.ToString().ToLowerInvariant()}", $"{input}");
        }

        Signal Keep(Signal whole, (int Height, int Width) kept)
        {
            if (kept.Height < 1 || kept.Width < 1 || kept.Height > whole.Height || kept.Width > whole.Width)
                throw Refuse($"keeps some or all of {whole}", $"{kept.Height} rows and {kept.Width} columns");
            return whole with { Height = kept.Height, Width = kept.Width };
        }

        void CheckValues(string what, float[] values, Int128 length)
        {
            if (values.Length != length)
                throw Refuse($"has {length} values as {what}", $"{values.Length}");
            if (!AreFinite(values))
            {
                int bad = Array.FindIndex(values, value => !float.IsFinite(value));
                throw Refuse($"has finite {what}", $"{values[bad]} at {bad}");
            }
        }

        void CheckUnit(float[]? unit, int outputs)
        {
            if (unit is null)
                return;
            CheckValues("unit", unit, outputs);
            int bad = Array.FindIndex(unit, value => !Quantization.IsUnit(value));
            if (bad >= 0)
                throw Refuse("has units above 0 with at most 16 significant bits", $"{unit[bad]} at {bad}");
        }

        InvalidDataException Refuse(string rule, string found) =>
            new($"Node {node.Name} of the folded network is invalid: it {rule}; found {found}.");
    }

    /// <summary>Optimized from the first call on: it sees all weights while an app starts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AreFinite(float[] values)
    {
        // Magnitudes compare as their bits do; infinity and NaN are above all others.
        const uint magnitude = 0x7fff_ffff;
        Vector256<uint> largest = Vector256<uint>.Zero;
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        for (; bits.Length >= Vector256<uint>.Count; bits = bits[Vector256<uint>.Count..])
            largest = Vector256.Max(largest, Vector256.Create(bits) & Vector256.Create(magnitude));
        uint infinity = BitConverter.SingleToUInt32Bits(float.PositiveInfinity);
        bool areFinite = Vector256.LessThanAll(largest, Vector256.Create(infinity));
        foreach (uint value in bits)
            areFinite &= (value & magnitude) < infinity;
        return areFinite;
    }

    private static void CheckNotEmpty(string what, Signal signal)
    {
        if (signal.Channels < 1 || signal.Height < 1 || signal.Width < 1)
            throw new InvalidDataException($"{what} is empty: {signal}.");
    }
}

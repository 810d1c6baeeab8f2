using System.Collections.Immutable;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>Makes the nodes of a network as the engine runs it.</summary>
internal sealed class EngineNodes
{
    private readonly ImmutableArray<NetworkNode<float>>.Builder _nodes = ImmutableArray.CreateBuilder<NetworkNode<float>>();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal) { NetworkNode<float>.NetworkInput };
    // By the neurons that are counted.
    private readonly Dictionary<string, string> _pools = [];

    public ImmutableArray<NetworkNode<float>> Nodes => _nodes.ToImmutable();

    /// <summary>Adds the normalization of the input.</summary>
    public NirSource AddNormalization(NirNode node, NirSource input, WindowMap map)
    {
        string name = NameOf(node);
        _nodes.Add(new InputAffineNode<float>(name, [input.Name], map.Scale, map.Bias));
        return input with { Name = name };
    }

    /// <summary>Adds neurons and what flows into them.</summary>
    public NirSource AddNeurons(NirNode node, NirValue value, NirNeurons neurons)
    {
        string current = AddSum(node, value), name = NameOf(node);
        _nodes.Add(new NeuronNode<float>(name, [current], neurons.Decay, neurons.Threshold, neurons.Reset));
        return new(name, SignalKind.Spikes, value.Shape.Map);
    }

    /// <summary>Adds what flows into a node.</summary>
    /// <returns>The name of the current.</returns>
    public string AddSum(NirNode node, NirValue value)
    {
        string[] currents = [.. value.Terms.Select(term => AddCurrent(node, term))];
        if (currents.Length == 1)
            return currents[0];
        string name = Unique($"{LayerOf(node)}.sum");
        _nodes.Add(new AddNode<float>(name, [.. currents]));
        return name;
    }

    private string AddCurrent(NirNode target, NirTerm term)
    {
        NirSource source = term.Source;
        NirNode maker = term.Node ?? target;
        WindowMap map = term.Map ?? Identity(maker, source.Map);
        string name = term.Node is { } node ? NameOf(node) : Unique($"{LayerOf(target)}.{source.Name}");
        string? kind = KindOf(term.Node);
        bool isPoint = source.Map is { Height: 1, Width: 1 } && map.Out is { Height: 1, Width: 1 };
        if (source.Kind == SignalKind.Spikes)
        {
            if (Mentions(NetworkLayerKind.Linear) && (kind is null ? !isPoint : term.Node!.Metadata!.Has(NirNames.Pooling))
                && TryPool(maker, map, source.Map) is { } pooled)
            {
                string pool = PoolOf(source, term.Node);
                return Add(new LinearNode<float>(
                    name, [pool], map.InChannels, map.OutChannels, pooled, map.Bias) { Unit = UnitOf(term.Node, pooled, map) });
            }
            if (Mentions(NetworkLayerKind.Linear) && isPoint)
            {
                float[] weights = Dense(maker, map, -map.Y.Padding, -map.X.Padding, 1);
                return Add(new LinearNode<float>(
                    name, [source.Name], map.InChannels, map.OutChannels, weights, map.Bias) { Unit = UnitOf(term.Node, weights, map) });
            }
            if (Mentions(NetworkLayerKind.IdentityShortcut) && map.IsScale)
                return Add(new AffineNode<float>(name, [source.Name], map.Scale, map.Bias));
        }
        (int kernel, int stride, (int, int)? kept) = Centered(maker, map);
        float[] centered = Dense(maker, map, kernel / 2 - map.Y.Padding, kernel / 2 - map.X.Padding, kernel);
        return Add(new ConvolutionNode<float>(name, [source.Name], map.InChannels, map.OutChannels, kernel, stride, centered, map.Bias)
        {
            Unit = source.Kind == SignalKind.Spikes ? UnitOf(term.Node, centered, map) : null, Kept = kept,
        });

        // Where the file does not say which it was, what is cheapest is taken.
        bool Mentions(NetworkLayerKind layer) => kind is null || kind == $"{layer}";

        string Add(NetworkNode<float> added)
        {
            _nodes.Add(added);
            return name;
        }
    }

    private static WindowMap Identity(NirNode node, MapSize map)
    {
        node.Make(2 * (Int128)map.Channels, work: 0, $"a scale of its input {map}");
        return WindowMap.OfScale(map, [.. Enumerable.Repeat(1f, map.Channels)]);
    }

    /// <summary>The weights of a linear layer on counts, where all places of a channel have the same; otherwise null.</summary>
    private static float[]? TryPool(NirNode node, WindowMap map, MapSize source)
    {
        if (map.Out is not { Height: 1, Width: 1 } || !Covers(map.Y) || !Covers(map.X))
            return null;
        node.Make((Int128)map.OutChannels * map.InChannels, work: 0, "as a linear layer of all channels, it");
        float[] weights = new float[map.OutChannels * map.InChannels];
        for (int i = 0; i < weights.Length; i++)
        {
            if (map.IsDepthwise && i / map.InChannels != i % map.InChannels)
                continue;
            weights[i] = map.Weight(i / map.InChannels, i % map.InChannels, map.Y.Padding, map.X.Padding);
            for (int place = 1; place < source.Height * source.Width; place++)
            {
                int y = map.Y.Padding + place / source.Width, x = map.X.Padding + place % source.Width;
                if (map.Weight(i / map.InChannels, i % map.InChannels, y, x) != weights[i])
                    return null;
            }
        }
        return weights;

        static bool Covers(WindowAxis axis) => axis.Padding + axis.Input <= axis.Kernel;
    }

    /// <summary>
    /// Size and stride of a square odd kernel with padding of half its size that holds the window, and how much of its output there is.
    /// </summary>
    private static (int Kernel, int Stride, (int, int)? Kept) Centered(NirNode node, WindowMap map)
    {
        (int beforeY, int afterY) = Reach(map.Y, map.UsedRows());
        (int beforeX, int afterX) = Reach(map.X, map.UsedColumns());
        long half = Math.Max(Math.Max(beforeY, afterY), Math.Max(beforeX, afterX));
        int[] strides = [map.Y.Stride, map.X.Stride, Math.Max(map.Y.Input, map.X.Input)];
        // The whole output, where there is such a stride; otherwise a part of it.
        foreach (int stride in strides.Where(stride => IsWhole(map.Y, stride) && IsWhole(map.X, stride)).Concat(strides))
        {
            if (!Fits(map.Y, stride) || !Fits(map.X, stride))
                continue;
            // A kernel that is one already keeps its size.
            bool isCentered = map.Y.Kernel % 2 == 1 && map.Y.Padding == map.Y.Kernel / 2
                && map.X.Kernel == map.Y.Kernel && map.X.Padding == map.Y.Padding;
            long kernel = isCentered ? map.Y.Kernel : 2 * half + 1;
            // Of which no array can hold the weights.
            if (kernel > ushort.MaxValue)
                throw node.Refuse($"as a convolution with an odd kernel, it is too large: {kernel} by {kernel}.");
            return ((int)kernel, stride, IsWhole(map.Y, stride) && IsWhole(map.X, stride) ? null : (map.Y.Output, map.X.Output));
        }
        throw node.Refuse(
            $"its output {map.Out} of an input {map.In} is larger than that of a convolution padded by half its kernel, or it has two "
            + "strides.");

        static bool Fits(WindowAxis axis, int stride) =>
            (axis.Input - 1) / stride + 1 >= axis.Output && (axis.Output == 1 || axis.Stride == stride);

        static bool IsWhole(WindowAxis axis, int stride) => (axis.Input - 1) / stride + 1 == axis.Output;
    }

    /// <summary>How far the window reaches before and after the place i * Stride, as far as it has weights and there is an input.</summary>
    private static (int Before, int After) Reach(WindowAxis axis, (int First, int Last) used)
    {
        int before = axis.Padding - used.First, after = used.Last - axis.Padding;
        // Of no output is anything further away.
        return ((int)Math.Min(before, (axis.Output - 1L) * axis.Stride), Math.Min(after, axis.Input - 1));
    }

    /// <summary>[out, in, kernel, kernel], moved down and right; what leaves the kernel meets no input.</summary>
    private static float[] Dense(NirNode node, WindowMap map, int top, int left, int kernel)
    {
        if (!map.IsDepthwise && top == 0 && left == 0 && map.Y.Kernel == kernel && map.X.Kernel == kernel)
            return map.Weights;
        node.Make((Int128)map.OutChannels * map.InChannels * kernel * kernel, work: 0, "as weights of all channels, it");
        float[] weights = new float[map.OutChannels * map.InChannels * kernel * kernel];
        for (int i = 0; i < map.OutChannels * map.InChannels; i++)
        {
            (int output, int input) = Math.DivRem(i, map.InChannels);
            if (map.IsDepthwise && output != input)
                continue;
            for (int y = Math.Max(0, -top); y < Math.Min(map.Y.Kernel, kernel - top); y++)
            {
                for (int x = Math.Max(0, -left); x < Math.Min(map.X.Kernel, kernel - left); x++)
                    weights[(i * kernel + y + top) * kernel + x + left] = map.Weight(output, input, y, x);
            }
        }
        return weights;
    }

    private string PoolOf(NirSource source, NirNode? node)
    {
        if (_pools.TryGetValue(source.Name, out string? known))
            return known;
        string name = Unique(KindOf(node) is not null && node!.Metadata!.Has(NirNames.Pooling)
            ? node.Metadata.Text(NirNames.Pooling) : $"{source.Name}.counts");
        _nodes.Add(new PoolNode<float>(name, [source.Name]));
        return _pools[source.Name] = name;
    }

    /// <summary>The unit of 8-bit weights, where the metadata have one that they are whole numbers of.</summary>
    private static float[]? UnitOf(NirNode? node, float[] weights, WindowMap map)
    {
        if (KindOf(node) is null || !node!.Metadata!.Has(NirNames.Unit))
            return null;
        float[] unit = node.Metadata.Floats(NirNames.Unit);
        if (unit.Length != map.OutChannels || !Array.TrueForAll(unit, Quantization.IsUnit))
            return null;
        int inputs = weights.Length / unit.Length;
        for (int i = 0; i < weights.Length; i++)
        {
            float number = MathF.Round(weights[i] / unit[i / inputs]);
            if (Math.Abs(number) > Quantization.MaxWeight || number * unit[i / inputs] != weights[i])
                return null;
        }
        return unit;
    }

    private static string? KindOf(NirNode? node) =>
        node?.Metadata is { } metadata && metadata.Has(NirNames.Kind) ? metadata.Text(NirNames.Kind) : null;

    private static string LayerOf(NirNode node) =>
        node.Metadata is { } metadata && metadata.Has(NirNames.Layer) ? metadata.Text(NirNames.Layer) : node.Name;

    private string NameOf(NirNode node) => Unique(LayerOf(node));

    private string Unique(string name)
    {
        string unique = name;
        for (int i = 2; !_names.Add(unique); i++)
            unique = $"{name}.{i}";
        return unique;
    }
}

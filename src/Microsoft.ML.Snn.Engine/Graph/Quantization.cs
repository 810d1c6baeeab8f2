using System.Runtime.CompilerServices;

namespace Microsoft.ML.Snn.Engine.Graph;

/// <summary>
/// 8-bit weights: each output of a convolution or linear layer has a unit, and its weights are whole numbers of it from -127 to 127.
/// </summary>
internal static class Quantization
{
    public const int MaxWeight = 127;

    /// <summary>How many times larger a unit may be than another's that flows into the same neuron: 127 times 256 is below 2^15.</summary>
    public const int MaxUnitRatio = 256;

    // A unit has 16 significant bits, so that its product with a weight is exact in float32.
    private const uint DroppedBits = 0xff;

    /// <summary>Whether a layer's unit may be this.</summary>
    public static bool IsUnit(float unit) => float.IsNormal(unit) && unit > 0 && (BitConverter.SingleToUInt32Bits(unit) & DroppedBits) == 0;

    /// <summary>
    /// The same network with 8-bit weights. Identity shortcuts' scales become whole numbers of the same unit, of any size; the input's
    /// convolution and the biases stay as they are.
    /// </summary>
    public static NetworkGraph<float> Quantize(NetworkGraph<float> graph)
    {
        var nodes = graph.Nodes.ToDictionary(node => node.Name);
        // What flows into the same neurons is added up in one unit, so the layers' units must be multiples of it.
        foreach (NetworkNode<float> end in graph.Nodes.Where(node => node is NeuronNode<float> || node == graph.Nodes[^1]))
        {
            List<WeightedNode<float>> layers = [];
            List<AffineNode<float>> identities = [];
            Collect(nodes, end is NeuronNode<float> ? end.Inputs[0] : end.Name, layers, identities);
            if (layers.Count == 0)
                continue;
            float[][] units = ChooseUnits([.. layers.Select(layer => layer.Weights)], layers[0].Out);
            for (int i = 0; i < layers.Count; i++)
                nodes[layers[i].Name] = Round(layers[i], units[i]);
            // Units differ by powers of two, so the smallest is their common one.
            float[] unit = [.. Enumerable.Range(0, units[0].Length).Select(c => units.Min(values => values[c]))];
            foreach (AffineNode<float> identity in identities)
                nodes[identity.Name] = identity with { Scale = [.. identity.Scale.Zip(unit, (scale, u) => MathF.Round(scale / u) * u)] };
        }
        return graph with { Nodes = [.. graph.Nodes.Select(node => nodes[node.Name])] };
    }

    /// <summary>The weights in units.</summary>
    public static sbyte[] Integers(float[] weights, float[] unit)
    {
        sbyte[] integers = new sbyte[weights.Length];
        int inputs = weights.Length / unit.Length;
        for (int i = 0; i < integers.Length; i++)
            integers[i] = (sbyte)MathF.Round(weights[i] / unit[i / inputs]);
        return integers;
    }

    /// <summary>
    /// The real numbers that the integers stand for. Optimized from the first call on: it sees all weights while an app starts.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float[] Weights(ReadOnlySpan<sbyte> integers, float[] unit)
    {
        float[] weights = new float[integers.Length];
        int inputs = weights.Length / unit.Length;
        for (int output = 0; output < unit.Length; output++)
        {
            ReadOnlySpan<sbyte> source = integers.Slice(output * inputs, inputs);
            Span<float> target = weights.AsSpan(output * inputs, inputs);
            float one = unit[output];
            for (int i = 0; i < source.Length; i++)
                target[i] = source[i] * one;
        }
        return weights;
    }

    private static void Collect(
        Dictionary<string, NetworkNode<float>> nodes, string name, List<WeightedNode<float>> layers, List<AffineNode<float>> identities)
    {
        switch (nodes[name])
        {
            case AddNode<float> add:
                foreach (string input in add.Inputs)
                    Collect(nodes, input, layers, identities);
                break;
            // The network's input is real numbers, and its few weights matter to everything after them: they keep their precision.
            case ConvolutionNode<float> convolution when nodes.GetValueOrDefault(convolution.Inputs[0]) is NeuronNode<float>:
                layers.Add(convolution);
                break;
            case LinearNode<float> linear:
                layers.Add(linear);
                break;
            case AffineNode<float> identity:
                identities.Add(identity);
                break;
        }
    }

    /// <summary>The unit of each layer and output.</summary>
    private static float[][] ChooseUnits(float[][] weights, int outputs)
    {
        float[][] units = [.. weights.Select(_ => new float[outputs])];
        float[] own = new float[weights.Length];
        for (int c = 0; c < outputs; c++)
        {
            for (int i = 0; i < own.Length; i++)
                own[i] = RoundUp(Largest(weights[i], c, outputs) / MaxWeight);
            // The layer with the most weights gets its own unit; another's is a power of two as large.
            int main = 0;
            for (int i = 1; i < own.Length; i++)
                main = own[main] == 0 || own[i] > 0 && weights[i].Length > weights[main].Length ? i : main;
            float unit = own[main] == 0 ? 1 : Math.Max(own[main], RoundUp(own.Max() / MaxUnitRatio));
            for (int i = 0; i < own.Length; i++)
            {
                units[i][c] = unit;
                while (units[i][c] < own[i])
                    units[i][c] *= 2;
            }
        }
        return units;
    }

    private static WeightedNode<float> Round(WeightedNode<float> node, float[] unit) =>
        node with { Weights = Weights(Integers(node.Weights, unit), unit), Unit = unit };

    private static float Largest(float[] weights, int output, int outputs)
    {
        int inputs = weights.Length / outputs;
        float largest = 0;
        foreach (float weight in weights.AsSpan(output * inputs, inputs))
            largest = Math.Max(largest, Math.Abs(weight));
        return largest;
    }

    /// <summary>The smallest unit that is no smaller; 0 stays 0.</summary>
    private static float RoundUp(float value)
    {
        const uint smallestNormal = 1 << 23;
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return bits == 0 ? 0 : BitConverter.UInt32BitsToSingle(Math.Max(bits + DroppedBits & ~DroppedBits, smallestNormal));
    }
}

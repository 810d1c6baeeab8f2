namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>Parameters of nodes that are the same all over a channel, in whatever shape they are written.</summary>
internal static class NirParameters
{
    /// <summary>A value for each channel.</summary>
    /// <param name="node">The node.</param>
    /// <param name="name">Its parameter: a scalar, one value, one for each channel, or one for each element.</param>
    /// <param name="map">What the node takes, flattened or not.</param>
    /// <param name="absent">What to take where the node has no such parameter; null where it must have it.</param>
    /// <exception cref="InvalidDataException">It has another shape.</exception>
    /// <exception cref="NotSupportedException">It differs within a channel.</exception>
    public static double[] PerChannel(NirNode node, string name, MapSize map, double? absent = null)
    {
        node.Make(2 * (Int128)map.Channels, work: 0, $"'{name}' for each of {map.Channels} channels");
        double[] result = new double[map.Channels];
        if (absent is { } value && !node.Has(name))
        {
            Array.Fill(result, value);
            return result;
        }
        int[] shape = node.Shape(name);
        double[] values = node.Numbers(name);
        int pixels = map.Height * map.Width;
        bool isFull = values.Length == map.Count && Has(map.Channels, map.Height, map.Width);
        bool isPerChannel = values.Length == map.Channels && Has(map.Channels, 1, 1);
        if (values.Length == 1)
            Array.Fill(result, values[0]);
        else if (isFull)
        {
            for (int c = 0; c < result.Length; c++)
            {
                result[c] = values[c * pixels];
                if (values.AsSpan(c * pixels, pixels).ContainsAnyExcept(result[c]))
                    throw node.Refuse($"'{name}' differs within channel {c}; the engine has one value for each channel.");
            }
        }
        else if (isPerChannel)
            values.CopyTo(result, 0);
        else
            throw node.Damaged($"'{name}' has the shape [{string.Join(", ", shape)}], which does not fit to its input {map}.");
        return result;

        bool Has(params ReadOnlySpan<int> sizes) => shape.Length == 1 || shape.AsSpan().SequenceEqual(sizes);
    }
}

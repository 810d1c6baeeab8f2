namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>
/// The shape of what a node gives: a map [C, H, W], or such a map flattened to [C * H * W], which other vectors are with H = W = 1.
/// </summary>
internal readonly record struct NirShape(MapSize Map, bool IsFlat)
{
    // Of an input; those of later nodes have weights in the file. Memory is taken for each.
    private const int MostChannels = 1 << 20;

    /// <summary>The same map flattened.</summary>
    public NirShape Flattened => this with { IsFlat = true };

    /// <summary>The shape with these sizes; null where there is no such map or vector, or it is too large.</summary>
    public static NirShape? Of(ReadOnlySpan<int> sizes) => sizes switch
    {
        [>= 1 and <= MostChannels] => new(new(sizes[0], 1, 1), IsFlat: true),
        [>= 1 and <= MostChannels, >= 1, >= 1] when new MapSize(sizes[0], sizes[1], sizes[2]) is { IsTooLarge: false } map =>
            new(map, IsFlat: false),
        _ => null,
    };

    public override string ToString() => IsFlat ? $"[{Map.Count}]" : $"{Map}";
}

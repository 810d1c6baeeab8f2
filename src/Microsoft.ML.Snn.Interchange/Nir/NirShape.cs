namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>
/// The shape of what a node gives: a map [C, H, W], or such a map flattened to [C * H * W], which other vectors are with H = W = 1.
/// </summary>
internal readonly record struct NirShape(MapSize Map, bool IsFlat)
{
    // Of an input; what later nodes have is in the file. Memory is taken for each.
    private const int MostChannels = 1 << 20, MostValues = 1 << 25;

    /// <summary>The same map flattened.</summary>
    public NirShape Flattened => this with { IsFlat = true };

    /// <summary>The shape with these sizes; null where there is no such map or vector, or it is too large.</summary>
    public static NirShape? Of(ReadOnlySpan<int> sizes) => sizes switch
    {
        [>= 1 and <= MostChannels] => new(new(sizes[0], 1, 1), IsFlat: true),
        [>= 1 and <= MostChannels, >= 1, >= 1] when (Int128)sizes[0] * sizes[1] * sizes[2] <= MostValues =>
            new(new(sizes[0], sizes[1], sizes[2]), IsFlat: false),
        _ => null,
    };

    public override string ToString() => IsFlat ? $"[{Map.Count}]" : $"{Map}";
}

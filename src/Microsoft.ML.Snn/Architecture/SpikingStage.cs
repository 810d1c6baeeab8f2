namespace Microsoft.ML.Snn;

/// <summary>A run of equal blocks at one resolution.</summary>
public sealed record SpikingStage
{
    /// <summary>A stage of the given size.</summary>
    /// <param name="blocks">See <see cref="Blocks"/>.</param>
    /// <param name="width">See <see cref="Width"/>.</param>
    /// <param name="stride">See <see cref="Stride"/>. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is less than 1.</exception>
    public SpikingStage(int blocks, int width, int stride = 1) => (Blocks, Width, Stride) = (blocks, width, stride);

    /// <summary>Number of blocks, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Blocks
    {
        get;
        init => field = value >= 1
            ? value : throw new ArgumentOutOfRangeException(nameof(Blocks), value, "A stage must have at least 1 block.");
    }

    /// <summary>
    /// Output channels of each convolution, at least 1. A <see cref="SpikingBlockKind.Bottleneck"/> block has four times as many outputs.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Width
    {
        get;
        init => field = value >= 1
            ? value : throw new ArgumentOutOfRangeException(nameof(Width), value, "The width of a stage must be at least 1.");
    }

    /// <summary>Stride of the first block, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Stride
    {
        get;
        init => field = value >= 1
            ? value : throw new ArgumentOutOfRangeException(nameof(Stride), value, "The stride of a stage must be at least 1.");
    }
}

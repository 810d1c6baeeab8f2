namespace Microsoft.ML.Snn;

/// <summary>The first convolution of a network, with tdBN and a neuron: it turns the input into spikes (direct encoding).</summary>
public sealed record SpikingStem
{
    /// <summary>A stem of the given size.</summary>
    /// <param name="width">See <see cref="Width"/>.</param>
    /// <param name="kernel">See <see cref="Kernel"/>. Default 3.</param>
    /// <param name="stride">See <see cref="Stride"/>. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public SpikingStem(int width, int kernel = 3, int stride = 1) => (Width, Kernel, Stride) = (width, kernel, stride);

    /// <summary>Output channels, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Width
    {
        get;
        init => field = value >= 1
            ? value : throw new ArgumentOutOfRangeException(nameof(Width), value, "The width of the stem must be at least 1.");
    }

    /// <summary>Side of the square kernel: odd, at least 1. Padding is half of it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1, or even.</exception>
    public int Kernel
    {
        get;
        init => field = value >= 1 && value % 2 == 1
            ? value : throw new ArgumentOutOfRangeException(nameof(Kernel), value, "The kernel of the stem must be odd and at least 1.");
    }

    /// <summary>Stride of the convolution, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Stride
    {
        get;
        init => field = value >= 1
            ? value : throw new ArgumentOutOfRangeException(nameof(Stride), value, "The stride of the stem must be at least 1.");
    }
}

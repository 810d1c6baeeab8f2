using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Architecture;

/// <summary>
/// What the head takes of the last feature map [Channels, Height, Width]: the averages over windows of WindowHeight x WindowWidth pixels,
/// which lie side by side and cover the map. Flattened in the order channel, row, column.
/// </summary>
internal sealed record PoolingPlan(int Channels, int Height, int Width, int WindowHeight, int WindowWidth)
{
    /// <summary>Windows one below the other.</summary>
    public int OutHeight => Height / WindowHeight;

    /// <summary>Windows side by side.</summary>
    public int OutWidth => Width / WindowWidth;

    /// <summary>Averages, C*OutHeight*OutWidth.</summary>
    public long Features => (long)Channels * OutHeight * OutWidth;

    /// <summary>What an average is divided by.</summary>
    public double WindowPixels => (double)WindowHeight * WindowWidth;

    /// <summary>Whether one window is the whole map, so that its place on the map is none.</summary>
    public bool IsGlobal => Features == Channels;

    /// <summary>
    /// Side of the kernel that the folded network has for windows and the layer behind them, unless there is one window alone; see
    /// <see cref="WholeMapKernel"/>.
    /// </summary>
    public int Kernel => WholeMapKernel.SizeFor(Height, Width);

    /// <summary>The stride with which such a kernel has one output.</summary>
    public int Stride => WholeMapKernel.StrideFor(Height, Width);
}

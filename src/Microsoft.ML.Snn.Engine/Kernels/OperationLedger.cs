using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Tracing;

namespace Microsoft.ML.Snn.Engine.Kernels;

/// <summary>
/// One worker's record of what its kernels compute, layer by layer. Each entry is made where the kernel is called, from the very list that
/// the kernel is about to walk. Channels that pad a block are left out.
/// </summary>
internal sealed unsafe class OperationLedger(int layers)
{
    private readonly OperationCount[] _layers = new OperationCount[layers];

    public OperationCount this[int layer] => _layers[layer];

    public void Clear() => Array.Clear(_layers);

    public void Add(int layer, long synapticOperations = 0, long additions = 0, long multiplications = 0) =>
        _layers[layer] += new OperationCount(synapticOperations, additions, multiplications);

    /// <summary>Rows of weights: one addition a row, and one a spike that a row stands for.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="rows">The lists of one window.</param>
    /// <param name="channels">Outputs of the block.</param>
    /// <param name="slots">Of a step.</param>
    public void AddRows(int layer, in WindowRows rows, int channels, int slots)
    {
        long added = 0, spikes = 0;
        for (int pattern = 1; pattern <= rows.Patterns; pattern++)
        {
            int count = rows.Ends[pattern] - rows.Starts[pattern];
            added += count;
            spikes += (long)count * SpikePatterns.Spikes(pattern, slots);
        }
        Add(layer, spikes * channels, added * channels);
    }

    /// <summary>What <see cref="RowSums{TLanes}.AddNarrow"/> adds besides the rows: their 16-bit sums onto the 32-bit ones.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="rows">The lists of one window.</param>
    /// <param name="channels">Outputs of the block.</param>
    /// <param name="isFirst">Whether the first 16-bit sum of each pattern is written instead of added.</param>
    /// <param name="longest">So many rows make a 16-bit sum.</param>
    public void AddNarrowSums(int layer, in WindowRows rows, int channels, bool isFirst, int longest)
    {
        long sums = 0;
        for (int pattern = 1; pattern <= rows.Patterns; pattern++)
        {
            int count = rows.Ends[pattern] - rows.Starts[pattern];
            sums += Math.Max(1, (count + longest - 1) / longest) - (isFirst ? 1 : 0);
        }
        Add(layer, additions: sums * channels);
    }

    /// <summary>
    /// An analog term's multiply-adds: one for each value under the window that is not 0, and output. Where the values are counts of
    /// spikes, each spike is a synaptic operation for each output too.
    /// </summary>
    public void AddAnalog(int layer, AnalogTerm term, float* source, int y, int x, int channels)
    {
        Window window = term.Window;
        int top = y * window.Stride - window.Padding, left = x * window.Stride - window.Padding;
        int firstColumn = Math.Max(0, left), endColumn = Math.Min(window.Width, left + window.Kernel);
        long values = 0, spikes = 0;
        for (int sy = Math.Max(0, top); sy < Math.Min(window.Height, top + window.Kernel); sy++)
        {
            var line = new ReadOnlySpan<float>(
                source + ((nint)sy * window.Width + firstColumn) * window.Channels, (endColumn - firstColumn) * window.Channels);
            values += line.Length - line.Count(0);
            if (term.Source is null)
                continue;
            foreach (float count in line)
                spikes += (long)count;
        }
        Add(layer, spikes * channels, multiplications: values * channels);
    }
}

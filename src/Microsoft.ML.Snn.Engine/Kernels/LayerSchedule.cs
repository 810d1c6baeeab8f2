using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Engine.Kernels;

/// <summary>How a layer's work is cut into items for the workers: some lines of it, some blocks of output channels.</summary>
internal readonly record struct LayerSchedule(int Lines, int LinesOfItem, int Blocks, int BlocksOfItem)
{
    // Lists of active rows for an item's lines should stay in the caches: at usual firing rates they fill a quarter of this.
    private const int MaxListEntries = 160 << 10;

    private const int ItemsOfWorker = 4;

    public int Items => ItemsOfLines * ItemsOfBlocks;

    private int ItemsOfLines => (Lines + LinesOfItem - 1) / LinesOfItem;

    private int ItemsOfBlocks => (Blocks + BlocksOfItem - 1) / BlocksOfItem;

    public static LayerSchedule Of(SpikingLayer layer, int workers)
    {
        int lines = layer.Height, blocks = layer.Weights.Blocks;
        foreach (SpikeTerm term in layer.SpikeTerms)
            lines = (int)Math.Clamp(MaxListEntries / ActiveRowsCapacity.EntriesOfLine(term.Window), 1, lines);
        int wanted = workers == 1 ? 1 : workers * ItemsOfWorker;
        if (blocks >= wanted)
            return new(layer.Height, lines, blocks, Math.Max(1, (int)((long)blocks * ((layer.Height + lines - 1) / lines) / wanted)));
        // Few blocks: listing again for each would cost too much, so lines are shared out.
        return new(layer.Height, Math.Min(lines, (layer.Height + wanted - 1) / wanted), blocks, blocks);
    }

    /// <summary>Items with the same lines follow each other, so that a worker lists its active rows but once.</summary>
    public (int FirstLine, int EndLine, int FirstBlock, int EndBlock) this[int item]
    {
        get
        {
            int line = item / ItemsOfBlocks * LinesOfItem, block = item % ItemsOfBlocks * BlocksOfItem;
            return (line, Math.Min(Lines, line + LinesOfItem), block, Math.Min(Blocks, block + BlocksOfItem));
        }
    }
}

using System.Collections.Immutable;
using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Engine.Kernels;

/// <summary>Memory of one worker.</summary>
internal sealed class KernelScratch
{
    private int _layer = -1, _line = -1;

    /// <param name="layers">The layers that the worker is to compute.</param>
    /// <param name="schedules">How their work is cut.</param>
    public KernelScratch(ImmutableArray<SpikingLayer> layers, ImmutableArray<LayerSchedule> schedules)
    {
        var capacities = new List<ActiveRowsCapacity>();
        for (int i = 0; i < layers.Length; i++)
        {
            for (int term = 0; term < layers[i].SpikeTerms.Length; term++)
            {
                var needed = ActiveRowsCapacity.Of(layers[i].SpikeTerms[term].Window, schedules[i].LinesOfItem);
                if (term == capacities.Count)
                    capacities.Add(needed);
                else
                    capacities[term] = ActiveRowsCapacity.Max(capacities[term], needed);
            }
        }
        ActiveRows = [.. capacities.Select(capacity => new ActiveRows(capacity))];
    }

    /// <summary>The active rows of each spike term.</summary>
    public ImmutableArray<ActiveRows> ActiveRows { get; }

    /// <summary>[patterns, width of a block]</summary>
    public AlignedArray<int> Sums { get; } = new(SpikePatterns.All * WeightRows.MaxBlockWidth);

    /// <summary>[steps, width of a block]</summary>
    public AlignedArray<float> Analog { get; } = new(SpikePatterns.MaxSteps * WeightRows.MaxBlockWidth);

    /// <summary>[width of a block]</summary>
    public AlignedArray<float> Membrane { get; } = new(WeightRows.MaxBlockWidth);

    /// <summary>Takes what the worker computes; null where nobody asks.</summary>
    public OperationLedger? Ledger { get; set; }

    /// <summary>Lists the active rows of these lines of a layer, unless that is what was listed last.</summary>
    public void ListActiveRows<TLanes>(RunState run, int index, int firstLine, int endLine)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (index == _layer && firstLine == _line)
            return;
        (_layer, _line) = (index, firstLine);
        SpikingLayer layer = run.Layers[index];
        for (int term = 0; term < layer.SpikeTerms.Length; term++)
            ActiveRows[term].Fill<TLanes>(run, layer.SpikeTerms[term], layer.Weights.RowBytes, firstLine, endLine);
    }

    /// <summary>The sources have changed.</summary>
    public void Forget() => _layer = -1;
}

using System.Collections.Immutable;
using Microsoft.ML.Snn.Engine.Layout;

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
        Terms = [.. capacities.Select(capacity => new ActiveRows(capacity))];
    }

    /// <summary>The active rows of each spike term.</summary>
    public ImmutableArray<ActiveRows> Terms { get; }

    /// <summary>[patterns, width of a block]</summary>
    public AlignedArray<int> Sums { get; } = new(SpikePatterns.Room * WeightRows.MaxBlockWidth);

    /// <summary>[steps, width of a block]</summary>
    public AlignedArray<float> Base { get; } = new(SpikePatterns.MaxSteps * WeightRows.MaxBlockWidth);

    /// <summary>[width of a block]</summary>
    public AlignedArray<float> Membrane { get; } = new(WeightRows.MaxBlockWidth);

    /// <summary>Takes what the worker computes; null where nobody asks.</summary>
    public OperationLedger? Ledger { get; set; }

    /// <summary>Whether the terms hold the lists of these lines already; if not, they are to be filled with them.</summary>
    public bool Holds(int layer, int line)
    {
        bool holds = layer == _layer && line == _line;
        (_layer, _line) = (layer, line);
        return holds;
    }

    /// <summary>The sources have changed.</summary>
    public void Forget() => _layer = -1;
}

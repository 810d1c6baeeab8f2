using System.Collections.Immutable;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Engine.Tracing;

namespace Microsoft.ML.Snn.Scoring;

/// <summary>What a network and its layers did in all rows so far.</summary>
internal sealed class ActivityTotals(ImmutableArray<LayerActivityTotals> layers) : INeuronObserver
{
    public ImmutableArray<LayerActivityTotals> Layers => layers;

    public long Rows { get; set; }

    /// <summary>Rows that could not be scored.</summary>
    public long LeftOut { get; set; }

    public OperationCount Operations { get; set; }

    public void Observe(int layer, ReadOnlySpan<float> inputs, ReadOnlySpan<float> potentials) =>
        layers[layer].AddValues(inputs, potentials);
}

/// <summary>Looks on while a network scores rows, one after the other.</summary>
internal static class ActivityEvaluation
{
    /// <exception cref="InvalidOperationException">No row can be scored.</exception>
    public static ActivityTotals Run(IHostEnvironment env, SpikingNetwork network, EvaluationRows rows)
    {
        using ScoringCall call = network.Rent(stepByStep: false);
        BlockRun run = call.Run;
        var totals = new ActivityTotals(
            [
                .. run.Layers.Where(layer => layer.Threshold is not null)
                    .Select(layer => new LayerActivityTotals(layer, run.Slots, network.TimeSteps)),
            ]);
        run.Observer = totals;
        while (rows.MoveNext())
        {
            env.CheckAlive();
            if (!rows.TryReadFeatures())
            {
                totals.LeftOut++;
                continue;
            }
            foreach (RowStep step in call.Steps(rows.Features, countsOperations: true))
            {
                for (int i = 0; i < totals.Layers.Length; i++)
                    totals.Layers[i].AddSpikes(step.Number, step.Spikes(i));
            }
            totals.Rows++;
            totals.Operations += run.TotalOperations();
            for (int i = 0; i < totals.Layers.Length; i++)
                totals.Layers[i].SynapticOperations += run.Operations(i).SynapticOperations;
        }
        return totals.Rows > 0 ? totals : throw new InvalidOperationException(
            "The data have no row with finite features, so there is no activity to look at.");
    }
}

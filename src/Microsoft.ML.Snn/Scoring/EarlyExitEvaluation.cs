using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Engine.Tracing;

namespace Microsoft.ML.Snn.Scoring;

/// <summary>Sums over rows.</summary>
internal readonly record struct RunTotals(long Rows, long Correct, long Steps, long Spikes, OperationCount Operations)
{
    public RunTotals Plus(RunReport row, int label) => new(
        Rows + 1, Correct + (PredictedClass.Of(row.Scores) == label ? 1 : 0), Steps + row.StepsUsed, Spikes + row.Spikes,
        Operations + row.Operations);
}

/// <summary>
/// A network under several early exits. Each row runs to its end once, step by step, and each exit gets what had been computed when it
/// would have stopped. Without an exit rows run in blocks of steps, so <see cref="EarlyExit.Never"/> has them run once more.
/// </summary>
internal static class EarlyExitEvaluation
{
    private const RunDetails Details = RunDetails.Spikes | RunDetails.Operations;

    /// <exception cref="InvalidOperationException">No row can be judged.</exception>
    public static RunTotals[] Run(IHostEnvironment env, SpikingNetwork network, LabeledRows rows, EarlyExit[] exits)
    {
        var totals = new RunTotals[exits.Length];
        RunReport[] steps = [.. Enumerable.Range(0, network.TimeSteps).Select(_ => new RunReport(0, network.ClassCount))];
        var whole = new RunReport(0, network.ClassCount);
        while (rows.MoveNext())
        {
            env.CheckAlive();
            if (exits.Any(exit => !exit.IsNever))
                RunStepByStep(network, rows.Features, steps);
            if (exits.Any(exit => exit.IsNever))
                network.Score(rows.Features, EarlyExit.Never, Details, whole);
            for (int i = 0; i < exits.Length; i++)
            {
                EarlyExit exit = exits[i];
                RunReport end = exit.IsNever ? whole : Array.Find(steps, step => exit.IsMet(step.Scores)) ?? steps[^1];
                totals[i] = totals[i].Plus(end, rows.Label);
            }
        }
        LabeledRows.CheckCount(totals[0].Rows);
        return totals;
    }

    /// <summary>What has happened until each step.</summary>
    private static void RunStepByStep(SpikingNetwork network, ReadOnlySpan<float> features, RunReport[] steps)
    {
        using ScoringCall call = network.Rent(stepByStep: true);
        long spikes = 0;
        foreach (RowStep step in call.Steps(features, countsOperations: true))
        {
            RunReport report = steps[step.Number];
            spikes += step.CountSpikes();
            step.ReadScores(report.Scores);
            (report.StepsUsed, report.Spikes, report.Operations) = (step.Number + 1, spikes, call.Run.TotalOperations());
        }
    }
}

using System.Collections.Immutable;

namespace Microsoft.ML.Snn;

/// <summary>Everything that a call to score needs of its own; rented from its network and given back.</summary>
internal sealed class ScoringCall(NetworkGraph<float> graph, ImmutableArray<SpikingLayer> layers, int threads, int blockSteps)
{
    private readonly float[] _logits = new float[graph.Classes];

    public int Threads => threads;

    /// <summary>Most steps of a block, as asked for.</summary>
    public int BlockSteps => blockSteps;

    public NetworkRun Run { get; } = new(graph, layers, threads, blockSteps);

    public WorkerTeam Team { get; } = new(threads);

    /// <param name="features">The row.</param>
    /// <param name="exit">When to stop: other than never only where blocks have one step.</param>
    /// <param name="scores">Takes the probabilities.</param>
    /// <returns>Steps used.</returns>
    public int Score(ReadOnlySpan<float> features, EarlyExit exit, Span<float> scores)
    {
        Run.Begin();
        do
        {
            Run.Advance(features, Team);
            if (Run.IsComplete || !exit.IsNever)
                ReadScores(Run.Steps - 1, scores);
        }
        while (!Run.IsComplete && !exit.IsMet(scores));
        return Run.FirstStep + Run.Steps;
    }

    /// <param name="features">The row.</param>
    /// <param name="exit">When to stop, as above.</param>
    /// <param name="details">What to fill in.</param>
    /// <param name="report">Takes the scores, the steps used and the details.</param>
    public void Score(ReadOnlySpan<float> features, EarlyExit exit, RunDetails details, RunReport report)
    {
        report.SetUnknown();
        Run.Begin(countsOperations: (details & RunDetails.Operations) != 0);
        do
        {
            Run.Advance(features, Team);
            if ((details & RunDetails.StepScores) != 0)
            {
                for (int step = 0; step < Run.Steps; step++)
                    ReadScores(step, report.ScoresOf(Run.FirstStep + step));
            }
            if ((details & RunDetails.Spikes) != 0)
                report.Spikes += Run.CountSpikes();
            if (Run.IsComplete || !exit.IsNever)
                ReadScores(Run.Steps - 1, report.Scores);
        }
        while (!Run.IsComplete && !exit.IsMet(report.Scores));
        report.StepsUsed = Run.FirstStep + Run.Steps;
        if ((details & RunDetails.Operations) != 0)
            report.Operations = Run.TotalOperations();
    }

    public SpikingTrace Trace(ReadOnlySpan<float> features, EarlyExit exit)
    {
        var recorder = new TraceRecorder(Run, graph.Classes);
        Run.Begin(countsOperations: true);
        do
        {
            Run.Advance(features, Team);
            recorder.RecordBlock();
        }
        while (!Run.IsComplete && !exit.IsMet(recorder.LastScores));
        return recorder.ToTrace();
    }

    /// <summary>Probabilities after one step of the block.</summary>
    public void ReadScores(int step, Span<float> scores)
    {
        Run.ReadLogits(step, _logits);
        Softmax.Apply(_logits, scores);
    }
}

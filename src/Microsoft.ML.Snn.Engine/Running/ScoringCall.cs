using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Engine.Running;

/// <summary>Everything that a call to score needs of its own; rented from its network, and given back by disposing.</summary>
internal sealed class ScoringCall(CallPool pool, CompiledNetwork network, int threads, bool stepByStep) : IDisposable
{
    private readonly float[] _scores = new float[network.Structure.Classes];

    /// <summary>Whether each step is a block of its own, so that a row may stop after any.</summary>
    public bool IsStepByStep => stepByStep;

    public BlockRun Run { get; } = new(network, threads, stepByStep ? 1 : null);

    public WorkerTeam Team { get; } = new(threads);

    public void Dispose()
    {
        Run.Observer = null;
        pool.Return(this);
    }

    /// <summary>The time steps of a row.</summary>
    /// <param name="features">The row.</param>
    /// <param name="countsOperations">Whether to keep a ledger of operations.</param>
    public RowSteps Steps(ReadOnlySpan<float> features, bool countsOperations = false) => Run.StepsOf(features, Team, countsOperations);

    /// <param name="features">The row.</param>
    /// <param name="exit">When to stop: other than never only where the call is step by step.</param>
    /// <param name="scores">Takes the probabilities.</param>
    /// <returns>Steps used.</returns>
    public int Score(ReadOnlySpan<float> features, EarlyExit exit, Span<float> scores)
    {
        int used = 0;
        foreach (RowStep step in Steps(features))
        {
            used++;
            if (exit.IsNever && !step.IsLast)
                continue;
            step.ReadScores(scores);
            if (exit.IsMet(scores))
                break;
        }
        return used;
    }

    /// <summary>The class with the highest score.</summary>
    /// <param name="features">The row.</param>
    /// <param name="exit">When to stop, as above.</param>
    public int Predict(ReadOnlySpan<float> features, EarlyExit exit)
    {
        Score(features, exit, _scores);
        return PredictedClass.Of(_scores);
    }

    /// <param name="features">The row.</param>
    /// <param name="exit">When to stop, as above.</param>
    /// <param name="details">What to fill in.</param>
    /// <param name="report">Takes the scores, the steps used and the details.</param>
    public void Score(ReadOnlySpan<float> features, EarlyExit exit, RunDetails details, RunReport report)
    {
        report.SetUnknown();
        foreach (RowStep step in Steps(features, countsOperations: (details & RunDetails.Operations) != 0))
        {
            report.StepsUsed++;
            if ((details & RunDetails.StepScores) != 0)
                step.ReadScores(report.ScoresOf(step.Number));
            if ((details & RunDetails.Spikes) != 0)
                report.Spikes += step.CountSpikes();
            if (exit.IsNever && !step.IsLast)
                continue;
            step.ReadScores(report.Scores);
            if (exit.IsMet(report.Scores))
                break;
        }
        if ((details & RunDetails.Operations) != 0)
            report.Operations = Run.TotalOperations();
    }

    /// <param name="features">The row.</param>
    /// <param name="exit">When to stop, as above.</param>
    /// <param name="potentials">Whether to record inputs and membrane potentials too.</param>
    public SpikingTrace Trace(ReadOnlySpan<float> features, EarlyExit exit, bool potentials)
    {
        var recorder = new TraceRecorder(Run, network.Structure.Classes);
        if (potentials)
            Run.Observer = recorder;
        foreach (RowStep step in Steps(features, countsOperations: true))
        {
            recorder.Record(step);
            if (exit.IsMet(recorder.LastScores))
                break;
        }
        return recorder.ToTrace();
    }
}

using Microsoft.ML.Snn.Engine.Layout;
using Microsoft.ML.Snn.Engine.Vectors;

namespace Microsoft.ML.Snn.Engine.Running;

/// <summary>The memory of a network's calls: used again by later ones, so that a call allocates nothing.</summary>
internal sealed class CallPool(CompiledNetwork network, int threads)
{
    private readonly Lock _lock = new();
    private readonly Stack<ScoringCall> _idle = [], _idleStepByStep = [];

    /// <param name="stepByStep">Whether each step is a block of its own, so that a row may stop after any.</param>
    /// <param name="width">The width of the vectors to compute with.</param>
    /// <returns>A call with its threads; disposing gives it back.</returns>
    public ScoringCall Rent(bool stepByStep, VectorWidth width)
    {
        ScoringCall? call;
        lock (_lock)
            Idle(stepByStep).TryPop(out call);
        call ??= new(this, network, threads, stepByStep);
        call.Run.Width = width;
        call.Team.Gather();
        return call;
    }

    public void Return(ScoringCall call)
    {
        call.Team.Release();
        lock (_lock)
            Idle(call.IsStepByStep).Push(call);
    }

    private Stack<ScoringCall> Idle(bool stepByStep) => stepByStep ? _idleStepByStep : _idle;
}

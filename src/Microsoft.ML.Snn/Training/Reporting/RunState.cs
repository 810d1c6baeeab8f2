namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>How far a run is.</summary>
internal enum RunStage
{
    Running = 0,
    Finished = 1,
    Stopped = 2,
}

/// <summary>How far a run is.</summary>
/// <param name="Stage">Of the run.</param>
/// <param name="Epoch">The epoch that it is in, or was in when it stopped; from 1.</param>
/// <param name="Reason">Why it stopped; null where it did not.</param>
internal sealed record RunState(RunStage Stage, int Epoch, string? Reason = null);

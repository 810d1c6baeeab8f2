namespace Microsoft.ML.Snn.Training.Checkpoints;

/// <summary>An epoch that is done.</summary>
/// <param name="Metrics">What was measured.</param>
/// <param name="Training">Time of all batches, with the wait for them.</param>
/// <param name="Validation">Time of the validation after it.</param>
/// <param name="Diagnostics">Time of the measurement on the probe.</param>
internal sealed record EpochRecord(TrainingMetrics Metrics, TimeSpan Training, TimeSpan Validation, TimeSpan Diagnostics)
{
    public TimeSpan Total => Training + Validation + Diagnostics;
}

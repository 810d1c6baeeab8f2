namespace Microsoft.ML.Snn.Training.Running;

/// <summary>What a step of the optimizer came to.</summary>
/// <param name="Loss">Mean over the batch before the step, in nats.</param>
/// <param name="Correct">Samples of the batch that were classified correctly.</param>
/// <param name="Fault">What says that training has diverged; null where nothing does.</param>
internal readonly record struct StepResult(double Loss, int Correct, string? Fault);

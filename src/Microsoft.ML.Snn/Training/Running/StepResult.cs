namespace Microsoft.ML.Snn.Training.Running;

/// <summary>What a step of the optimizer came to.</summary>
/// <param name="Loss">Mean over the batch, of all ranks, before the step, in nats.</param>
/// <param name="Correct">Samples of the batch that were classified correctly.</param>
/// <param name="Fault">What says that training has diverged; null where nothing does.</param>
internal readonly record struct StepResult(double Loss, int Correct, string? Fault)
{
    /// <summary>Of each layer of neurons, over the batch.</summary>
    public IReadOnlyList<LayerFiringRate> FiringRates { get; init; } = [];

    /// <summary>Time of the forward pass; on a GPU, until it was queued.</summary>
    public TimeSpan Forward { get; init; }

    /// <summary>Likewise of the backward pass; with other ranks, until their gradients had come.</summary>
    public TimeSpan Backward { get; init; }

    /// <summary>Of the rest: the optimizer, and on a GPU what was queued.</summary>
    public TimeSpan Update { get; init; }
}

namespace Microsoft.ML.Snn;

/// <summary>What was measured of a network in training on the probe batch: see <see cref="TrainingDiagnosticsOptions"/>.</summary>
public sealed class TrainingDiagnostics
{
    internal TrainingDiagnostics(int samples, double loss, IReadOnlyList<LayerDiagnostics> layers, IReadOnlyList<BlockIsometry> blocks) =>
        (Samples, Loss, Layers, Blocks) = (samples, loss, layers, blocks);

    /// <summary>Number of samples of the probe.</summary>
    public int Samples { get; }

    /// <summary>Mean loss over the probe, in nats.</summary>
    public double Loss { get; }

    /// <summary>Each layer of neurons, from input to output.</summary>
    public IReadOnlyList<LayerDiagnostics> Layers { get; }

    /// <summary>Each path between two tdBNs; none where <see cref="TrainingDiagnosticsOptions.IsometryVectors"/> is 0.</summary>
    public IReadOnlyList<BlockIsometry> Blocks { get; }
}

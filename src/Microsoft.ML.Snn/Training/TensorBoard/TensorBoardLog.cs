using Microsoft.ML.Snn.Training.Checkpoints;

namespace Microsoft.ML.Snn.Training.TensorBoard;

/// <summary>
/// A training for TensorBoard, with a step for each epoch: two runs, so that it draws training and validation into one chart.
/// </summary>
internal sealed class TensorBoardLog
{
    private readonly string _folder;
    private readonly EventFile _training;
    private EventFile? _validation;

    /// <param name="folder">Made where it is not there.</param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public TensorBoardLog(string folder)
    {
        _folder = WholeFile.CheckFolder(folder);
        _training = new(Path.Combine(_folder, "training"));
    }

    /// <param name="metrics">Of the epoch.</param>
    /// <param name="parameters">The network's after it, by names.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    public void Add(TrainingMetrics metrics, IReadOnlyDictionary<string, float[]> parameters)
    {
        EventMessage summary = Scores(metrics.Loss, metrics.Accuracy).AddScalar("learning_rate", metrics.LearningRate)
            .AddScalar("samples_per_second", metrics.SamplesPerSecond).AddScalar("firing_rate", metrics.FiringRate)
            .AddScalar("synaptic_operations", metrics.SynapticOperations);
        foreach (LayerFiringRate layer in metrics.LayerFiringRates)
            summary.AddScalar($"firing_rate/{layer.Name}", layer.Rate);
        if (metrics.Diagnostics is { } diagnostics)
            AddDiagnostics(summary, diagnostics);
        foreach ((string name, float[] values) in parameters)
            summary.AddHistogram($"weights/{name}", new ValueHistogram(values));
        if (metrics is { ValidationLoss: { } loss, ValidationAccuracy: { } accuracy })
        {
            _validation ??= new(Path.Combine(_folder, "validation"));
            _validation.Add(metrics.Epoch, Scores(loss, accuracy));
        }
        _training.Add(metrics.Epoch, summary);
        _training.Write();
        _validation?.Write();
    }

    private static EventMessage Scores(double loss, double accuracy) =>
        new EventMessage().AddScalar("loss", loss).AddScalar("accuracy", accuracy);

    private static void AddDiagnostics(EventMessage summary, TrainingDiagnostics diagnostics)
    {
        foreach (LayerDiagnostics layer in diagnostics.Layers)
        {
            summary.AddScalar($"gradient_norm_weights/{layer.Name}", layer.WeightGradientNorm)
                .AddScalar($"gradient_norm_inputs/{layer.Name}", layer.InputGradientNorm)
                .AddScalar($"membrane_mean/{layer.Name}", layer.MembraneMean)
                .AddScalar($"membrane_deviation/{layer.Name}", layer.MembraneDeviation)
                .AddScalar($"surrogate_window/{layer.Name}", layer.InWindow);
        }
        foreach (BlockIsometry block in diagnostics.Blocks)
            summary.AddScalar($"block_isometry/{block.Name}", block.Phi);
    }
}

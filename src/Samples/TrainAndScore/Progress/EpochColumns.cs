using Microsoft.ML.Snn;

namespace TrainAndScore.Progress;

/// <summary>
/// The columns of the epoch table, the same on a terminal and in a file; narrow, so that they fit into 80 characters. LR is the
/// learning rate of the epoch's last batch, the firing rate is in spikes a neuron a time step.
/// </summary>
internal static class EpochColumns
{
    public static IReadOnlyList<string> Headers { get; } =
        ["Epoch", "Loss", "Acc.", "Val. loss", "Val. acc.", "LR", "Firing rate", "Img/s", "Time"];

    public static IReadOnlyList<string> Format(TrainingMetrics metrics) =>
    [
        $"{metrics.Epoch}/{metrics.Epochs}",
        $"{metrics.Loss:F4}",
        $"{100 * metrics.Accuracy:F1}%",
        metrics.ValidationLoss is { } loss ? $"{loss:F4}" : "-",
        metrics.ValidationAccuracy is { } accuracy ? $"{100 * accuracy:F1}%" : "-",
        $"{metrics.LearningRate:G3}",
        $"{metrics.FiringRate:F3}",
        $"{metrics.SamplesPerSecond:F0}",
        metrics.Elapsed.TotalHours < 1 ? $@"{metrics.Elapsed:m\:ss}" : $@"{(int)metrics.Elapsed.TotalHours}:{metrics.Elapsed:mm\:ss}",
    ];
}

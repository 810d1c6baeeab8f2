using Microsoft.ML.Snn.Training.Checkpoints;

namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>What changes from epoch to epoch.</summary>
internal static class CurveCards
{
    /// <summary>Loss, accuracy and learning rate.</summary>
    /// <param name="epochs">Those to draw.</param>
    public static Html Scores(IReadOnlyList<EpochRecord> epochs)
    {
        Html loss = new LineChart
        {
            Id = "loss",
            Title = "Loss",
            Unit = "nats",
            Description = Describe("The mean loss", epochs, metrics => metrics.Loss, Quantity.Number),
            Lines = TrainingAndValidation(epochs, metrics => metrics.Loss, metrics => metrics.ValidationLoss),
        }.Draw();
        Html accuracy = new LineChart
        {
            Id = "accuracy",
            Title = "Accuracy",
            Description = Describe("The share of training samples that are right", epochs, metrics => metrics.Accuracy, Quantity.Percent),
            Lines = TrainingAndValidation(epochs, metrics => metrics.Accuracy, metrics => metrics.ValidationAccuracy),
            Format = Quantity.Percent,
            TickFormat = Quantity.RoundPercent,
            WithZero = false,
        }.Draw();
        Html rate = new LineChart
        {
            Id = "learning-rate",
            Title = "Learning rate",
            Description = Describe("The learning rate of the last batch", epochs, metrics => metrics.LearningRate, Quantity.Number),
            Lines = [Line("last batch", epochs, metrics => metrics.LearningRate)],
        }.Draw();
        return $"{loss}{accuracy}{rate}";
    }

    /// <param name="epochs">Those to draw.</param>
    public static Html Speed(IReadOnlyList<EpochRecord> epochs) => new LineChart
    {
        Id = "speed",
        Title = "Training speed",
        Unit = "samples a second",
        Description = Describe("The training's speed", epochs, metrics => metrics.SamplesPerSecond, Quantity.Number),
        Lines = [Line("training", epochs, metrics => metrics.SamplesPerSecond)],
    }.Draw();

    /// <summary>All numbers of the epochs.</summary>
    public static Html Table(IReadOnlyList<EpochRecord> epochs) => ReportTable.Draw(
        "Epochs",
        [
            "epoch", "loss (nats)", "accuracy", "validation loss (nats)", "validation accuracy", "learning rate", "firing rate",
            "samples/s", "time",
        ],
        epochs.Select(epoch => (string[])
        [
            Quantity.Count(epoch.Metrics.Epoch), Quantity.Number(epoch.Metrics.Loss), Quantity.Percent(epoch.Metrics.Accuracy),
            Quantity.Number(epoch.Metrics.ValidationLoss ?? double.NaN),
            epoch.Metrics.ValidationAccuracy is { } accuracy ? Quantity.Percent(accuracy) : "–",
            Quantity.Number(epoch.Metrics.LearningRate), Quantity.Number(epoch.Metrics.FiringRate),
            Quantity.Number(epoch.Metrics.SamplesPerSecond), Quantity.Duration(epoch.Total),
        ]));

    private static ChartLine[] TrainingAndValidation(
        IReadOnlyList<EpochRecord> epochs, Func<TrainingMetrics, double> training, Func<TrainingMetrics, double?> validation)
    {
        ChartLine line = Line("training", epochs, training);
        return epochs.Any(epoch => validation(epoch.Metrics) is not null)
            ? [line, Line("validation", epochs, metrics => validation(metrics) ?? double.NaN)]
            : [line];
    }

    private static ChartLine Line(string name, IReadOnlyList<EpochRecord> epochs, Func<TrainingMetrics, double> value) =>
        new(name, [.. epochs.Select(epoch => (epoch.Metrics.Epoch, value(epoch.Metrics)))]);

    private static string Describe(
        string what, IReadOnlyList<EpochRecord> epochs, Func<TrainingMetrics, double> value, Func<double, string> format) =>
        $"{what}: {format(value(epochs[0].Metrics))} in epoch {epochs[0].Metrics.Epoch}, {format(value(epochs[^1].Metrics))} in epoch "
        + $"{epochs[^1].Metrics.Epoch}.";
}

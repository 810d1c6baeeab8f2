using Microsoft.ML.Snn;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace TrainAndScore.Progress;

/// <summary>A table that grows by a row an epoch, above a bar that moves with every batch: for a terminal.</summary>
internal sealed class LiveTrainingDisplay(IAnsiConsole console) : ITrainingDisplay
{
    // Lines around the rows of the table: its frame and the bar.
    private const int _otherLines = 10;
    private readonly List<TrainingMetrics> _epochs = [];
    // Replaced as a whole, since the screen is refreshed by a thread of its own.
    private volatile IRenderable? _table;
    private ProgressTask? _task;

    public IReadOnlyList<TrainingMetrics> Epochs => _epochs;

    public T During<T>(Func<T> training)
    {
        try
        {
            return console.Progress()
                .AutoClear(true)
                .Columns(
                    new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new SamplesPerSecondColumn(),
                    new RemainingTimeColumn())
                .UseRenderHook((bar, _) => _table is { } table ? new Rows(table, bar) : bar)
                .Start(context =>
                {
                    _task = context.AddTask("Reading pictures", new ProgressTaskSettings { MaxValue = double.MaxValue });
                    _task.IsIndeterminate = true;
                    return training();
                });
        }
        finally
        {
            // All epochs, also of a run that was canceled; the screen may have had room for the last ones only.
            if (_epochs.Count > 0)
                console.Write(CreateTable(_epochs));
        }
    }

    public void Report(TrainingProgress progress)
    {
        // In samples, so that the bar's own speed is in samples a second; an epoch's batches differ by one sample at the most.
        _task!.IsIndeterminate = false;
        _task.MaxValue = (double)progress.Epochs * progress.Batches * progress.Samples;
        _task.Value = ((progress.Epoch - 1d) * progress.Batches + progress.Batch) * progress.Samples;
        _task.Description = $"Epoch {progress.Epoch}/{progress.Epochs}, loss {progress.Loss:F3}";
    }

    public void ShowEpoch(TrainingMetrics metrics)
    {
        _epochs.Add(metrics);
        _table = CreateTable(_epochs.TakeLast(Math.Max(1, console.Profile.Height - _otherLines)));
    }

    private static Table CreateTable(IEnumerable<TrainingMetrics> epochs)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (string header in EpochColumns.Headers)
            table.AddColumn(new TableColumn(header).RightAligned());
        foreach (TrainingMetrics metrics in epochs)
            table.AddRow([.. EpochColumns.Format(metrics)]);
        return table;
    }
}

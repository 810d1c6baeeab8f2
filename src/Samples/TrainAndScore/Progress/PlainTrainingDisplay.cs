using Microsoft.ML.Snn;
using Spectre.Console;

namespace TrainAndScore.Progress;

/// <summary>One line an epoch in columns of fixed width: for output that is redirected to a file or another program.</summary>
internal sealed class PlainTrainingDisplay(IAnsiConsole console) : ITrainingDisplay
{
    private const int _minWidth = 7;
    private readonly List<TrainingMetrics> _epochs = [];

    public IReadOnlyList<TrainingMetrics> Epochs => _epochs;

    public T During<T>(Func<T> training)
    {
        WriteLine(EpochColumns.Headers);
        return training();
    }

    public void Report(TrainingProgress progress)
    {
        // A file needs no line a batch.
    }

    public void ShowEpoch(TrainingMetrics metrics)
    {
        _epochs.Add(metrics);
        WriteLine(EpochColumns.Format(metrics));
    }

    private void WriteLine(IReadOnlyList<string> cells) =>
        console.WriteLine(string.Join("  ", cells.Select((cell, i) => cell.PadLeft(Math.Max(_minWidth, EpochColumns.Headers[i].Length)))));
}

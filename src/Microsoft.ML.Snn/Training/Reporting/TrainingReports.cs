using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Training.Checkpoints;
using Microsoft.ML.Snn.Training.TensorBoard;

namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>
/// A run's history, and the files that show it while it goes on. A file that can no longer be written is warned of once, and tried again
/// after the next epoch: no training is lost for it.
/// </summary>
internal sealed class TrainingReports
{
    private readonly IChannel _channel;
    private readonly string? _reportPath, _tensorBoardFolder;
    private readonly HashSet<string> _warned = [];
    private TrainingReport? _report;
    private TensorBoardLog? _tensorBoard;
    private RunFacts? _facts;
    private int _epoch = 1;

    /// <param name="reportPath">File of the report; null for none.</param>
    /// <param name="tensorBoardFolder">Folder for TensorBoard; null for none.</param>
    /// <param name="channel">Takes warnings.</param>
    public TrainingReports(string? reportPath, string? tensorBoardFolder, IChannel channel)
    {
        (_reportPath, _tensorBoardFolder) = (reportPath, tensorBoardFolder);
        _channel = new NotedChannel(channel, History.Warn);
    }

    public TrainingHistory History { get; } = new();

    /// <summary>The run's channel, whose warnings the report shows.</summary>
    public IChannel Channel => _channel;

    /// <summary>Makes folders, and sees that they can be written to.</summary>
    /// <exception cref="ArgumentException">One cannot: its option is the exception's parameter.</exception>
    public void Open()
    {
        if (_reportPath is { } path)
            _report = Opened("ReportPath", path, () => new TrainingReport(path));
        if (_tensorBoardFolder is { } folder)
            _tensorBoard = Opened("TensorBoardFolder", folder, () => new TensorBoardLog(folder));
    }

    /// <summary>All is known of the run but its epochs.</summary>
    public void Begin(RunFacts facts)
    {
        _facts = facts;
        Show(RunStage.Running);
    }

    /// <summary>The run goes on from a checkpoint, with this history.</summary>
    public void Resume(TrainingHistory earlier)
    {
        History.Resume(earlier);
        Show(RunStage.Running);
    }

    /// <param name="epoch">From 1.</param>
    public void Enter(int epoch) => _epoch = epoch;

    /// <summary>The newest epoch is in the history.</summary>
    /// <param name="parameters">The network's, by names.</param>
    public void EndEpoch(Func<IReadOnlyDictionary<string, float[]>> parameters)
    {
        Show(RunStage.Running);
        if (_tensorBoard is { } log)
            Try("The files for TensorBoard", () => log.Add(History.Epochs[^1].Metrics, parameters()));
    }

    public void Finish() => Show(RunStage.Finished);

    /// <param name="cause">What ended the run.</param>
    public void Stop(Exception cause) => Show(
        RunStage.Stopped, cause is OperationCanceledException ? "the training was canceled." : cause.Message);

    private void Show(RunStage stage, string? reason = null)
    {
        if (_report is { } report && _facts is { } facts)
            Try("The report", () => report.Write(facts, History, new(stage, _epoch, reason)));
    }

    private static T Opened<T>(string option, string path, Func<T> open)
    {
        try
        {
            return open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ArgumentException($"The option {option}, '{path}', cannot be written: {e.Message}", option, e);
        }
    }

    private void Try(string what, Action write)
    {
        try
        {
            write();
        }
        // Whatever it is: hours of training are worth more than their report.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            if (_warned.Add(what))
                _channel.Warning($"{what} cannot be written, and will be tried again after each epoch; the training goes on. {e.Message}");
        }
    }
}

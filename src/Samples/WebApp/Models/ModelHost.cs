using Microsoft.Extensions.Options;
using PictureScoring;

namespace WebApp.Models;

/// <summary>
/// Holds the current model and takes a new one when its file changes. Requests that are under way end with the model they began with; a
/// file that is damaged, or still being written, leaves the old model in place.
/// </summary>
internal sealed partial class ModelHost(IOptions<ServiceOptions> options, ILogger<ModelHost> logger) : BackgroundService
{
    private readonly string _path = Path.GetFullPath(options.Value.Model);
    private volatile LoadedModel? _current;
    private FileStamp? _tried;

    /// <summary>The current model; null while there is none.</summary>
    public PictureModel? Model => _current?.Model;

    /// <summary>Lends a scorer of the current model to one piece of work.</summary>
    /// <returns>The work's result; null while there is no model.</returns>
    public TResult? Use<TResult>(Func<PictureModel, PictureScorer, TResult> work)
        where TResult : class
    {
        while (_current is { } loaded)
        {
            PictureScorer scorer;
            try
            {
                scorer = loaded.Rent();
            }
            catch (ObjectDisposedException)
            {
                // Replaced since the line before: the next one is in place.
                continue;
            }
            try
            {
                return work(loaded.Model, scorer);
            }
            finally
            {
                loaded.Return(scorer);
            }
        }
        return null;
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (FileStamp.Of(_path) is { } stamp)
            Load(stamp);
        else
            LogMissing(_path);
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        _current?.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Looking at the file's date works on every file system, which its notifications do not.
        using var timer = new PeriodicTimer(options.Value.ModelPolling);
        FileStamp? last = null;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            FileStamp? stamp = FileStamp.Of(_path);
            // Unchanged since the last look: nobody is writing it any more.
            if (stamp is { } complete && stamp == last && stamp != _tried)
                Load(complete);
            last = stamp;
        }
    }

    private void Load(FileStamp stamp)
    {
        _tried = stamp;
        try
        {
            var loaded = new LoadedModel(PictureModel.Load(_path));
            LoadedModel? before = _current;
            _current = loaded;
            before?.Dispose();
            LogLoaded(_path, loaded.Model.Classes.Count, loaded.Model.Network.TimeSteps, loaded.Model.Network.ParameterCount);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            LogRefused(e, _path);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Model {Path}: {Classes} classes, {TimeSteps} time steps, {Parameters} parameters")]
    private partial void LogLoaded(string path, int classes, int timeSteps, long parameters);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "There is no {Path} yet: make it with 'dotnet run -c Release --project src/Samples/TrainAndScore'")]
    private partial void LogMissing(string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "Model {Path} cannot be used; the one before stays")]
    private partial void LogRefused(Exception exception, string path);

    private readonly record struct FileStamp(DateTime Written, long Length)
    {
        public static FileStamp? Of(string path)
        {
            var file = new FileInfo(path);
            return file.Exists ? new(file.LastWriteTimeUtc, file.Length) : null;
        }
    }
}

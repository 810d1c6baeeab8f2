using WebApp.Endpoints;

namespace WebApp.Models;

/// <summary>
/// A model's file: the model that was last read from it, and a new one once it has changed. Requests that are under way end with the model
/// they began with; a file that is damaged, still being written, or never comes to an end of loading, leaves the old model in place.
/// </summary>
/// <param name="path">Where the zip is looked for.</param>
/// <param name="load">Makes a model of the zip's name and its content.</param>
/// <param name="timeout">How long that may take.</param>
/// <param name="maker">The sample that makes such a model, for messages.</param>
/// <param name="setting">The setting that names the zip, for messages.</param>
/// <param name="log">Takes what becomes of the file.</param>
internal sealed class ModelFile<TModel>(
    ModelPath path, Func<string, byte[], TModel> load, TimeSpan timeout, string maker, string setting, ModelLog log) : IModelFile
    where TModel : class, IServedModel
{
    private volatile LoadedModel<TModel>? _current;
    private FileStamp? _tried, _last, _unread;

    /// <summary>The current model; null while there is none.</summary>
    public TModel? Model => _current?.Model;

    /// <summary>The current model.</summary>
    /// <exception cref="RefusedException">There is none yet.</exception>
    public TModel RequireModel() => Model ?? throw Missing();

    /// <summary>Lends a decoder of the current model to one piece of work.</summary>
    /// <exception cref="RefusedException">There is no model yet.</exception>
    public TResult Use<TResult>(Func<TModel, IUploadDecoder, TResult> work)
    {
        while (_current is { } loaded)
        {
            IUploadDecoder decoder;
            try
            {
                decoder = loaded.Rent();
            }
            catch (ObjectDisposedException)
            {
                // Replaced since the line before: the next one is in place.
                continue;
            }
            try
            {
                return work(loaded.Model, decoder);
            }
            finally
            {
                loaded.Return(decoder);
            }
        }
        throw Missing();
    }

    public Task StartAsync(CancellationToken cancellation)
    {
        string file = path.Locate();
        if (FileStamp.Of(file) is { } stamp)
            return LoadAsync(stamp, cancellation);
        log.Missing(file, maker, setting);
        return Task.CompletedTask;
    }

    public async Task LookAsync(CancellationToken cancellation)
    {
        FileStamp? stamp = FileStamp.Of(path.Locate());
        // Unchanged since the last look: nobody is writing it any more.
        if (stamp is { } complete && stamp == _last && stamp != _tried)
            await LoadAsync(complete, cancellation);
        _last = stamp;
    }

    public void Dispose() => _current?.Dispose();

    private async Task LoadAsync(FileStamp stamp, CancellationToken cancellation)
    {
        _tried = stamp;
        string file = stamp.Path;
        // On a thread of its own, since it may never come back; one that does not keep the process from ending. .NET cannot stop it.
        Task<LoadedModel<TModel>> loading = Task.Factory.StartNew(
            () => new LoadedModel<TModel>(load(file, File.ReadAllBytes(file))), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        try
        {
            LoadedModel<TModel> loaded = await loading.WaitAsync(timeout, cancellation);
            LoadedModel<TModel>? before = _current;
            _current = loaded;
            before?.Dispose();
            log.Loaded(file, loaded.Model.Classes.Count, loaded.Model.Network.TimeSteps, loaded.Model.Network.ParameterCount);
        }
        catch (TimeoutException)
        {
            log.TimedOut(file, timeout);
        }
        catch (IOException e)
        {
            // Whoever writes it may still have it open, though it is complete: it is tried again, and the log hears of it once.
            _tried = null;
            if (_unread != stamp)
                log.Refused(e, file);
            _unread = stamp;
        }
        catch (Exception e) when (e is InvalidDataException or UnauthorizedAccessException)
        {
            log.Refused(e, file);
        }
    }

    private RefusedException Missing() => new(StatusCodes.Status503ServiceUnavailable,
        $"There is no model yet: run 'dotnet run -c Release --project src/Samples/{maker}' in the repository's folder, or name another "
        + $"model in the service's settings ({setting}). The service takes it as soon as it is there.");

    private readonly record struct FileStamp(string Path, DateTime Written, long Length)
    {
        public static FileStamp? Of(string path)
        {
            var file = new FileInfo(path);
            return file.Exists ? new(path, file.LastWriteTimeUtc, file.Length) : null;
        }
    }
}

/// <summary>A model's file, whatever the model is of; looked at once at a time.</summary>
internal interface IModelFile : IDisposable
{
    /// <summary>Reads the file, if it is there.</summary>
    Task StartAsync(CancellationToken cancellation);

    /// <summary>Reads the file again, if it has changed and stayed as it is since the last look.</summary>
    Task LookAsync(CancellationToken cancellation);
}

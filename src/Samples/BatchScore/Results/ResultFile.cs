using System.Text.Json;
using Parquet;
using Parquet.Serialization;

namespace BatchScore.Results;

/// <summary>
/// The result, a Parquet file. It gets its name when all rows are there; until then it is written beside it, and each batch of rows is also
/// a part of its own, from which a later run goes on. One run at a time writes a result.
/// </summary>
internal sealed class ResultFile : IAsyncDisposable
{
    private readonly string _path, _unfinished;
    private readonly FileStream _lock, _stream;
    private int _rowGroups;

    private ResultFile(string path, string unfinished, FileStream held, FileStream stream, ResultParts parts) =>
        (_path, _unfinished, _lock, _stream, Parts) = (path, unfinished, held, stream, parts);

    /// <summary>The batches that are scored.</summary>
    public ResultParts Parts { get; }

    /// <summary>Begins a result, and finds out whether it can be written.</summary>
    /// <param name="path">The result's path.</param>
    /// <param name="overwrite">Whether a finished result may be replaced.</param>
    /// <exception cref="UserException">It cannot be written, is there already, or another run writes it.</exception>
    public static ResultFile Open(string path, bool overwrite)
    {
        if (string.IsNullOrWhiteSpace(path) || Path.EndsInDirectorySeparator(path) || Directory.Exists(path))
            throw new UserException($"'{path}' is a folder: name the file to write, such as '{Path.Combine(path, "scores.parquet")}'.");
        if (File.Exists(path) && !overwrite)
            throw new UserException($"'{path}' is there already. Name another file, or add --overwrite.");
        string full = Path.GetFullPath(path), unfinished = full + ".tmp", parts = full + ".parts";
        OutputPath.PrepareFolder(Path.GetDirectoryName(full)!, Path.GetFileName(full), Path.GetFileName(unfinished));
        OutputPath.PrepareFolder(parts);
        FileStream held = Lock(path, Path.Combine(parts, "lock"));
        return new(full, unfinished, held, new(unfinished, FileMode.Create, FileAccess.ReadWrite), new ResultParts(parts, "part"));
    }

    /// <summary>Adds the rows of a batch as a row group.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="model">A hash of the model, for the file's metadata.</param>
    /// <param name="classes">The names of the classes in the order of the scores, for the file's metadata.</param>
    /// <param name="cancellation">Stops writing.</param>
    public async Task AppendAsync(
        IEnumerable<ScoredPicture> rows, string model, IReadOnlyList<string> classes, CancellationToken cancellation)
    {
        var metadata = new Dictionary<string, string> { ["model"] = model, ["classes"] = JsonSerializer.Serialize(classes) };
        await ParquetSerializer.SerializeAsync(rows, _stream, new ParquetOptions { Append = _rowGroups > 0 }, metadata, cancellation);
        _rowGroups++;
    }

    /// <summary>Gives the result its name; the parts have done their duty.</summary>
    public async Task CompleteAsync()
    {
        // A name must not reach the disk before the bytes.
        _stream.Flush(flushToDisk: true);
        await _stream.DisposeAsync();
        File.Move(_unfinished, _path, overwrite: true);
        await _lock.DisposeAsync();
        Parts.Delete();
    }

    /// <summary>Leaves the parts of a run that was stopped, and nothing else.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stream.CanWrite)
        {
            await _lock.DisposeAsync();
            return;
        }
        await _stream.DisposeAsync();
        File.Delete(_unfinished);
        await _lock.DisposeAsync();
        Parts.DeleteIfEmpty();
    }

    private static FileStream Lock(string path, string file)
    {
        try
        {
            return new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e)
        {
            throw new UserException($"'{path}' is being written by another run. Wait for its end, or name another file.", e);
        }
    }
}

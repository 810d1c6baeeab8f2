using System.Collections.Concurrent;
using BatchScore.Models;
using BatchScore.Results;
using BatchScore.Sources;

namespace BatchScore;

/// <summary>Makes the rows of a batch, on all threads, or takes those that an earlier run has kept.</summary>
/// <param name="model">The model.</param>
/// <param name="modelHash">A hash of its zip: rows of different models must not be mixed.</param>
/// <param name="parts">Keeps the rows.</param>
/// <param name="threads">Pictures scored at the same time.</param>
internal sealed class BatchScorer(IBatchModel model, string modelHash, ResultParts parts, int threads) : IDisposable
{
    // To be raised when the same picture and model get another row than before: 2 turns pictures upright.
    private const int ScoringVersion = 2;

    // Before each further try to read a picture: disks on a network fail for a moment.
    private static readonly TimeSpan[] _pauses = [TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(0.8)];

    private readonly ConcurrentBag<IRowScorer> _idle = [];

    /// <summary>Whether the pictures of an earlier run are known again by their content instead of size and time.</summary>
    public bool HashInput { get; init; }

    /// <summary>Is told the number of pictures that are done, on any thread.</summary>
    public Action<int> Progress { get; init; } = _ => { };

    /// <summary>Takes a line for each part of an earlier run that does not fit and is made again.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>What else than model and pictures decides the rows.</summary>
    public static string Settings(string source) => $"version {ScoringVersion}, {source}";

    /// <summary>The rows of a batch.</summary>
    /// <param name="index">The batch's number, which its part is kept under.</param>
    /// <param name="batch">Its pictures or recordings.</param>
    /// <param name="settings">What <see cref="Settings"/> says of their source.</param>
    /// <param name="making">Is called before a part is written.</param>
    /// <param name="cancellation">Stops scoring; then no part is written.</param>
    public async Task<KeptRows> TakeAsync(
        int index, IReadOnlyList<PictureEntry> batch, string settings, Action making, CancellationToken cancellation)
    {
        var origin = new PartOrigin(
            modelHash, settings, PartOrigin.Hash(batch.Select(entry => (entry.Path, entry.Stamp))), Contents: null);
        PartLookup part = await parts.FindAsync(
            index, [.. batch.Select(entry => entry.Path)], origin, HashInput ? () => HashAsync(batch, cancellation) : null,
            cancellation);
        if (part.Rows is { } earlier)
        {
            Progress(earlier.Count);
            return new(earlier, part.File!, IsEarlier: true, Unread: []);
        }
        if (part.Misfit is not null)
            Warn(part.Misfit);
        making();
        var rows = new ScoredPicture[batch.Count];
        string[] contents = new string[batch.Count];
        await ForEachAsync(batch, cancellation, async i =>
        {
            (byte[]? bytes, contents[i], string? error) = await ReadAsync(batch[i], cancellation);
            rows[i] = error is null ? Score(batch[i].Path, bytes) : new() { Path = batch[i].Path, Error = error };
            Progress(1);
        });
        origin = origin with
        {
            Stamps = PartOrigin.Hash(batch.Zip(contents, (entry, content) =>
                (entry.Path, content == PartOrigin.Unread ? content : entry.Stamp))),
            Contents = PartOrigin.Hash(batch.Zip(contents, (entry, content) => (entry.Path, content))),
        };
        return new(
            rows, await parts.WriteAsync(index, rows, origin, cancellation), IsEarlier: false,
            [.. rows.Where((_, i) => contents[i] == PartOrigin.Unread)]);
    }

    public void Dispose()
    {
        foreach (IRowScorer scorer in _idle)
            scorer.Dispose();
    }

    /// <summary>What an entry holds, what stands for it in a hash, and why it has no scores if that is known already.</summary>
    private static async Task<(byte[]? Bytes, string Content, string? Error)> ReadAsync(PictureEntry entry, CancellationToken cancellation)
    {
        for (int tries = 0; ; tries++)
        {
            try
            {
                byte[]? bytes = await entry.ReadAsync();
                return (bytes, PartOrigin.Content(bytes), null);
            }
            catch (UnreadableRowException e)
            {
                return (null, entry.Stamp, e.Message);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (tries == _pauses.Length || e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
                    return (null, PartOrigin.Unread, e.Message);
            }
            await Task.Delay(_pauses[tries], cancellation);
        }
    }

    private ScoredPicture Score(string path, byte[]? bytes)
    {
        if (bytes is null)
            return new() { Path = path, Error = "the column is null in this row" };
        if (!_idle.TryTake(out IRowScorer? scorer))
            scorer = model.CreateScorer();
        try
        {
            float[] scores = scorer.Score(bytes);
            return new() { Path = path, Label = model.Classes[IndexOfMaximum(scores)], Scores = [.. scores] };
        }
        catch (UnreadableRowException e)
        {
            return new() { Path = path, Error = e.Message };
        }
        // A bad row is told from all else by its exception; what ends the run names its row.
        catch (Exception e)
        {
            throw new UserException($"'{path}' cannot be scored, and ends the run. {e.GetType().Name}: {e.Message}", e);
        }
        finally
        {
            _idle.Add(scorer);
        }
    }

    /// <summary>A hash of what the entries hold; null where one cannot be read.</summary>
    private async Task<string?> HashAsync(IReadOnlyList<PictureEntry> batch, CancellationToken cancellation)
    {
        string[] contents = new string[batch.Count];
        await ForEachAsync(batch, cancellation, async i =>
        {
            (_, contents[i], _) = await ReadAsync(batch[i], cancellation);
        });
        return contents.Contains(PartOrigin.Unread)
            ? null : PartOrigin.Hash(batch.Zip(contents, (entry, content) => (entry.Path, content)));
    }

    private Task ForEachAsync(IReadOnlyList<PictureEntry> batch, CancellationToken cancellation, Func<int, Task> action) =>
        Parallel.ForAsync(
            0, batch.Count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation },
            async (i, _) => await action(i));

    // The first of equal ones, as ML.NET decides.
    private static int IndexOfMaximum(float[] scores) => Array.IndexOf(scores, scores.Max());
}

/// <summary>The rows of a batch, which a part holds.</summary>
/// <param name="Rows">The rows, in the order of the pictures.</param>
/// <param name="File">The name of the part's file.</param>
/// <param name="IsEarlier">Whether an earlier run had made it.</param>
/// <param name="Unread">Those of them whose pictures could not be read, though a later run may.</param>
internal readonly record struct KeptRows(
    IList<ScoredPicture> Rows, string File, bool IsEarlier, IReadOnlyList<ScoredPicture> Unread);

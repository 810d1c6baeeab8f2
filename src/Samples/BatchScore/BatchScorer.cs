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
            return new(earlier, part.File!, IsEarlier: true);
        }
        if (part.Misfit is not null)
            Warn(part.Misfit);
        making();
        var rows = new ScoredPicture[batch.Count];
        (string Stamp, string Content)[] read = new (string, string)[batch.Count];
        await ForEachAsync(batch, cancellation, async i =>
        {
            (rows[i], read[i]) = await ScoreAsync(batch[i]);
            Progress(1);
        });
        origin = origin with
        {
            Stamps = PartOrigin.Hash(batch.Zip(read, (entry, token) => (entry.Path, token.Stamp))),
            Contents = PartOrigin.Hash(batch.Zip(read, (entry, token) => (entry.Path, token.Content))),
        };
        return new(rows, await parts.WriteAsync(index, rows, origin, cancellation), IsEarlier: false);
    }

    public void Dispose()
    {
        foreach (IRowScorer scorer in _idle)
            scorer.Dispose();
    }

    private async Task<(ScoredPicture Row, (string Stamp, string Content) Read)> ScoreAsync(PictureEntry entry)
    {
        byte[]? bytes;
        try
        {
            bytes = await entry.ReadAsync();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (new() { Path = entry.Path, Error = e.Message }, (PartOrigin.Unread, PartOrigin.Unread));
        }
        return (Score(entry.Path, bytes), (entry.Stamp, PartOrigin.Content(bytes)));
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
        finally
        {
            _idle.Add(scorer);
        }
    }

    private async Task<string> HashAsync(IReadOnlyList<PictureEntry> batch, CancellationToken cancellation)
    {
        string[] contents = new string[batch.Count];
        await ForEachAsync(batch, cancellation, async i =>
        {
            try
            {
                contents[i] = PartOrigin.Content(await batch[i].ReadAsync());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                contents[i] = PartOrigin.Unread;
            }
        });
        return PartOrigin.Hash(batch.Zip(contents, (entry, content) => (entry.Path, content)));
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
internal readonly record struct KeptRows(IList<ScoredPicture> Rows, string File, bool IsEarlier);

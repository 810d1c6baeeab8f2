using System.Collections.Concurrent;
using System.Diagnostics;
using BatchScore.Results;
using BatchScore.Sources;
using Microsoft.ML.Data;
using PictureScoring;

namespace BatchScore;

/// <summary>Scores the pictures of a source, batch after batch, each on all threads.</summary>
/// <param name="model">The model.</param>
/// <param name="modelHash">A hash of its zip: rows of different models must not be mixed.</param>
/// <param name="source">The pictures.</param>
/// <param name="result">Takes the rows.</param>
/// <param name="threads">Pictures scored at the same time.</param>
internal sealed class BatchRun(PictureModel model, string modelHash, IPictureSource source, ResultFile result, int threads)
{
    // Larger than any camera's; a picture of this size takes more than 1 GB while it is decoded and turned upright.
    private const long MaximumPixels = 100_000_000;

    // To be raised when the same picture and model get another row than before: 2 turns pictures upright.
    private const int ScoringVersion = 2;

    private readonly ConcurrentBag<PictureScorer> _idle = [];

    /// <summary>Rows of a batch: what is lost at most when the run is stopped, and the size of the result's row groups.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>Whether the pictures of an earlier run are known again by their content instead of size and time.</summary>
    public bool HashInput { get; init; }

    /// <param name="progress">Is told the number of pictures that are done, on any thread.</param>
    /// <param name="warn">Takes a line for each part of an earlier run that does not fit and is made again.</param>
    /// <param name="cancellation">Stops the run; what was scored until the last batch is kept.</param>
    public async Task<BatchSummary> RunAsync(Action<int> progress, Action<string> warn, CancellationToken cancellation)
    {
        string settings = $"version {ScoringVersion}, {source.Settings}, {BatchSize} a part";
        var watch = new Stopwatch();
        long scored = 0, unreadable = 0, earlier = 0;
        int index = 0;
        try
        {
            await foreach (PictureEntry[] batch in source.ReadAsync(cancellation).Chunk(BatchSize).WithCancellation(cancellation))
            {
                var origin = new PartOrigin(
                    modelHash, settings, PartOrigin.Hash(batch.Select(entry => (entry.Path, entry.Stamp))), Contents: null);
                PartLookup part = await result.Parts.FindAsync(
                    index, [.. batch.Select(entry => entry.Path)], origin, HashInput ? () => HashAsync(batch, cancellation) : null,
                    cancellation);
                IList<ScoredPicture>? rows = part.Rows;
                if (rows is not null)
                {
                    earlier += rows.Count;
                    progress(rows.Count);
                }
                else
                {
                    if (part.Misfit is not null)
                        warn(part.Misfit);
                    watch.Start();
                    rows = await ScoreAsync(index, batch, origin, progress, cancellation);
                    watch.Stop();
                    scored += rows.Count;
                }
                unreadable += rows.Count(row => row.Error is not null);
                await result.AppendAsync(rows, modelHash, model.Classes, cancellation);
                index++;
            }
            // No picture: a file without rows.
            if (index == 0)
                await result.AppendAsync([], modelHash, model.Classes, cancellation);
            await result.CompleteAsync();
        }
        finally
        {
            foreach (PictureScorer scorer in _idle)
                scorer.Dispose();
        }
        return new BatchSummary(scored, earlier, unreadable, watch.Elapsed);
    }

    private async Task<ScoredPicture[]> ScoreAsync(
        int index, PictureEntry[] batch, PartOrigin origin, Action<int> progress, CancellationToken cancellation)
    {
        var rows = new ScoredPicture[batch.Length];
        (string Stamp, string Content)[] read = new (string, string)[batch.Length];
        await ForEachAsync(batch, cancellation, async i =>
        {
            (rows[i], read[i]) = await ScoreAsync(batch[i]);
            progress(1);
        });
        origin = origin with
        {
            Stamps = PartOrigin.Hash(batch.Zip(read, (entry, token) => (entry.Path, token.Stamp))),
            Contents = PartOrigin.Hash(batch.Zip(read, (entry, token) => (entry.Path, token.Content))),
        };
        await result.Parts.WriteAsync(index, rows, origin, cancellation);
        return rows;
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
        try
        {
            MLImage image = PictureDecoder.Decode(bytes, MaximumPixels);
            if (!_idle.TryTake(out PictureScorer? scorer))
                scorer = model.CreateScorer();
            float[] scores = scorer.Score(image);
            _idle.Add(scorer);
            return new() { Path = path, Label = model.Classes[IndexOfMaximum(scores)], Scores = [.. scores] };
        }
        catch (UnreadablePictureException e)
        {
            return new() { Path = path, Error = e.Message };
        }
    }

    private async Task<string> HashAsync(PictureEntry[] batch, CancellationToken cancellation)
    {
        string[] contents = new string[batch.Length];
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

    private Task ForEachAsync(PictureEntry[] batch, CancellationToken cancellation, Func<int, Task> action) => Parallel.ForAsync(
        0, batch.Length, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation },
        async (i, _) => await action(i));

    // The first of equal ones, as ML.NET decides.
    private static int IndexOfMaximum(float[] scores) => Array.IndexOf(scores, scores.Max());
}

/// <summary>What a run has done.</summary>
/// <param name="Scored">Pictures of this run.</param>
/// <param name="Earlier">Pictures that an earlier run had scored.</param>
/// <param name="Unreadable">Pictures, of all, that have an error instead of scores.</param>
/// <param name="Elapsed">Time spent on those of this run.</param>
internal readonly record struct BatchSummary(long Scored, long Earlier, long Unreadable, TimeSpan Elapsed);

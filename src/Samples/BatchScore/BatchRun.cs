using System.Collections.Concurrent;
using System.Diagnostics;
using BatchScore.Results;
using BatchScore.Sources;
using Microsoft.ML.Data;
using PictureScoring;

namespace BatchScore;

/// <summary>Scores the pictures of a source, batch after batch, each on all threads.</summary>
internal sealed class BatchRun(PictureModel model, IPictureSource source, ResultFile result, int threads)
{
    // Larger than any camera's; a picture of this size takes 400 MB while it is decoded.
    private const long MaximumPixels = 100_000_000;

    private readonly ConcurrentBag<PictureScorer> _idle = [];

    /// <summary>Rows of a batch: what is lost at most when the run is stopped, and the size of the result's row groups.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <param name="progress">Is told the number of pictures that are done, on any thread.</param>
    /// <param name="cancellation">Stops the run; what was scored until the last batch is kept.</param>
    public async Task<BatchSummary> RunAsync(Action<int> progress, CancellationToken cancellation)
    {
        var watch = new Stopwatch();
        long scored = 0, unreadable = 0, earlier = 0;
        int index = 0;
        await foreach (PictureEntry[] batch in source.ReadAsync(cancellation).Chunk(BatchSize).WithCancellation(cancellation))
        {
            IList<ScoredPicture>? rows = await result.ReadPartAsync(index, batch.Select(entry => entry.Path), cancellation);
            if (rows is not null)
            {
                earlier += rows.Count;
                progress(rows.Count);
            }
            else
            {
                watch.Start();
                rows = await ScoreAsync(batch, progress, cancellation);
                await result.WritePartAsync(index, [.. rows], cancellation);
                watch.Stop();
                scored += rows.Count;
            }
            unreadable += rows.Count(row => row.Error is not null);
            index++;
        }
        await result.CompleteAsync(index, cancellation);
        foreach (PictureScorer scorer in _idle)
            scorer.Dispose();
        return new BatchSummary(scored, earlier, unreadable, watch.Elapsed);
    }

    private async Task<ScoredPicture[]> ScoreAsync(PictureEntry[] batch, Action<int> progress, CancellationToken cancellation)
    {
        var rows = new ScoredPicture[batch.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        await Parallel.ForAsync(0, batch.Length, options, async (i, _) =>
        {
            rows[i] = await ScoreAsync(batch[i]);
            progress(1);
        });
        return rows;
    }

    private async Task<ScoredPicture> ScoreAsync(PictureEntry entry)
    {
        try
        {
            byte[] bytes = await entry.ReadAsync();
            MLImage image = PictureDecoder.Decode(bytes, MaximumPixels);
            if (!_idle.TryTake(out PictureScorer? scorer))
                scorer = model.CreateScorer();
            float[] scores = scorer.Score(image);
            _idle.Add(scorer);
            return new ScoredPicture { Path = entry.Path, Label = model.Classes[IndexOfMaximum(scores)], Scores = [.. scores] };
        }
        catch (Exception e) when (e is UnreadablePictureException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return new ScoredPicture { Path = entry.Path, Error = e.Message };
        }
    }

    // The first of equal ones, as ML.NET decides.
    private static int IndexOfMaximum(float[] scores) => Array.IndexOf(scores, scores.Max());
}

/// <summary>What a run has done.</summary>
/// <param name="Scored">Pictures of this run.</param>
/// <param name="Earlier">Pictures that an earlier run had scored.</param>
/// <param name="Unreadable">Pictures, of all, that have an error instead of scores.</param>
/// <param name="Elapsed">Time spent on those of this run.</param>
internal readonly record struct BatchSummary(long Scored, long Earlier, long Unreadable, TimeSpan Elapsed);

using System.Diagnostics;
using BatchScore.Models;
using BatchScore.Results;
using BatchScore.Sources;

namespace BatchScore;

/// <summary>Scores the pictures of a source into one file, batch after batch, each on all threads.</summary>
/// <param name="model">The model.</param>
/// <param name="modelHash">A hash of its zip: rows of different models must not be mixed.</param>
/// <param name="source">The pictures.</param>
/// <param name="result">Takes the rows.</param>
/// <param name="threads">Pictures scored at the same time.</param>
internal sealed class BatchRun(IBatchModel model, string modelHash, IPictureSource source, ResultFile result, int threads)
{
    /// <summary>Rows of a batch: what is lost at most when the run is stopped, and the size of the result's row groups.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>Whether the pictures of an earlier run are known again by their content instead of size and time.</summary>
    public bool HashInput { get; init; }

    /// <param name="progress">Is told the number of pictures that are done, on any thread.</param>
    /// <param name="warn">Takes a line for each part of an earlier run that does not fit and is made again.</param>
    /// <param name="cancellation">Stops the run; what was scored until the last batch is kept.</param>
    public async Task<BatchSummary> RunAsync(Action<int> progress, Action<string> warn, CancellationToken cancellation)
    {
        string settings = $"{BatchScorer.Settings(source.Settings)}, {BatchSize} a part";
        var watch = new Stopwatch();
        long scored = 0, unreadable = 0, earlier = 0;
        int index = 0;
        using var scorer = new BatchScorer(model, modelHash, result.Parts, threads)
        {
            HashInput = HashInput, Progress = progress, Warn = warn,
        };
        await foreach (PictureEntry[] batch in source.ReadAsync(cancellation).Chunk(BatchSize).WithCancellation(cancellation))
        {
            KeptRows kept = await scorer.TakeAsync(index, batch, settings, watch.Start, cancellation);
            watch.Stop();
            if (kept.IsEarlier)
                earlier += kept.Rows.Count;
            else
                scored += kept.Rows.Count;
            unreadable += kept.Rows.Count(row => row.Error is not null);
            await result.AppendAsync(kept.Rows, modelHash, model.Classes, cancellation);
            index++;
        }
        // No picture: a file without rows.
        if (index == 0)
            await result.AppendAsync([], modelHash, model.Classes, cancellation);
        await result.CompleteAsync();
        return new BatchSummary(scored, earlier, unreadable, watch.Elapsed);
    }
}

/// <summary>What a run has done.</summary>
/// <param name="Scored">Pictures of this run.</param>
/// <param name="Earlier">Pictures that an earlier run had scored.</param>
/// <param name="Unreadable">Pictures, of all, that have an error instead of scores.</param>
/// <param name="Elapsed">Time spent on those of this run.</param>
internal readonly record struct BatchSummary(long Scored, long Earlier, long Unreadable, TimeSpan Elapsed);

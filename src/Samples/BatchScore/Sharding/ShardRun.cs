using System.Diagnostics;
using BatchScore.Models;
using BatchScore.Results;
using BatchScore.Sources;

namespace BatchScore.Sharding;

/// <summary>Makes the parts of one shard of a data set, one after the other, each on all threads.</summary>
/// <param name="model">The model.</param>
/// <param name="modelHash">A hash of its zip.</param>
/// <param name="source">The units, of which this shard has some.</param>
/// <param name="result">Takes the parts.</param>
/// <param name="shard">Which units are its own.</param>
/// <param name="threads">Rows scored at the same time.</param>
internal sealed class ShardRun(
    IBatchModel model, string modelHash, IUnitSource source, DataSetFolder result, Shard shard, int threads)
{
    /// <summary>Whether the input of an earlier run is known again by its content instead of size and time.</summary>
    public bool HashInput { get; init; }

    /// <param name="progress">Is told the number of rows that are done, on any thread.</param>
    /// <param name="warn">Takes a line for each part of an earlier run that does not fit and is made again.</param>
    /// <param name="cancellation">Stops the run; the parts that are there are kept.</param>
    /// <exception cref="UserException">
    /// There is no input; the data set was begun with other input, model, settings or another number of shards; the input has changed
    /// during the run; or rows could not be read. The shard is not done then.
    /// </exception>
    public async Task<ShardSummary> RunAsync(Action<int> progress, Action<string> warn, CancellationToken cancellation)
    {
        string settings = BatchScorer.Settings(source.Settings);
        (DataSetPlan plan, List<byte[]> planned) = await PlanAsync(settings, cancellation);
        if (plan.Units == 0)
        {
            throw new UserException(
                $"{source.Emptiness} A data set without rows is not made: name another input, or see to it that this one is mounted.");
        }
        await result.AgreeAsync(plan, cancellation);
        using var scorer = new BatchScorer(model, modelHash, result.Parts, threads)
        {
            HashInput = HashInput, Progress = progress, Warn = warn,
        };
        var parts = new List<DataSetPart>();
        var watch = new Stopwatch();
        long scored = 0, earlier = 0, unreadable = 0, unread = 0;
        ScoredPicture? firstUnread = null;
        using var listed = new UnitHash();
        await foreach (SourceUnit unit in source.ListAsync(cancellation))
        {
            int number = listed.Count;
            listed.Append(unit.Identity);
            if (!shard.Has(number))
                continue;
            // Its number is that of the same unit for all shards only if those before it are the same, too.
            if (parts.Count == planned.Count || !listed.Read().AsSpan().SequenceEqual(planned[parts.Count]))
                throw Changed();
            cancellation.ThrowIfCancellationRequested();
            IReadOnlyList<PictureEntry> entries = await unit.ReadAsync();
            KeptRows kept = await scorer.TakeAsync(number, entries, settings, Begin, cancellation);
            watch.Stop();
            parts.Add(new(number, kept.File, kept.Rows.Count));
            if (kept.IsEarlier)
                earlier += kept.Rows.Count;
            else
                scored += kept.Rows.Count;
            unreadable += kept.Rows.Count(row => row.Error is not null);
            unread += kept.Unread.Count;
            firstUnread ??= kept.Unread.FirstOrDefault();
        }
        if (listed.Count != plan.Units || Convert.ToHexStringLower(listed.Read()) != plan.Input)
            throw Changed();
        if (firstUnread is not null)
        {
            throw new UserException(
                $"{unread:N0} rows could not be read, the first of them {firstUnread.Path}: {firstUnread.Error!.TrimEnd('.')}. Shard "
                + $"{shard.Index} is not done; the same command tries these rows again, and keeps the others.");
        }
        int done = await result.CompleteAsync(new DataSetManifest { Plan = plan, Parts = parts }, cancellation);
        return new(new(scored, earlier, unreadable, watch.Elapsed), parts.Count, done);

        void Begin()
        {
            result.Reopen();
            watch.Start();
        }
    }

    private static UserException Changed() => new(
        "The input was changed while it was being scored: it has no longer the files that all shards have begun with. Put these there, "
        + "under the same names, and give the same command again, or name another folder for the data set.");

    /// <summary>The plan, and for each of this shard's units a hash of the units up to it.</summary>
    private async Task<(DataSetPlan Plan, List<byte[]> Own)> PlanAsync(string settings, CancellationToken cancellation)
    {
        using var listed = new UnitHash();
        var own = new List<byte[]>();
        await foreach (SourceUnit unit in source.ListAsync(cancellation))
        {
            bool isOwn = shard.Has(listed.Count);
            listed.Append(unit.Identity);
            if (isOwn)
                own.Add(listed.Read());
        }
        var plan = new DataSetPlan
        {
            Shards = shard.Count,
            Units = listed.Count,
            Input = Convert.ToHexStringLower(listed.Read()),
            Model = modelHash,
            Settings = settings,
            Classes = [.. model.Classes],
        };
        return (plan, own);
    }
}

/// <summary>What a shard's run has done.</summary>
/// <param name="Rows">Of its own parts.</param>
/// <param name="Parts">Number of its own parts.</param>
/// <param name="ShardsDone">Of all shards, those that are done; the data set is whole when all are.</param>
internal readonly record struct ShardSummary(BatchSummary Rows, int Parts, int ShardsDone);

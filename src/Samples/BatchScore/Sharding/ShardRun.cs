using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using BatchScore.Models;
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
    /// <exception cref="UserException">The data set was begun with other input, model, settings or another number of shards.</exception>
    public async Task<ShardSummary> RunAsync(Action<int> progress, Action<string> warn, CancellationToken cancellation)
    {
        string settings = BatchScorer.Settings(source.Settings);
        DataSetPlan plan = await PlanAsync(settings, cancellation);
        await result.AgreeAsync(plan, cancellation);
        using var scorer = new BatchScorer(model, modelHash, result.Parts, threads)
        {
            HashInput = HashInput, Progress = progress, Warn = warn,
        };
        var parts = new List<DataSetPart>();
        var watch = new Stopwatch();
        long scored = 0, earlier = 0, unreadable = 0;
        int index = 0;
        await foreach (SourceUnit unit in source.ListAsync(cancellation))
        {
            int number = index++;
            if (!shard.Has(number))
                continue;
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
        }
        int done = await result.CompleteAsync(new DataSetManifest { Plan = plan, Parts = parts }, cancellation);
        return new(new(scored, earlier, unreadable, watch.Elapsed), parts.Count, done);

        void Begin()
        {
            result.Reopen();
            watch.Start();
        }
    }

    private async Task<DataSetPlan> PlanAsync(string settings, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int units = 0;
        await foreach (SourceUnit unit in source.ListAsync(cancellation))
        {
            byte[] identity = Encoding.UTF8.GetBytes(unit.Identity);
            hash.AppendData(BitConverter.GetBytes(identity.Length));
            hash.AppendData(identity);
            units++;
        }
        return new()
        {
            Shards = shard.Count,
            Units = units,
            Input = Convert.ToHexStringLower(hash.GetHashAndReset()),
            Model = modelHash,
            Settings = settings,
            Classes = [.. model.Classes],
        };
    }
}

/// <summary>What a shard's run has done.</summary>
/// <param name="Rows">Of its own parts.</param>
/// <param name="Parts">Number of its own parts.</param>
/// <param name="ShardsDone">Of all shards, those that are done; the data set is whole when all are.</param>
internal readonly record struct ShardSummary(BatchSummary Rows, int Parts, int ShardsDone);

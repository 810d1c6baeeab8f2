using System.Text.Json;
using BatchScore.Results;

namespace BatchScore.Sharding;

/// <summary>
/// The result of a run in shards, a folder: a Parquet file for each unit, and files of JSON whose names begin with <c>_</c>, so that
/// readers of folders of Parquet files pass over them: <c>_plan</c>, which the first shard writes, <c>_shard-i</c> when shard i is done,
/// and <c>_manifest</c> when all are. Each file is written under another name and then renamed.
/// </summary>
internal sealed class DataSetFolder : IAsyncDisposable
{
    /// <summary>Is there as soon as all parts are; lists them.</summary>
    public const string ManifestName = "_manifest.json";

    private const string PlanName = "_plan.json";

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string _folder, _name;
    private readonly Shard _shard;
    private readonly FileStream _lock;

    private DataSetFolder(string folder, string name, Shard shard, FileStream held)
    {
        (_folder, _name, _shard, _lock) = (folder, name, shard, held);
        Parts = new(folder, Owner);
    }

    /// <summary>The parts' files.</summary>
    public ResultParts Parts { get; }

    // Whose what is left of a killed run is.
    private string Owner => $"shard-{_shard.Index}";

    /// <summary>Makes the folder, or finds it, and finds out whether it can be written.</summary>
    /// <exception cref="UserException">
    /// It cannot be written, has another number of shards, or another run makes this shard.
    /// </exception>
    public static async Task<DataSetFolder> OpenAsync(string folder, Shard shard, CancellationToken cancellation)
    {
        string full = Path.GetFullPath(folder);
        if (File.Exists(full))
            throw new UserException($"'{folder}' is a file: with --shard, name the folder of the data set to write.");
        OutputPath.PrepareFolder(full);
        // All that differs is told later; this needs neither model nor input.
        if (await ReadFileAsync<DataSetPlan>(Path.Combine(full, PlanName), cancellation) is { } begun && begun.Shards != shard.Count)
            throw Differs(folder, begun.ShardsMisfit(shard.Count)!);
        try
        {
            var held = new FileStream(
                Path.Combine(full, $"_shard-{shard.Index}.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None,
                bufferSize: 1, FileOptions.DeleteOnClose);
            return new(full, folder, shard, held);
        }
        catch (IOException e)
        {
            throw new UserException(
                $"Shard {shard.Index} of '{folder}' is being made by another run. Wait for its end, or name another folder.", e);
        }
    }

    /// <summary>Writes the plan, unless another shard has, and compares it with that one's.</summary>
    /// <exception cref="UserException">The data set was begun with another plan.</exception>
    public async Task AgreeAsync(DataSetPlan plan, CancellationToken cancellation)
    {
        await WriteAsync(PlanName, plan, overwrite: false, cancellation);
        DataSetPlan? begun = await ReadAsync<DataSetPlan>(PlanName, cancellation);
        string? misfit = begun is null ? "has a plan that cannot be read" : begun.Misfit(plan);
        if (misfit is not null)
            throw Differs(_name, misfit);
    }

    /// <summary>Takes back that this shard is done, before one of its parts is made anew.</summary>
    public void Reopen()
    {
        // In this order: another shard that still finds this one done has written its manifest before it is deleted here.
        File.Delete(PathOf(ShardName(_shard.Index)));
        File.Delete(PathOf(ManifestName));
    }

    /// <summary>Tells that this shard is done; whoever finds that all are writes the manifest.</summary>
    /// <returns>The number of shards that are done.</returns>
    public async Task<int> CompleteAsync(DataSetManifest shard, CancellationToken cancellation)
    {
        await WriteAsync(ShardName(_shard.Index), shard, overwrite: true, cancellation);
        WholeFile.Sweep(_folder, Owner);
        List<DataSetPart>? written = null;
        // Until a second look finds what the manifest says: a shard may be reopened after the first one.
        while (true)
        {
            (int done, List<DataSetPart> parts) = await CollectAsync(shard.Plan, cancellation);
            if (done == _shard.Count)
            {
                if (written is not null && written.SequenceEqual(parts))
                    return done;
                await WriteAsync(ManifestName, new DataSetManifest { Plan = shard.Plan, Parts = parts }, overwrite: true, cancellation);
                written = parts;
            }
            else if (written is null)
            {
                return done;
            }
            else
            {
                // The shard that was reopened may have found all done meanwhile, and this may delete its manifest: once more.
                File.Delete(PathOf(ManifestName));
                written = null;
            }
        }
    }

    public ValueTask DisposeAsync() => _lock.DisposeAsync();

    /// <summary>What a whole data set has; null where it is not whole yet.</summary>
    public static Task<DataSetManifest?> ReadManifestAsync(string folder, CancellationToken cancellation) =>
        ReadFileAsync<DataSetManifest>(Path.Combine(folder, ManifestName), cancellation);

    /// <summary>How many shards are done, and, where all are, their parts in the order of the rows.</summary>
    private async Task<(int Done, List<DataSetPart> Parts)> CollectAsync(DataSetPlan plan, CancellationToken cancellation)
    {
        // Each by its name: a list of a folder on a network may be older than the file that was written last.
        int there = Enumerable.Range(0, _shard.Count).Count(i => File.Exists(PathOf(ShardName(i))));
        var parts = new List<DataSetPart>();
        if (there < _shard.Count)
            return (there, parts);
        int done = 0;
        for (int i = 0; i < _shard.Count; i++)
        {
            if (await ReadAsync<DataSetManifest>(ShardName(i), cancellation) is not { } other || other.Plan.Misfit(plan) is not null)
                continue;
            parts.AddRange(other.Parts);
            done++;
        }
        parts.Sort((a, b) => a.Unit.CompareTo(b.Unit));
        return (done, parts);
    }

    private static UserException Differs(string name, string misfit) =>
        new($"The data set '{name}' {misfit}, name another folder, or delete this one.");

    private static string ShardName(int index) => $"_shard-{index}.json";

    private string PathOf(string name) => Path.Combine(_folder, name);

    private async Task WriteAsync<T>(string name, T content, bool overwrite, CancellationToken cancellation)
    {
        try
        {
            await WholeFile.WriteAsync(
                _folder, Owner, name, overwrite, stream => JsonSerializer.SerializeAsync(stream, content, _json, cancellation));
        }
        catch (IOException) when (!overwrite && File.Exists(PathOf(name)))
        {
            // Another shard was first.
        }
    }

    private Task<T?> ReadAsync<T>(string name, CancellationToken cancellation) => ReadFileAsync<T>(PathOf(name), cancellation);

    private static async Task<T?> ReadFileAsync<T>(string path, CancellationToken cancellation)
    {
        try
        {
            await using FileStream file = File.OpenRead(path);
            return await JsonSerializer.DeserializeAsync<T>(file, _json, cancellation);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return default;
        }
    }
}

using BatchScore;
using BatchScore.Models;
using BatchScore.Results;
using BatchScore.Sharding;
using BatchScore.Sources;
using Parquet;
using Parquet.Serialization;
using PictureScoring;

namespace Samples.Tests.BatchScoring;

/// <summary>A folder of drawn pictures, and runs over them with parts of four pictures.</summary>
internal sealed class BatchFolder(TrainedModel trained) : IDisposable
{
    public const int BatchSize = 4;

    private static readonly string[] _depths = ["", "in", "in/it"];

    public string Path { get; } = Directory.CreateTempSubdirectory("snnml-batch-").FullName;

    /// <summary>The pictures' folder.</summary>
    public string Pictures => In("pictures");

    /// <summary>What the runs have warned of.</summary>
    public List<string> Warnings { get; } = [];

    public string In(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Draws PNG files in three folders: <c>0.png, in/1.png, in/it/2.png, 3.png ...</c></summary>
    public void DrawPictures(int count)
    {
        var random = new Random(3);
        for (int i = 0; i < count; i++)
        {
            string folder = System.IO.Path.Combine(Pictures, _depths[i % _depths.Length]);
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(System.IO.Path.Combine(folder, $"{i}.png"), TrainedModel.Draw(TrainedModel.Classes[i % 3], random));
        }
    }

    /// <summary>Writes the pictures into a Parquet file.</summary>
    public async Task<ParquetSource> StoreAsync(string name, int rowGroupSize)
    {
        StoredPicture[] stored = [.. Directory.EnumerateFiles(Pictures, "*", SearchOption.AllDirectories)
            .Select(file => new StoredPicture { Name = System.IO.Path.GetRelativePath(Pictures, file), Image = File.ReadAllBytes(file) })
            .OrderBy(row => row.Name!.Length).ThenBy(row => row.Name, StringComparer.Ordinal)];
        await ParquetSerializer.SerializeAsync(stored, In(name), new ParquetOptions { RowGroupSize = rowGroupSize });
        return Source(name);
    }

    /// <summary>The pictures of such a file.</summary>
    public ParquetSource Source(string name) => new(In(name), nameof(StoredPicture.Image), nameof(StoredPicture.Name));

    public async Task<BatchSummary> RunAsync(
        IPictureSource? source = null, string output = "scores.parquet", Action<int>? progress = null,
        CancellationToken cancellation = default, string? modelPath = null, bool hashInput = false)
    {
        PictureModel model = PictureModel.Load(modelPath ?? trained.Path);
        await using ResultFile result = ResultFile.Open(In(output), overwrite: true);
        var run = new BatchRun(new PictureRows(model), modelPath ?? "first", source ?? new FolderSource(Pictures), result, threads: 2)
        {
            BatchSize = BatchSize, HashInput = hashInput,
        };
        return await run.RunAsync(progress ?? (_ => { }), Warnings.Add, cancellation);
    }

    /// <summary>Makes one shard of a data set.</summary>
    public async Task<ShardSummary> RunShardAsync(
        IUnitSource source, Shard shard, string folder = "scores", string modelHash = "first", IBatchModel? model = null,
        bool hashInput = false)
    {
        await using DataSetFolder result = await DataSetFolder.OpenAsync(In(folder), shard, default);
        var run = new ShardRun(model ?? new PictureRows(PictureModel.Load(trained.Path)), modelHash, source, result, shard, threads: 1)
        {
            HashInput = hashInput,
        };
        return await run.RunAsync(_ => { }, Warnings.Add, default);
    }

    /// <summary>All rows of a data set, which is whole, in their order.</summary>
    public async Task<List<ScoredPicture>> ReadDataSetAsync(string folder = "scores")
    {
        DataSetManifest? manifest = await DataSetFolder.ReadManifestAsync(In(folder), default);
        Assert.NotNull(manifest);
        Assert.Equal(Enumerable.Range(0, manifest.Plan.Units), manifest.Parts.Select(part => part.Unit));
        var rows = new List<ScoredPicture>();
        foreach (DataSetPart part in manifest.Parts)
        {
            IList<ScoredPicture> some = (await ReadAsync(System.IO.Path.Combine(folder, part.File))).Rows;
            Assert.Equal(part.Rows, some.Count);
            rows.AddRange(some);
        }
        return rows;
    }

    /// <summary>Runs until a number of parts is there.</summary>
    public async Task StopAfterAsync(int parts, IPictureSource? source = null, string output = "scores.parquet")
    {
        using var stop = new CancellationTokenSource();
        int done = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(
            source, output, pictures =>
            {
                if (Interlocked.Add(ref done, pictures) > parts * BatchSize)
                    stop.Cancel();
            }, stop.Token));
        Assert.Equal(parts, Parts(output).Length);
        Warnings.Clear();
    }

    /// <summary>The parts of an unfinished result, in order.</summary>
    public string[] Parts(string output = "scores.parquet") =>
        [.. Directory.GetFiles(In(output + ".parts"), "*.parquet").Order(StringComparer.Ordinal)];

    public async Task<(IList<ScoredPicture> Rows, IReadOnlyDictionary<string, string> Metadata)> ReadAsync(string name = "scores.parquet")
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(In(name));
        Assert.Equal(["path", "label", "scores.list.element", "error"],
            reader.Schema.GetDataFields().Select(field => string.Join('.', field.Path.ToList())));
        var rows = await ParquetSerializer.DeserializeAsync<ScoredPicture>(In(name));
        return (rows.Data, reader.CustomMetadata);
    }

    /// <summary>Fails unless two results have the same rows.</summary>
    public async Task AssertSameRowsAsync(string expected, string actual) =>
        Assert.Equal((await ReadAsync(expected)).Rows.Select(Describe), (await ReadAsync(actual)).Rows.Select(Describe));

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public static string Describe(ScoredPicture row) => $"{row.Path} {row.Label} {row.Error} {string.Join(' ', row.Scores ?? [])}";
}

/// <summary>A row of a Parquet file of pictures.</summary>
internal sealed class StoredPicture
{
    public string? Name { get; set; }

    public byte[]? Image { get; set; }
}

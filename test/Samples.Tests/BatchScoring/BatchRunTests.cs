using BatchScore;
using BatchScore.Results;
using BatchScore.Sources;
using Microsoft.ML;
using Microsoft.ML.Data;
using Parquet;
using Parquet.Schema;
using Parquet.Serialization;
using PictureScoring;

namespace Samples.Tests.BatchScoring;

public sealed class BatchRunTests : IDisposable
{
    private readonly TrainedModel _trained;
    private readonly string _folder;
    private readonly string _pictures;
    private static readonly string[] _depths = ["", "in", "in/it"];

    public BatchRunTests(TrainedModel trained)
    {
        _trained = trained;
        _folder = Directory.CreateTempSubdirectory("snnml-batch-").FullName;
        _pictures = Path.Combine(_folder, "pictures");
    }

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Stored
    {
        public string? Name { get; set; }

        public byte[]? Image { get; set; }
    }

    private sealed class NestedRow
    {
        public Nested? Image { get; set; }
    }

    private sealed class Nested
    {
        public byte[]? Bytes { get; set; }
    }

    /// <summary>Counts what is taken from a source, and what of it is read.</summary>
    private sealed class WatchedSource(IPictureSource inner) : IPictureSource
    {
        private int _taken, _read;

        public int Taken => _taken;

        public int Read => _read;

        public Task<long> CountAsync(CancellationToken cancellation) => inner.CountAsync(cancellation);

        public IAsyncEnumerable<PictureEntry> ReadAsync(CancellationToken cancellation) => inner.ReadAsync(cancellation).Select(entry =>
        {
            Interlocked.Increment(ref _taken);
            return entry with
            {
                ReadAsync = () =>
                {
                    Interlocked.Increment(ref _read);
                    return entry.ReadAsync();
                },
            };
        });
    }

    [Fact]
    public async Task A_row_a_picture_in_order_with_the_models_scores()
    {
        DrawPictures(10);
        BatchSummary summary = await RunAsync(new FolderSource(_pictures), "scores.parquet");
        (IList<ScoredPicture> rows, IReadOnlyDictionary<string, string> metadata) = await ReadAsync("scores.parquet");

        Assert.Equal((10, 0, 0), (summary.Scored, summary.Earlier, summary.Unreadable));
        Assert.Equal("""["blue","green","red"]""", metadata["classes"]);
        string[] paths = [.. rows.Select(row => row.Path)];
        Assert.Equal(
            ["0.png", "3.png", "6.png", "9.png", "in/1.png", "in/4.png", "in/7.png", "in/it/2.png", "in/it/5.png", "in/it/8.png"], paths);

        var context = new MLContext();
        IDataView expected = context.Model.Load(_trained.Path, out _).Transform(
            context.Data.LoadFromEnumerable(paths.Select(path => new Row { ImagePath = Path.Combine(_pictures, path) })));
        Assert.Equal(expected.GetColumn<float[]>("Score"), rows.Select(row => row.Scores!.ToArray()));
        Assert.Equal(expected.GetColumn<string>("PredictedClass"), rows.Select(row => row.Label));
        Assert.All(rows, row => Assert.Null(row.Error));
    }

    [Fact]
    public async Task Bad_pictures_get_an_error_and_spoil_no_other()
    {
        DrawPictures(6);
        File.WriteAllText(Path.Combine(_pictures, "1text.jpg"), "text");
        File.WriteAllBytes(Path.Combine(_pictures, "2empty.png"), []);
        File.WriteAllText(Path.Combine(_pictures, "notes.txt"), "no picture by its name");
        BatchSummary summary = await RunAsync(new FolderSource(_pictures), "scores.parquet");
        (IList<ScoredPicture> rows, _) = await ReadAsync("scores.parquet");

        Assert.Equal((8, 2), (summary.Scored, summary.Unreadable));
        Assert.Equal(["1text.jpg", "2empty.png"], rows.Where(row => row.Error is not null).Select(row => row.Path));
        Assert.All(rows.Where(row => row.Error is not null), row => Assert.True(row.Label is null && row.Scores is null));
        Assert.All(rows.Where(row => row.Error is null), row => Assert.Equal(1, row.Scores!.Sum(), 4));
    }

    [Fact]
    public async Task A_Parquet_file_of_pictures_gives_what_the_folder_gives()
    {
        DrawPictures(9);
        string input = Path.Combine(_folder, "pictures.parquet");
        Stored[] stored = [.. Directory.EnumerateFiles(_pictures, "*", SearchOption.AllDirectories)
            .Select(file => new Stored { Name = Path.GetRelativePath(_pictures, file), Image = File.ReadAllBytes(file) })
            .OrderBy(row => row.Name!.Length).ThenBy(row => row.Name, StringComparer.Ordinal)];
        await ParquetSerializer.SerializeAsync(stored, input, new ParquetOptions { RowGroupSize = 4 });

        await RunAsync(new FolderSource(_pictures), "folder.parquet");
        await RunAsync(new ParquetSource(input, nameof(Stored.Image), nameof(Stored.Name)), "file.parquet");
        (IList<ScoredPicture> expected, _) = await ReadAsync("folder.parquet");
        (IList<ScoredPicture> rows, _) = await ReadAsync("file.parquet");
        Assert.Equal(expected.Select(Describe), rows.Select(Describe));
        Assert.Equal(9, await new ParquetSource(input, nameof(Stored.Image), null).CountAsync(default));
    }

    [Fact]
    public async Task Columns_in_structures_are_read_and_nulls_reported()
    {
        string input = Path.Combine(_folder, "nested.parquet");
        var random = new Random(1);
        NestedRow red = new() { Image = new() { Bytes = TrainedModel.Draw("red", random) } };
        NestedRow blue = new() { Image = new() { Bytes = TrainedModel.Draw("blue", random) } };
        await ParquetSerializer.SerializeAsync<NestedRow>([red, new(), blue], input);
        await RunAsync(new ParquetSource(input, "Image.Bytes", null), "scores.parquet");
        (IList<ScoredPicture> rows, _) = await ReadAsync("scores.parquet");
        Assert.Equal(["row 0", "row 1", "row 2"], rows.Select(row => row.Path));
        Assert.Equal(["red", null, "blue"], rows.Select(row => row.Label));
        Assert.Contains("null", rows[1].Error);
    }

    [Fact]
    public async Task A_stopped_run_goes_on_behind_its_last_batch_to_the_same_result()
    {
        DrawPictures(10);
        await RunAsync(new FolderSource(_pictures), "whole.parquet");

        using var stop = new CancellationTokenSource();
        int done = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(
            new FolderSource(_pictures), "stopped.parquet", pictures =>
            {
                if (Interlocked.Add(ref done, pictures) == 6)
                    stop.Cancel();
            }, stop.Token));
        Assert.False(File.Exists(Path.Combine(_folder, "stopped.parquet")));

        var source = new WatchedSource(new FolderSource(_pictures));
        BatchSummary summary = await RunAsync(source, "stopped.parquet");
        Assert.Equal((6, 4), (summary.Scored, summary.Earlier));
        Assert.Equal(6, source.Read);
        (IList<ScoredPicture> expected, _) = await ReadAsync("whole.parquet");
        (IList<ScoredPicture> rows, _) = await ReadAsync("stopped.parquet");
        Assert.Equal(expected.Select(Describe), rows.Select(Describe));
        Assert.Equal(
            ["stopped.parquet", "whole.parquet"],
            Directory.EnumerateFileSystemEntries(_folder, "*.parquet*").Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Rows_of_another_model_or_of_other_pictures_are_not_mixed_in()
    {
        DrawPictures(10);
        await StopAfterFirstBatchAsync();
        File.Delete(Path.Combine(_pictures, "3.png"));
        Assert.Contains("other pictures", (await Assert.ThrowsAsync<InvalidDataException>(
            () => RunAsync(new FolderSource(_pictures), "scores.parquet"))).Message);

        DrawPictures(10);
        string otherModel = Path.Combine(_folder, "other.zip");
        _trained.Train(otherModel, seed: 2);
        Assert.Contains("another model", (await Assert.ThrowsAsync<InvalidDataException>(
            () => RunAsync(new FolderSource(_pictures), "scores.parquet", modelPath: otherModel))).Message);
    }

    [Fact]
    public async Task Pictures_are_taken_a_batch_at_a_time()
    {
        DrawPictures(10);
        var source = new WatchedSource(new FolderSource(_pictures));
        int most = 0;
        await RunAsync(source, "scores.parquet", _ => most = Math.Max(most, source.Taken - source.Read));
        Assert.InRange(most, 1, 4);     // no more than a batch is held
    }

    [Fact]
    public async Task A_source_without_pictures_gives_a_file_without_rows()
    {
        Directory.CreateDirectory(_pictures);
        await RunAsync(new FolderSource(_pictures), "scores.parquet");
        (IList<ScoredPicture> rows, _) = await ReadAsync("scores.parquet");
        Assert.Empty(rows);
    }

    [Fact]
    public async Task A_column_that_is_not_there_is_named_with_those_that_are()
    {
        string input = Path.Combine(_folder, "pictures.parquet");
        await ParquetSerializer.SerializeAsync<Stored>([new() { Name = "a", Image = [1] }], input);
        Assert.Contains("'image' of binary values. Its columns are Name, Image.", (await Assert.ThrowsAsync<InvalidDataException>(
            () => RunAsync(new ParquetSource(input, "image", null), "scores.parquet"))).Message);
        File.WriteAllText(input, "text");
        Assert.Contains("pictures.parquet' is not a Parquet file", (await Assert.ThrowsAsync<InvalidDataException>(
            () => RunAsync(new ParquetSource(input, "image", null), "scores.parquet"))).Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void DrawPictures(int count)
    {
        var random = new Random(3);
        for (int i = 0; i < count; i++)
        {
            string folder = Path.Combine(_pictures, _depths[i % _depths.Length]);
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, $"{i}.png"), TrainedModel.Draw(TrainedModel.Classes[i % 3], random));
        }
    }

    private async Task StopAfterFirstBatchAsync()
    {
        using var stop = new CancellationTokenSource();
        int done = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(
            new FolderSource(_pictures), "scores.parquet", pictures =>
            {
                if (Interlocked.Add(ref done, pictures) > 4)
                    stop.Cancel();
            }, stop.Token));
    }

    private async Task<BatchSummary> RunAsync(
        IPictureSource source, string output, Action<int>? progress = null, CancellationToken cancellation = default,
        string? modelPath = null)
    {
        PictureModel model = PictureModel.Load(modelPath ?? _trained.Path);
        var result = new ResultFile(Path.Combine(_folder, output), modelPath ?? "first", model.Classes);
        return await new BatchRun(model, source, result, threads: 2) { BatchSize = 4 }.RunAsync(progress ?? (_ => { }), cancellation);
    }

    private async Task<(IList<ScoredPicture> Rows, IReadOnlyDictionary<string, string> Metadata)> ReadAsync(string name)
    {
        string path = Path.Combine(_folder, name);
        await using ParquetReader reader = await ParquetReader.CreateAsync(path);
        Assert.Equal(["path", "label", "scores.list.element", "error"],
            reader.Schema.GetDataFields().Select(field => string.Join('.', field.Path.ToList())));
        var rows = await ParquetSerializer.DeserializeAsync<ScoredPicture>(path);
        return (rows.Data, reader.CustomMetadata);
    }

    private static string Describe(ScoredPicture row) => $"{row.Path} {row.Label} {row.Error} {string.Join(' ', row.Scores ?? [])}";
}

using BatchScore;
using BatchScore.Results;
using BatchScore.Sources;
using Microsoft.ML;
using Microsoft.ML.Data;
using Parquet;
using Parquet.Serialization;
using PictureScoring;

namespace Samples.Tests.BatchScoring;

public sealed class BatchRunTests(TrainedModel trained) : IDisposable
{
    private readonly BatchFolder _folder = new(trained);

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";
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

        public string Settings => inner.Settings;

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
        _folder.DrawPictures(10);
        BatchSummary summary = await _folder.RunAsync();
        (IList<ScoredPicture> rows, IReadOnlyDictionary<string, string> metadata) = await _folder.ReadAsync();

        Assert.Equal((10, 0, 0), (summary.Scored, summary.Earlier, summary.Unreadable));
        Assert.Equal("""["blue","green","red"]""", metadata["classes"]);
        string[] paths = [.. rows.Select(row => row.Path)];
        Assert.Equal(
            ["0.png", "3.png", "6.png", "9.png", "in/1.png", "in/4.png", "in/7.png", "in/it/2.png", "in/it/5.png", "in/it/8.png"], paths);

        var context = new MLContext();
        IDataView expected = context.Model.Load(trained.Path, out _).Transform(
            context.Data.LoadFromEnumerable(paths.Select(path => new Row { ImagePath = Path.Combine(_folder.Pictures, path) })));
        Assert.Equal(expected.GetColumn<float[]>("Score"), rows.Select(row => row.Scores!.ToArray()));
        Assert.Equal(expected.GetColumn<string>("PredictedClass"), rows.Select(row => row.Label));
        Assert.All(rows, row => Assert.Null(row.Error));
    }

    [Fact]
    public async Task Bad_pictures_get_an_error_and_spoil_no_other()
    {
        _folder.DrawPictures(6);
        File.WriteAllText(Path.Combine(_folder.Pictures, "1text.jpg"), "text");
        File.WriteAllBytes(Path.Combine(_folder.Pictures, "2empty.png"), []);
        File.WriteAllText(Path.Combine(_folder.Pictures, "notes.txt"), "no picture by its name");
        BatchSummary summary = await _folder.RunAsync();
        (IList<ScoredPicture> rows, _) = await _folder.ReadAsync();

        Assert.Equal((8, 2), (summary.Scored, summary.Unreadable));
        Assert.Equal(["1text.jpg", "2empty.png"], rows.Where(row => row.Error is not null).Select(row => row.Path));
        Assert.All(rows.Where(row => row.Error is not null), row => Assert.True(row.Label is null && row.Scores is null));
        Assert.All(rows.Where(row => row.Error is null), row => Assert.Equal(1, row.Scores!.Sum(), 4));
    }

    [Fact]
    public async Task A_Parquet_file_of_pictures_gives_what_the_folder_gives()
    {
        _folder.DrawPictures(9);
        ParquetSource source = await _folder.StoreAsync("pictures.parquet", rowGroupSize: 4);

        await _folder.RunAsync(output: "folder.parquet");
        await _folder.RunAsync(source, "file.parquet");
        await _folder.AssertSameRowsAsync("folder.parquet", "file.parquet");
        Assert.Equal(9, await source.CountAsync(default));
    }

    [Fact]
    public async Task Columns_in_structures_are_read_and_nulls_reported()
    {
        string input = _folder.In("nested.parquet");
        var random = new Random(1);
        NestedRow red = new() { Image = new() { Bytes = TrainedModel.Draw("red", random) } };
        NestedRow blue = new() { Image = new() { Bytes = TrainedModel.Draw("blue", random) } };
        await ParquetSerializer.SerializeAsync<NestedRow>([red, new(), blue], input);
        await _folder.RunAsync(new ParquetSource(input, "Image.Bytes", null));
        (IList<ScoredPicture> rows, _) = await _folder.ReadAsync();
        Assert.Equal(["row 0", "row 1", "row 2"], rows.Select(row => row.Path));
        Assert.Equal(["red", null, "blue"], rows.Select(row => row.Label));
        Assert.Contains("null", rows[1].Error);
    }

    [Fact]
    public async Task A_stopped_run_goes_on_behind_its_last_batch_to_the_same_result()
    {
        _folder.DrawPictures(10);
        await _folder.RunAsync(output: "whole.parquet");

        await _folder.StopAfterAsync(parts: 1, output: "stopped.parquet");
        Assert.False(File.Exists(_folder.In("stopped.parquet")));

        var source = new WatchedSource(new FolderSource(_folder.Pictures));
        BatchSummary summary = await _folder.RunAsync(source, "stopped.parquet");
        Assert.Equal((6, 4), (summary.Scored, summary.Earlier));
        Assert.Equal(6, source.Read);
        Assert.Empty(_folder.Warnings);
        await _folder.AssertSameRowsAsync("whole.parquet", "stopped.parquet");
        Assert.Equal(
            ["stopped.parquet", "whole.parquet"],
            Directory.EnumerateFileSystemEntries(_folder.Path, "*.parquet*").Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Pictures_are_taken_a_batch_at_a_time()
    {
        _folder.DrawPictures(10);
        var source = new WatchedSource(new FolderSource(_folder.Pictures));
        int most = 0;
        await _folder.RunAsync(source, progress: _ => most = Math.Max(most, source.Taken - source.Read));
        Assert.InRange(most, 1, 4);     // no more than a batch is held
    }

    [Fact]
    public async Task A_source_without_pictures_gives_a_file_without_rows()
    {
        Directory.CreateDirectory(_folder.Pictures);
        await _folder.RunAsync();
        (IList<ScoredPicture> rows, _) = await _folder.ReadAsync();
        Assert.Empty(rows);
    }

    public void Dispose() => _folder.Dispose();
}

using BatchScore.Models;
using BatchScore.Results;
using BatchScore.Sharding;
using BatchScore.Sources;
using Microsoft.ML;
using Microsoft.ML.Data;
using SampleApp;

namespace Samples.Tests.BatchScoring;

/// <summary>Runs in shards: any number of them makes the same rows as one process into one file.</summary>
public sealed class DataSetTests(TrainedModel trained, TrainedEventModel trainedOfEvents) : IDisposable
{
    private readonly BatchFolder _folder = new(trained);

    private FolderSource Pictures => new(_folder.Pictures) { UnitSize = 3 };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(9)]
    public async Task Any_number_of_shards_makes_the_rows_of_one_file(int shards)
    {
        _folder.DrawPictures(17);
        File.WriteAllText(Path.Combine(_folder.Pictures, "1text.jpg"), "text");
        await _folder.RunAsync();
        // The last one first: none waits for another.
        for (int index = shards - 1; index >= 0; index--)
        {
            Assert.Null(await DataSetFolder.ReadManifestAsync(_folder.In("scores"), default));
            ShardSummary summary = await _folder.RunShardAsync(Pictures, new(index, shards));
            Assert.Equal(shards - index, summary.ShardsDone);
        }
        List<ScoredPicture> rows = await _folder.ReadDataSetAsync();
        Assert.Equal((await _folder.ReadAsync()).Rows.Select(BatchFolder.Describe), rows.Select(BatchFolder.Describe));
        Assert.Single(rows, row => row.Error is not null);
        Assert.Empty(Directory.GetFiles(_folder.In("scores"), "*.tmp"));
    }

    [Fact]
    public async Task A_folder_of_Parquet_files_is_shared_out_by_row_groups()
    {
        _folder.DrawPictures(17);
        Directory.CreateDirectory(_folder.In("files/in"));
        await _folder.StoreAsync("files/a.parquet", rowGroupSize: 4);
        File.Copy(_folder.In("files/a.parquet"), _folder.In("files/in/b.parquet"));
        var source = new ParquetFolderSource(_folder.In("files"), nameof(StoredPicture.Image), pathColumn: null);
        Assert.Equal(34, await source.CountAsync(default));
        await _folder.RunAsync(source);
        for (int index = 0; index < 4; index++)
            Assert.Equal(index < 2 ? 3 : 2, (await _folder.RunShardAsync(source, new(index, 4))).Parts);
        List<ScoredPicture> rows = await _folder.ReadDataSetAsync();
        Assert.Equal((await _folder.ReadAsync()).Rows.Select(BatchFolder.Describe), rows.Select(BatchFolder.Describe));
        Assert.Equal(
            [.. Enumerable.Range(0, 17).Select(row => $"a.parquet, row {row}"),
                .. Enumerable.Range(0, 17).Select(row => $"in/b.parquet, row {row}")],
            rows.Select(row => row.Path));
    }

    [Fact]
    public async Task Recordings_get_the_scores_of_their_models_own_pipeline()
    {
        string recordings = Path.Combine(trainedOfEvents.Folder, "recordings");
        Assert.Same(SourceKind.Recordings, SourceKind.Of(recordings, default));
        var model = new RecordingRows("model.zip", File.ReadAllBytes(trainedOfEvents.Path));
        var source = new FolderSource(recordings, SourceKind.Recordings) { UnitSize = 4 };
        for (int index = 0; index < 2; index++)
            await _folder.RunShardAsync(source, new(index, 2), model: model);
        List<ScoredPicture> rows = await _folder.ReadDataSetAsync();
        var context = new MLContext();
        IDataView expected = context.Model.Load(trainedOfEvents.Path, out _).Transform(context.Data.LoadFromEnumerable(
            rows.Select(row => new Recording { Path = Path.Combine(recordings, row.Path) })));
        Assert.Equal(trainedOfEvents.Recordings.Count, rows.Count);
        Assert.Equal(expected.GetColumn<float[]>("Score"), rows.Select(row => row.Scores!.ToArray()));
        Assert.Throws<UnreadableRowException>(() => model.CreateScorer().Score([1, 2, 3]));
    }

    [Fact]
    public async Task Parts_that_are_whole_stay_and_others_are_made_again()
    {
        _folder.DrawPictures(12);
        for (int index = 0; index < 2; index++)
            await _folder.RunShardAsync(Pictures, new(index, 2));
        string[] before = Files();
        ShardSummary again = await _folder.RunShardAsync(Pictures, new(0, 2));
        Assert.Equal((0, 6, 2, 2), (again.Rows.Scored, again.Rows.Earlier, again.Parts, again.ShardsDone));
        Assert.Equal(before, Files());

        string part = Directory.GetFiles(_folder.In("scores"), "00000002.*.parquet").Single();
        byte[] damaged = File.ReadAllBytes(part);
        damaged[damaged.Length / 2] ^= 1;
        File.WriteAllBytes(part, damaged);
        again = await _folder.RunShardAsync(Pictures, new(0, 2));
        Assert.Equal((3, 3), (again.Rows.Scored, again.Rows.Earlier));
        Assert.Contains("its checksum is another", Assert.Single(_folder.Warnings));
        Assert.Equal(12, (await _folder.ReadDataSetAsync()).Count);

        // A shard that makes a part again is not done until all of it is there.
        File.Delete(Directory.GetFiles(_folder.In("scores"), "00000001.*.parquet").Single());
        await Assert.ThrowsAsync<UserException>(() => _folder.RunShardAsync(new FailingSource(Pictures, failingUnit: 3), new(1, 2)));
        Assert.Null(await DataSetFolder.ReadManifestAsync(_folder.In("scores"), default));
        Assert.Equal(1, (await _folder.RunShardAsync(Pictures, new(0, 2))).ShardsDone);
        Assert.Equal(2, (await _folder.RunShardAsync(Pictures, new(1, 2))).ShardsDone);
        Assert.Equal(12, (await _folder.ReadDataSetAsync()).Count);

        string[] Files() => [.. Directory.GetFiles(_folder.In("scores")).Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetFileName(file)} {Convert.ToHexString(File.ReadAllBytes(file))}")];
    }

    [Fact]
    public async Task What_does_not_go_with_the_data_set_is_refused_with_what_to_do()
    {
        _folder.DrawPictures(12);
        await _folder.RunShardAsync(Pictures, new(0, 2));
        string[] before = [.. Directory.GetFiles(_folder.In("scores")).Order()];
        await RefusedAsync(
            "is one of 2 shards, and this run is one of 4. Give --shard i/2", () => _folder.RunShardAsync(Pictures, new(0, 4)));
        await RefusedAsync("another model", () => _folder.RunShardAsync(Pictures, new(1, 2), modelHash: "second"));
        var recordings = new FolderSource(_folder.Pictures, SourceKind.Pictures) { UnitSize = 3 };
        await RefusedAsync("other settings", () => _folder.RunShardAsync(recordings, new(1, 2)));
        File.Move(Path.Combine(_folder.Pictures, "3.png"), Path.Combine(_folder.Pictures, "3b.png"));
        await RefusedAsync("other input", () => _folder.RunShardAsync(Pictures, new(1, 2)));
        Assert.Equal(before, Directory.GetFiles(_folder.In("scores")).Order());

        await using (await DataSetFolder.OpenAsync(_folder.In("scores"), new(1, 2), default))
        {
            UserException e = await Assert.ThrowsAsync<UserException>(
                () => DataSetFolder.OpenAsync(_folder.In("scores"), new(1, 2), default));
            Assert.Contains("Wait for its end", e.Message);
        }
        File.WriteAllText(_folder.In("file"), "");
        await Assert.ThrowsAsync<UserException>(() => DataSetFolder.OpenAsync(_folder.In("file"), new(0, 2), default));

        async Task RefusedAsync(string message, Func<Task> run)
        {
            string refused = (await Assert.ThrowsAsync<UserException>(run)).Message;
            Assert.Contains(message, refused);
            Assert.Contains("name another folder", refused);
        }
    }

    [Fact]
    public void A_folder_of_Parquet_files_and_pictures_is_refused()
    {
        _folder.DrawPictures(1);
        Assert.Same(SourceKind.Pictures, SourceKind.Of(_folder.Pictures, default));
        File.WriteAllText(Path.Combine(_folder.Pictures, "more.parquet"), "");
        Assert.Contains("of one kind", Assert.Throws<UserException>(() => SourceKind.Of(_folder.Pictures, default)).Message);
    }

    public void Dispose() => _folder.Dispose();

    private sealed class Recording
    {
        public string Path { get; set; } = "";

        // The model's first step maps it.
        public string Label { get; set; } = "";
    }

    /// <summary>A source of which one unit cannot be read.</summary>
    private sealed class FailingSource(IUnitSource inner, int failingUnit) : IUnitSource
    {
        public string Settings => inner.Settings;

        public string Emptiness => inner.Emptiness;

        public IAsyncEnumerable<SourceUnit> ListAsync(CancellationToken cancellation) => inner.ListAsync(cancellation).Select(
            (unit, index) => index != failingUnit ? unit
                : unit with { ReadAsync = () => throw new UserException("It cannot be read.") });
    }
}

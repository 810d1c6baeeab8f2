using System.Text.RegularExpressions;
using BatchScore.Models;
using BatchScore.Results;
using BatchScore.Sharding;
using BatchScore.Sources;
using SampleApp;
using Samples.Tests.TrainingAndScoring;

namespace Samples.Tests.BatchScoring;

/// <summary>What goes wrong around a run in shards: a data set is whole with each row once, or is not called whole.</summary>
public sealed class ShardFaultTests(TrainedModel trained) : IDisposable
{
    private const int Units = 4;

    private readonly BatchFolder _folder = new(trained);

    private FolderSource Pictures => new(_folder.Pictures) { UnitSize = 3 };

    [Theory]
    [InlineData("00.png", null)]                    // every unit is another
    [InlineData("in/it/9.png", "in/it/8.png")]      // one of the other shard alone is
    [InlineData("zz/0.png", null)]                  // there is one more
    [InlineData(null, "zy/0.png")]                  // one of this shard is gone
    public async Task Input_that_changes_during_the_run_leaves_the_shard_undone(string? added, string? removed)
    {
        _folder.DrawPictures(3 * Units);
        string kept = _folder.In("kept.png");
        Directory.CreateDirectory(In("zz"));
        if (removed is not null && !File.Exists(In(removed)))
            File.Copy(In("0.png"), Path.Combine(Directory.CreateDirectory(In("zy")).FullName, "0.png"));
        await _folder.RunAsync();
        var source = new ChangingSource(Pictures, () =>
        {
            if (removed is not null)
                File.Move(In(removed), kept);
            if (added is not null)
                File.Copy(removed is null ? In("0.png") : kept, In(added));
        });
        UserException e = await Assert.ThrowsAsync<UserException>(() => _folder.RunShardAsync(source, new(0, 2)));
        Assert.Contains("The input was changed", e.Message);
        Assert.False(File.Exists(_folder.In("scores/_shard-0.json")));

        if (added is not null)
            File.Delete(In(added));
        if (removed is not null)
            File.Move(kept, In(removed));
        Assert.Equal(1, (await _folder.RunShardAsync(Pictures, new(0, 2))).ShardsDone);
        await _folder.RunShardAsync(Pictures, new(1, 2));
        await AssertRowsOfOneFileAsync();
    }

    [Fact]
    public async Task What_killed_runs_have_left_does_not_stay_beside_the_parts()
    {
        _folder.DrawPictures(3 * Units);
        await _folder.RunShardAsync(Pictures, new(0, 1));
        string first = Directory.GetFiles(_folder.In("scores"), "00000000.*.parquet").Single();
        byte[] replaced = File.ReadAllBytes(first);
        File.WriteAllText(In("0.png"), "text");
        await _folder.RunShardAsync(Pictures, new(0, 1));
        Assert.False(File.Exists(first));

        // As if that run had been killed between the part's new name and the removal of the old one, and a later one within a part.
        File.WriteAllBytes(first, replaced);
        string unfinished = _folder.In($"scores/_shard-0.{Guid.NewGuid():N}.tmp");
        File.WriteAllBytes(unfinished, replaced[..100]);
        ShardSummary summary = await _folder.RunShardAsync(Pictures, new(0, 1));
        Assert.Equal(3 * Units, summary.Rows.Earlier);
        Assert.Equal(Units, Directory.GetFiles(_folder.In("scores"), "*.parquet").Length);
        Assert.False(File.Exists(first));
        Assert.False(File.Exists(unfinished));
        Assert.NotNull((await _folder.ReadDataSetAsync())[0].Error);
    }

    [Fact]
    public async Task Two_runs_that_no_lock_keeps_apart_write_no_common_file()
    {
        Directory.CreateDirectory(_folder.In("parts"));
        var origin = new PartOrigin("model", "settings", "stamps", "contents");
        ScoredPicture[] rows = [.. Enumerable.Range(0, 10_000).Select(i => new ScoredPicture { Path = $"{i}", Label = "red" })];
        string[] names = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () => new ResultParts(_folder.In("parts"), "shard-0").WriteAsync(0, rows, origin, default))));
        Assert.Single(names.Distinct());
        Assert.Equal(names[..1], Directory.GetFiles(_folder.In("parts")).Select(Path.GetFileName));
        Assert.Equal(rows.Length, (await _folder.ReadAsync($"parts/{names[0]}")).Rows.Count);
    }

    [Fact]
    public async Task A_folder_without_anything_to_score_is_no_data_set()
    {
        Directory.CreateDirectory(_folder.Pictures);
        File.WriteAllText(In("notes.md"), "");
        UserException e = await Assert.ThrowsAsync<UserException>(() => _folder.RunShardAsync(Pictures, new(0, 1)));
        Assert.All([_folder.Pictures, ".png", ".aedat4", ".parquet", "mounted"], part => Assert.Contains(part, e.Message));
        Assert.Empty(Directory.GetFiles(_folder.In("scores")));
        // And it is none later, when the disk is there.
        _folder.DrawPictures(3);
        Assert.Equal(1, (await _folder.RunShardAsync(Pictures, new(0, 1))).ShardsDone);
    }

    [Fact]
    public async Task A_read_that_fails_for_a_moment_is_tried_again()
    {
        _folder.DrawPictures(3 * Units);
        await _folder.RunAsync();
        var source = new UnreadableSource(Pictures, "3.png", failures: 2);
        Assert.Equal(1, (await _folder.RunShardAsync(source, new(0, 1))).ShardsDone);
        await AssertRowsOfOneFileAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rows_that_could_not_be_read_leave_the_shard_undone(bool hashInput)
    {
        _folder.DrawPictures(3 * Units);
        File.WriteAllText(In("00text.png"), "text");
        await _folder.RunAsync();
        var source = new UnreadableSource(Pictures, "3.png", failures: int.MaxValue);
        // The second time the part with the row is there.
        for (int run = 0; run < 2; run++)
        {
            UserException e = await Assert.ThrowsAsync<UserException>(
                () => _folder.RunShardAsync(source, new(0, 1), hashInput: hashInput));
            Assert.Contains("1 rows could not be read, the first of them 3.png: Input/output error.", e.Message);
            Assert.False(File.Exists(_folder.In("scores/_shard-0.json")));
        }
        ShardSummary summary = await _folder.RunShardAsync(Pictures, new(0, 1), hashInput: hashInput);
        Assert.Equal((3, 3 * Units + 1 - 3, 1), (summary.Rows.Scored, summary.Rows.Earlier, summary.ShardsDone));
        await AssertRowsOfOneFileAsync();
    }

    [Fact]
    public async Task A_file_beyond_all_arrays_is_a_row_with_an_error()
    {
        _folder.DrawPictures(2);
        using (FileStream large = File.Create(In("large.png")))
            large.SetLength((long)Array.MaxLength + 1);
        ShardSummary summary = await _folder.RunShardAsync(Pictures, new(0, 1));
        Assert.Equal((1, 1), (summary.Rows.Unreadable, summary.ShardsDone));
        Assert.Contains("are the most", (await _folder.ReadDataSetAsync())[1].Error);
    }

    [Fact]
    public async Task What_ends_the_run_names_its_row()
    {
        _folder.DrawPictures(3);
        UserException e = await Assert.ThrowsAsync<UserException>(
            () => _folder.RunShardAsync(Pictures, new(0, 1), model: new BrokenModel()));
        Assert.Contains("'0.png'", e.Message);
        Assert.Contains("ArithmeticException: It is broken.", e.Message);
        Assert.IsType<ArithmeticException>(e.InnerException);
    }

    [Fact]
    public void The_Kubernetes_job_has_memory_for_the_largest_picture_on_each_thread()
    {
        string job = File.ReadAllText(Path.Combine(Sample.Root, "src", "Samples", "BatchScore", "kubernetes-job.yaml"));
        int threads = int.Parse(Regex.Match(job, "\"--threads\", \"([0-9]+)\"").Groups[1].Value);
        int gibibytes = int.Parse(Regex.Match(job, @"limits:\s+memory: ([0-9]+)Gi").Groups[1].Value);
        // 100 million pixels of 4 bytes, decoded, turned upright and resized; and what the runtime, the model and a unit's rows take.
        Assert.InRange(gibibytes, 1.5 * threads + 0.5, 16);
    }

    public void Dispose() => _folder.Dispose();

    private string In(string picture) => Path.Combine(_folder.Pictures, picture);

    private async Task AssertRowsOfOneFileAsync() => Assert.Equal(
        (await _folder.ReadAsync()).Rows.Select(BatchFolder.Describe), (await _folder.ReadDataSetAsync()).Select(BatchFolder.Describe));

    /// <summary>A source that changes after it was listed once.</summary>
    private sealed class ChangingSource(IUnitSource inner, Action change) : IUnitSource
    {
        private int _listings;

        public string Settings => inner.Settings;

        public string Emptiness => inner.Emptiness;

        public IAsyncEnumerable<SourceUnit> ListAsync(CancellationToken cancellation)
        {
            if (_listings++ == 1)
                change();
            return inner.ListAsync(cancellation);
        }
    }

    /// <summary>A disk that fails at one picture.</summary>
    private sealed class UnreadableSource(IUnitSource inner, string path, int failures) : IUnitSource
    {
        private int _failures;

        public string Settings => inner.Settings;

        public string Emptiness => inner.Emptiness;

        public IAsyncEnumerable<SourceUnit> ListAsync(CancellationToken cancellation) => inner.ListAsync(cancellation).Select(
            unit => unit with
            {
                ReadAsync = async () => [.. (await unit.ReadAsync()).Select(entry => entry.Path != path ? entry : entry with
                {
                    ReadAsync = () => _failures++ < failures ? throw new IOException("Input/output error") : entry.ReadAsync(),
                })],
            });
    }

    private sealed class BrokenModel : IBatchModel, IRowScorer
    {
        public IReadOnlyList<string> Classes => ["none"];

        public IRowScorer CreateScorer() => this;

        public float[] Score(byte[] bytes) => throw new ArithmeticException("It is broken.");

        public void Dispose()
        {
        }
    }
}

using System.Diagnostics;
using System.Text.RegularExpressions;
using BatchScore.Results;
using BatchScore.Sources;
using Microsoft.ML.Snn.Tests.Speed;
using Parquet;
using Parquet.Serialization;
using Samples.Tests.TrainingAndScoring;
using SkiaSharp;

namespace Samples.Tests.BatchScoring;

/// <summary>The sample's job array on a real Slurm.</summary>
[Slow]
public sealed class SlurmArrayTests(TrainedModel trained) : IDisposable
{
    private const int Shards = 8, Killed = 3, LargeGroup = Killed + Shards, Groups = 2 * Shards;

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    private readonly BatchFolder _folder = new(trained);

    [Fact]
    public async Task An_array_of_which_a_task_is_killed_and_requeued_makes_the_rows_of_one_process()
    {
        using SlurmCluster? slurm = SlurmCluster.TryStart(processors: Shards, out string reason);
        Assert.SkipWhen(slurm is null, reason);
        string data = Directory.CreateDirectory(_folder.In("data/more")).Parent!.FullName;
        await StoreAsync(Path.Combine(data, "a.parquet"), first: 0, groups: 9);
        await StoreAsync(Path.Combine(data, "more", "b.parquet"), first: 9, groups: Groups - 9);

        string script = Path.Combine(Sample.Root, "src", "Samples", "BatchScore", "slurm-array.sh");
        (int exitCode, string submitted) = slurm!.Run("sbatch", new Dictionary<string, string>
        {
            ["BATCHSCORE"] = Path.Combine(Sample.Folder("BatchScore"), "BatchScore.dll"), ["MODEL"] = trained.Path, ["INPUT"] = data,
            ["OUTPUT"] = _folder.In("scores"),
        }, $"--output={_folder.In("log-%a.txt")}", script, "--image-column", nameof(StoredPicture.Image), "--path-column",
            nameof(StoredPicture.Name));
        Assert.True(exitCode == 0, submitted);
        string job = Regex.Match(submitted, @"\d+").Value, task = $"{job}_{Killed}";

        // It has its first part, and works at the second, which is large.
        await WaitAsync(() => PartsOf(Killed) == 1);
        slurm.Run("scancel", "--full", "--signal=KILL", task);
        await WaitAsync(() => !slurm.Run("squeue", "--noheader", "--states=all", "--format=%T", $"--jobs={task}")
            .Contains("RUNNING", StringComparison.Ordinal));
        Assert.Equal((1, 0), (PartsOf(Killed), PartsOf(LargeGroup)));
        Assert.False(File.Exists(Path.Combine(_folder.In("scores"), "_manifest.json")));
        slurm.Run("scontrol", "requeue", task);
        // Slurm lets a job that was killed wait for two minutes.
        slurm.Run("scontrol", "update", $"JobId={task}", "StartTime=now");

        await WaitAsync(() => File.Exists(Path.Combine(_folder.In("scores"), "_manifest.json")));
        List<ScoredPicture> rows = await _folder.ReadDataSetAsync();
        await _folder.RunAsync(new ParquetFolderSource(data, nameof(StoredPicture.Image), nameof(StoredPicture.Name)));
        Assert.Equal((await _folder.ReadAsync()).Rows.Select(BatchFolder.Describe), rows.Select(BatchFolder.Describe));
        Assert.Contains("3 were there from an earlier run", File.ReadAllText(_folder.In($"log-{Killed}.txt")));
        Assert.Empty(Directory.GetFiles(_folder.In("scores"), "*.tmp"));
    }

    public void Dispose() => _folder.Dispose();

    private int PartsOf(int unit) =>
        Directory.Exists(_folder.In("scores")) ? Directory.GetFiles(_folder.In("scores"), $"{unit:D8}.*.parquet").Length : 0;

    private async Task WaitAsync(Func<bool> isReached)
    {
        for (long start = Stopwatch.GetTimestamp(); !isReached(); await Task.Delay(50))
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < _patience, string.Join(
                '\n', Directory.GetFiles(_folder.Path, "log-*").Select(file => $"{Path.GetFileName(file)}: {File.ReadAllText(file)}")));
        }
    }

    /// <summary>Row groups of three small pictures; one of a hundred that take seconds to decode.</summary>
    private static async Task StoreAsync(string file, int first, int groups)
    {
        var random = new Random(first);
        await using FileStream stream = File.Create(file);
        for (int group = first; group < first + groups; group++)
        {
            byte[] large = group == LargeGroup ? Large() : [];
            StoredPicture[] rows = [.. Enumerable.Range(0, group == LargeGroup ? 100 : 3).Select(row => new StoredPicture
            {
                Name = $"{group}-{row}",
                Image = group == LargeGroup ? large : TrainedModel.Draw(TrainedModel.Classes[random.Next(3)], random),
            })];
            await ParquetSerializer.SerializeAsync(rows, stream, new ParquetOptions { Append = group > first });
        }
    }

    private static byte[] Large()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(2500, 2500, SKColorType.Bgra8888, SKAlphaType.Opaque));
        bitmap.Erase(SKColors.Green);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 95);
        return data.ToArray();
    }
}

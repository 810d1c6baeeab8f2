using System.Diagnostics;
using BatchScore.Sharding;

namespace Samples.Tests.BatchScoring;

/// <summary>
/// What happens between two looks at the shards: one shard's file is a pipe, at which whoever reads it waits for the test.
/// </summary>
public sealed class ReopenedShardTests(TrainedModel trained) : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    private readonly BatchFolder _folder = new(trained);

    private static DataSetPlan Plan => new()
    {
        Shards = 3, Units = 3, Input = "input", Model = "model", Settings = "settings", Classes = ["one"],
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_shard_that_is_reopened_while_the_manifest_is_written_leaves_no_manifest(bool isDoneAgain)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes with names of files.");
        await CompleteAsync(0, "first");
        await CompleteAsync(1, "second");
        byte[] shard = MakePipe("_shard-1.json");
        Task<int> third = Task.Run(() => CompleteAsync(2, "third"));
        // Opens when it is read: shard 0 has been then.
        await using (FileStream pipe = await OpenPipeAsync("_shard-1.json"))
        {
            await using (DataSetFolder reopened = await OpenAsync(0))
                reopened.Reopen();
            File.WriteAllBytes(_folder.In("scores/next"), shard);
            File.Move(_folder.In("scores/next"), _folder.In("scores/_shard-1.json"), overwrite: true);
            if (isDoneAgain)
                Assert.Equal(3, await CompleteAsync(0, "fourth"));
            await pipe.WriteAsync(shard);
        }
        Assert.Equal(isDoneAgain ? 3 : 2, await third.WaitAsync(_patience));
        DataSetManifest? manifest = await DataSetFolder.ReadManifestAsync(_folder.In("scores"), default);
        Assert.Equal(isDoneAgain ? ["fourth", "second", "third"] : null, manifest?.Parts.Select(part => part.File));
    }

    [Fact]
    public async Task No_shard_is_read_before_all_are_done()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes with names of files.");
        await CompleteAsync(1, "second");
        MakePipe("_shard-1.json");
        Assert.Equal(2, await Task.Run(() => CompleteAsync(2, "third")).WaitAsync(_patience));
    }

    public void Dispose() => _folder.Dispose();

    private Task<DataSetFolder> OpenAsync(int shard) => DataSetFolder.OpenAsync(_folder.In("scores"), new(shard, 3), default);

    private async Task<int> CompleteAsync(int shard, string part)
    {
        await using DataSetFolder folder = await OpenAsync(shard);
        return await folder.CompleteAsync(new() { Plan = Plan, Parts = [new(shard, part, 1)] }, default);
    }

    /// <summary>Puts a pipe in a file's place.</summary>
    /// <returns>The file's content.</returns>
    private byte[] MakePipe(string name)
    {
        string path = _folder.In($"scores/{name}");
        byte[] content = File.ReadAllBytes(path);
        File.Delete(path);
        using Process make = Process.Start("mkfifo", [path]);
        make.WaitForExit();
        Assert.Equal(0, make.ExitCode);
        return content;
    }

    private Task<FileStream> OpenPipeAsync(string name) => Task.Run(() => new FileStream(
        _folder.In($"scores/{name}"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0)).WaitAsync(_patience);
}

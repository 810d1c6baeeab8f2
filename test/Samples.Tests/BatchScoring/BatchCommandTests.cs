using System.Runtime.Versioning;
using BatchScore;
using BatchScore.Results;
using Spectre.Console;

namespace Samples.Tests.BatchScoring;

public sealed class BatchCommandTests(TrainedModel trained) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("snnml-batch-").FullName;
    private readonly StringWriter _output = new();

    [Fact]
    public async Task Writes_the_result_and_says_how_fast_it_was()
    {
        string pictures = Directory.CreateDirectory(In("pictures")).FullName;
        string result = In("scores.parquet");
        File.WriteAllBytes(Path.Combine(pictures, "a.png"), TrainedModel.Draw("red", new Random(1)));
        File.WriteAllText(Path.Combine(pictures, "b.png"), "text");

        Assert.Equal(0, await InvokeAsync(trained.Path, pictures, result));
        Assert.True(File.Exists(result));
        Assert.Matches(@"2 pictures in [\d.]+ s: [\d,.]+ a second", _output.ToString());
        Assert.Contains("1 could not be scored", _output.ToString());

        Assert.Equal(1, await InvokeAsync(trained.Path, pictures, result));
        Assert.Contains("--overwrite", _output.ToString());
        Assert.Equal(0, await InvokeAsync(trained.Path, pictures, result, "--overwrite"));
    }

    [Fact]
    public async Task Says_which_file_is_missing()
    {
        Assert.Equal(1, await InvokeAsync(In("no.zip"), _folder, In("scores.parquet")));
        Assert.Contains("no.zip", _output.ToString());
        Assert.Equal(1, await InvokeAsync(trained.Path, In("no.parquet"), In("scores.parquet")));
        Assert.Contains("no.parquet", _output.ToString());
    }

    [Theory]
    [InlineData("pictures", "is a folder")]
    [InlineData("new/", "is a folder")]
    [InlineData("file/scores.parquet", "No file can be written into the folder")]
    [InlineData("taken.parquet", "taken.parquet.parts'")]
    [InlineData("running.parquet", "written by another run")]
    [InlineData("done.parquet", "--overwrite")]
    [InlineData("", "name the file")]
    public async Task An_output_that_cannot_be_written_is_told_before_the_model_is_looked_at(string output, string message)
    {
        string pictures = Directory.CreateDirectory(In("pictures")).FullName;
        foreach (string file in (string[])["file", "taken.parquet.parts", "done.parquet"])
            File.WriteAllText(In(file), "");
        string before = Entries();
        await using ResultFile running = ResultFile.Open(In("running.parquet"), overwrite: false);
        Assert.Equal(1, await InvokeAsync(In("no.zip"), pictures, output.Length == 0 ? "" : In(output)));
        Assert.Contains(message, _output.ToString());
        Assert.DoesNotContain("no.zip", _output.ToString());
        await running.DisposeAsync();
        Assert.Equal(before, Entries());

        string Entries() => string.Join(' ', Directory.GetFileSystemEntries(_folder).Order(StringComparer.Ordinal));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_read_only_folder_or_result_is_told_before_the_model_is_looked_at()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Permissions do not bind this user.");
        Directory.CreateDirectory(In("pictures"));
        File.WriteAllText(In("scores.parquet"), "");
        File.SetUnixFileMode(In("scores.parquet"), UnixFileMode.UserRead);
        Assert.Equal(1, await InvokeAsync(In("no.zip"), In("pictures"), In("scores.parquet"), "--overwrite"));
        Assert.Contains("cannot be replaced", _output.ToString());
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal(1, await InvokeAsync(In("no.zip"), In("pictures"), In("more.parquet")));
        Assert.Contains("No file can be written", _output.ToString());
        Assert.DoesNotContain("no.zip", _output.ToString());
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task A_folder_that_is_missing_is_made_and_what_fails_leaves_nothing_else()
    {
        Directory.CreateDirectory(In("pictures"));
        string folder = In("a/b");
        Assert.Equal(1, await InvokeAsync(In("no.zip"), In("pictures"), Path.Combine(folder, "scores.parquet")));
        Assert.Contains("no.zip", _output.ToString());
        Assert.Empty(Directory.GetFileSystemEntries(folder));
        Assert.Equal(0, await InvokeAsync(trained.Path, In("pictures"), Path.Combine(folder, "scores.parquet")));
        Assert.Equal(["scores.parquet"], Directory.GetFileSystemEntries(folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_file_that_is_no_Parquet_file_is_told_before_the_model_is_looked_at()
    {
        File.WriteAllText(In("pictures.parquet"), "text");
        Assert.Equal(1, await InvokeAsync(In("no.zip"), In("pictures.parquet"), In("scores.parquet")));
        Assert.Contains("pictures.parquet' is damaged or no Parquet file", _output.ToString());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string In(string name) => Path.Combine(_folder, name);

    private Task<int> InvokeAsync(params string[] args)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(_output),
        });
        console.Profile.Width = 1000;
        return BatchCommand.InvokeAsync(args, console);
    }
}

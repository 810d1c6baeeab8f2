using BatchScore;
using Spectre.Console;

namespace Samples.Tests.BatchScoring;

public sealed class BatchCommandTests(TrainedModel trained) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("snnml-batch-").FullName;
    private readonly StringWriter _output = new();

    [Fact]
    public async Task Writes_the_result_and_says_how_fast_it_was()
    {
        string pictures = Directory.CreateDirectory(Path.Combine(_folder, "pictures")).FullName;
        string result = Path.Combine(_folder, "scores.parquet");
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
        Assert.Equal(1, await InvokeAsync(Path.Combine(_folder, "no.zip"), _folder, Path.Combine(_folder, "scores.parquet")));
        Assert.Contains("no.zip", _output.ToString());
        Assert.Equal(1, await InvokeAsync(trained.Path, Path.Combine(_folder, "no.parquet"), Path.Combine(_folder, "scores.parquet")));
        Assert.Contains("no.parquet", _output.ToString());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

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

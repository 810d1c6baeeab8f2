using System.CommandLine;
using System.Security.Cryptography;
using BatchScore.Results;
using BatchScore.Sources;
using PictureScoring;
using Spectre.Console;

namespace BatchScore;

/// <summary>The command line. Exit code 0 if the result was written, whatever its rows say; 130 if the run was stopped; else 1.</summary>
internal static class BatchCommand
{
    // Within it a stopped run finishes the pictures at hand.
    private static readonly TimeSpan _stoppingTime = TimeSpan.FromSeconds(30);

    public static Task<int> InvokeAsync(string[] args, IAnsiConsole console)
    {
        var model = new Argument<string>("model") { Description = "The zip that TrainAndScore has saved.", HelpName = "model.zip" };
        var pictures = new Argument<string>("pictures") { Description = "A folder of pictures, at any depth, or a Parquet file of them." };
        var output = new Argument<string>("output") { Description = "The Parquet file to write.", HelpName = "scores.parquet" };
        var imageColumn = new Option<string>("--image-column")
        {
            Description = "Parquet: the column of the encoded pictures; in a structure: image.bytes.", DefaultValueFactory = _ => "image",
        };
        var pathColumn = new Option<string?>("--path-column")
        {
            Description = "Parquet: the column of the pictures' names. Without it they are named by their row.",
        };
        var threads = new Option<int>("--threads")
        {
            Description = "Pictures scored at the same time.", DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        threads.Validators.Add(value =>
        {
            if (value.GetValueOrDefault<int>() < 1)
                value.AddError("--threads must be at least 1.");
        });
        var hashInput = new Option<bool>("--hash-input")
        {
            Description = "When a run continues: recognize the pictures by a hash of their content, not by size and time. Reads them all.",
        };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace a finished result." };
        var root = new RootCommand("Scores many pictures with a saved model into a Parquet file. Given again after a stop, it continues.")
        {
            model, pictures, output, imageColumn, pathColumn, threads, hashInput, overwrite,
        };
        root.SetAction(async (result, cancellation) =>
        {
            try
            {
                string input = result.GetRequiredValue(pictures);
                IPictureSource source = Directory.Exists(input) ? new FolderSource(input)
                    : new ParquetSource(input, result.GetRequiredValue(imageColumn), result.GetValue(pathColumn));
                var settings = new Settings(
                    result.GetRequiredValue(model), source, result.GetRequiredValue(output), result.GetValue(overwrite),
                    result.GetValue(threads), result.GetValue(hashInput));
                await RunAsync(console, settings, cancellation);
                return 0;
            }
            catch (OperationCanceledException)
            {
                console.MarkupLine("[yellow]Stopped. The same command continues from here.[/]");
                return 130;
            }
            catch (Exception e) when (e is UserException or IOException or InvalidDataException or UnauthorizedAccessException)
            {
                console.MarkupLine($"[red]{Markup.Escape(e.Message)}[/]");
                return 1;
            }
        });
        return root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = _stoppingTime });
    }

    private static async Task RunAsync(IAnsiConsole console, Settings settings, CancellationToken cancellation)
    {
        var warnings = new WarningLog(line => SampleConsole.Warn(console, line));
        SavedChain.Warned += warnings.Show;
        try
        {
            // What can be told at once comes first: whether the scores can be written, then what the pictures are in.
            await using ResultFile result = ResultFile.Open(settings.Output, settings.Overwrite);
            long count = await settings.Source.CountAsync(cancellation);
            // Read once: the hash must be that of the model which scores, even if the file is replaced meanwhile.
            byte[] zip = await File.ReadAllBytesAsync(settings.Model, cancellation);
            var run = new BatchRun(
                PictureModel.Load(settings.Model, zip), Convert.ToHexStringLower(SHA256.HashData(zip)), settings.Source, result,
                    settings.Threads)
            {
                HashInput = settings.HashInput,
            };
            BatchSummary summary = await ShowProgressAsync(console, count, progress => run.RunAsync(progress, warnings.Show, cancellation));
            double seconds = summary.Elapsed.TotalSeconds;
            console.WriteLine(
                $"{summary.Scored:N0} pictures in {seconds:N1} s: {summary.Scored / Math.Max(seconds, 1e-3):N1} a second on "
                + $"{settings.Threads} threads. {summary.Earlier:N0} were there from an earlier run. "
                + $"{summary.Unreadable:N0} could not be scored: see the column error.");
            console.WriteLine($"Written to {settings.Output}");
        }
        finally
        {
            SavedChain.Warned -= warnings.Show;
        }
    }

    private static Task<BatchSummary> ShowProgressAsync(IAnsiConsole console, long count, Func<Action<int>, Task<BatchSummary>> run) =>
        console.Progress()
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new TaskDescriptionColumn())
            .StartAsync(async context =>
            {
                ProgressTask task = context.AddTask("scoring", maxValue: Math.Max(count, 1));
                return await run(pictures =>
                {
                    task.Increment(pictures);
                    task.Description = $"{task.Value:N0} of {count:N0} pictures, {task.Speed ?? 0:N0} a second";
                });
            });

    private sealed record Settings(string Model, IPictureSource Source, string Output, bool Overwrite, int Threads, bool HashInput);
}

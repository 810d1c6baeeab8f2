using System.CommandLine;
using System.Security.Cryptography;
using BatchScore.Models;
using BatchScore.Results;
using BatchScore.Sharding;
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
        var model = new Argument<string>("model")
        {
            Description = "The zip that TrainAndScore or, for recordings, EventCamera has saved.", HelpName = "model.zip",
        };
        var pictures = new Argument<string>("input")
        {
            Description = "A folder, at any depth, of pictures, of Parquet files of them, or of an event camera's recordings; "
                + "or a Parquet file.",
        };
        var output = new Argument<string>("output")
        {
            Description = "The Parquet file to write; with --shard the folder of a data set.", HelpName = "scores.parquet",
        };
        var shard = new Option<string?>("--shard")
        {
            Description = "Make one of several shards of a data set: i/n, or n where the scheduler gives i ("
                + string.Join(", ", Shard.Variables) + ").",
            HelpName = "i/n",
        };
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
            model, pictures, output, shard, imageColumn, pathColumn, threads, hashInput, overwrite,
        };
        root.SetAction(async (result, cancellation) =>
        {
            try
            {
                var settings = new Settings(
                    result.GetRequiredValue(model), result.GetRequiredValue(pictures), result.GetRequiredValue(imageColumn),
                    result.GetValue(pathColumn), result.GetRequiredValue(output), result.GetValue(overwrite), result.GetValue(threads),
                    result.GetValue(hashInput));
                if (result.GetValue(shard) is not { } share)
                    await RunAsync(console, settings, cancellation);
                else
                    await RunShardAsync(console, settings, Shard.Parse(share, Environment.GetEnvironmentVariable), cancellation);
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
        using var warnings = new ShownWarnings(console);
        // What can be told at once comes first: whether the scores can be written, then what the pictures are in.
        await using ResultFile result = ResultFile.Open(settings.Output, settings.Overwrite);
        (IPictureSource source, bool areRecordings) = Open(settings, cancellation);
        long count = await source.CountAsync(cancellation);
        (IBatchModel model, string hash) = await LoadAsync(settings.Model, areRecordings, cancellation);
        var run = new BatchRun(model, hash, source, result, settings.Threads) { HashInput = settings.HashInput };
        BatchSummary summary = await ShowProgressAsync(console, count, progress => run.RunAsync(progress, warnings.Show, cancellation));
        console.WriteLine(Describe(summary, areRecordings, settings.Threads));
        console.WriteLine($"Written to {settings.Output}");
    }

    private static async Task RunShardAsync(IAnsiConsole console, Settings settings, Shard shard, CancellationToken cancellation)
    {
        if (settings.Overwrite)
        {
            throw new UserException(
                "With --shard nothing is replaced that other shards may need: name another folder instead of --overwrite.");
        }
        using var warnings = new ShownWarnings(console);
        await using DataSetFolder result = await DataSetFolder.OpenAsync(settings.Output, shard, cancellation);
        (IPictureSource source, bool areRecordings) = Open(settings, cancellation);
        (IBatchModel model, string hash) = await LoadAsync(settings.Model, areRecordings, cancellation);
        var run = new ShardRun(model, hash, (IUnitSource)source, result, shard, settings.Threads) { HashInput = settings.HashInput };
        // Schedulers collect lines, not bars.
        ShardSummary summary = await run.RunAsync(_ => { }, warnings.Show, cancellation);
        console.WriteLine(Describe(summary.Rows, areRecordings, settings.Threads));
        console.WriteLine($"Shard {shard.Index} of {shard.Count}: {summary.Parts:N0} parts in {settings.Output}. " + (
            summary.ShardsDone == shard.Count
                ? $"All shards are done: {DataSetFolder.ManifestName} lists their parts."
                : $"{summary.ShardsDone:N0} of {shard.Count:N0} shards are done."));
    }

    private static (IPictureSource Source, bool AreRecordings) Open(Settings settings, CancellationToken cancellation)
    {
        if (!Directory.Exists(settings.Input))
            return (new ParquetSource(settings.Input, settings.ImageColumn, settings.PathColumn), false);
        IReadOnlySet<string> kind = SourceKind.Of(settings.Input, cancellation);
        if (kind == SourceKind.Parquet)
            return (new ParquetFolderSource(settings.Input, settings.ImageColumn, settings.PathColumn), false);
        return kind == SourceKind.Recordings
            ? (new FolderSource(settings.Input, SourceKind.Recordings), true) : (new FolderSource(settings.Input), false);
    }

    private static async Task<(IBatchModel Model, string Hash)> LoadAsync(string path, bool isOfRecordings, CancellationToken cancellation)
    {
        // Read once: the hash must be that of the model which scores, even if the file is replaced meanwhile.
        byte[] zip = await File.ReadAllBytesAsync(path, cancellation);
        IBatchModel model = isOfRecordings ? new RecordingRows(path, zip) : new PictureRows(PictureModel.Load(path, zip));
        return (model, Convert.ToHexStringLower(SHA256.HashData(zip)));
    }

    private static string Describe(BatchSummary summary, bool areRecordings, int threads)
    {
        double seconds = summary.Elapsed.TotalSeconds;
        return $"{summary.Scored:N0} {(areRecordings ? "recordings" : "pictures")} in {seconds:N1} s: "
            + $"{summary.Scored / Math.Max(seconds, 1e-3):N1} a second on {threads} threads. {summary.Earlier:N0} were there from an "
            + $"earlier run. {summary.Unreadable:N0} could not be scored: see the column error.";
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

    private sealed record Settings(
        string Model, string Input, string ImageColumn, string? PathColumn, string Output, bool Overwrite, int Threads, bool HashInput);

    /// <summary>Shows what the model's steps warn of, too, until it is disposed.</summary>
    private sealed class ShownWarnings : IDisposable
    {
        private readonly WarningLog _log;

        public ShownWarnings(IAnsiConsole console)
        {
            _log = new(line => SampleConsole.Warn(console, line));
            SavedChain.Warned += Show;
        }

        public void Show(string warning) => _log.Show(warning);

        public void Dispose() => SavedChain.Warned -= Show;
    }
}

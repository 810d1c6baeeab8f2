// Scores many pictures or recordings with a saved model, on all cores, into a Parquet file:
//
//     dotnet run -c Release --project src/Samples/BatchScore -- artifacts/TrainAndScore/model.zip my-pictures scores.parquet
//
// The input is a folder, at any depth, of pictures, of Parquet files that hold them in a column, or of an event camera's recordings; or
// one Parquet file. The result has a row a picture: path, label, scores (a list in the order of the classes, which the file's metadata
// name) and error, which says why a picture could not be scored. Memory does not grow with the number of rows, but for some 200 bytes
// for each part of a shard, and for the list of all parts in whichever shard ends last. A run that was stopped goes on where it was when
// the same command is given again; parts of it that are damaged, or of another model or other pictures, are made again.
//
// Many processes, on one machine or a thousand, share the work with --shard i/n: each makes its own parts of a data set, a folder of
// Parquet files that is whole when it has a _manifest.json. slurm-array.sh, kubernetes-job.yaml and Containerfile beside this file run as
// they are.
// Where to look:
//
//     BatchRun.cs         the run into one file; BatchScorer.cs makes the rows of a batch: threads, what becomes of bad rows
//     Sharding/           the run in shards, and the folder that it makes
//     Sources/            what is scored: files of a folder, columns of Parquet files
//     Models/             models of pictures and of recordings
//     Results/            the result file and the parts, which make runs resumable
//     BatchCommand.cs     the command line and the progress bar

using System.Globalization;
using BatchScore;
using Spectre.Console;

CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
// Redirected output has no width of its own, at which lines would be broken.
if (Console.IsOutputRedirected)
    AnsiConsole.Console.Profile.Width = 200;
return await BatchCommand.InvokeAsync(args, AnsiConsole.Console);

// Scores many pictures with a saved model, on all cores, into a Parquet file:
//
//     dotnet run -c Release --project src/Samples/BatchScore -- artifacts/TrainAndScore/model.zip my-pictures scores.parquet
//
// The pictures are a folder, at any depth, or a Parquet file that holds them in a column. The result has a row a picture: path, label,
// scores (a list in the order of the classes, which the file's metadata name) and error, which says why a picture could not be scored.
// Memory does not grow with the number of rows. A run that was stopped goes on where it was when the same command is given again; parts of
// it that are damaged, or of another model or other pictures, are made again.
// Where to look:
//
//     BatchRun.cs         the run: batches, threads, what becomes of bad rows
//     Sources/            pictures out of a folder or a Parquet file
//     Results/            the result file and its parts, which make runs resumable
//     BatchCommand.cs     the command line and the progress bar

using System.Globalization;
using BatchScore;
using Spectre.Console;

CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
// Redirected output has no width of its own, at which lines would be broken.
if (Console.IsOutputRedirected)
    AnsiConsole.Console.Profile.Width = 200;
return await BatchCommand.InvokeAsync(args, AnsiConsole.Console);

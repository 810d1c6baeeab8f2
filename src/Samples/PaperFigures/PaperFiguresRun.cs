using System.Diagnostics;
using PaperFigures.CommandLine;
using PaperFigures.Figures;
using PaperFigures.Measurements;
using PaperFigures.Pictures;
using PaperFigures.Plots;
using PaperFigures.Results;
using Spectre.Console;

namespace PaperFigures;

/// <summary>The run from pictures to the report.</summary>
internal sealed class PaperFiguresRun(IAnsiConsole console, Settings settings)
{
    private const string _resultFolder = "results";
    private static readonly string[] _extensions = [".png", ".svg", ".csv"];

    private static readonly IFigure[] _figures =
        [new GradientNorms(), new Isometry(), new Distributions(), new AlphaAndThreshold(), new Depth(), new Operations()];

    /// <summary>Number of results that the last run computed rather than found.</summary>
    public int Computed { get; private set; }

    public void Run(CancellationToken cancellation)
    {
        IFigure[] figures = [.. _figures.Where(figure => settings.Figures.Contains(figure.Letter))];
        OutputPath.PrepareFolder(settings.Out, [
            Report.FileName, .. figures.SelectMany(figure => _extensions.Select(extension => FileOf(figure) + extension)),
        ]);
        var watch = Stopwatch.StartNew();
        StudyPictures pictures = StudyPictures.Read(settings);
        StudySizes sizes = settings.Sizes;
        string introduction = $"{pictures.Source}: {pictures.Train.Count} pictures to measure and train on, {pictures.Test.Count} held "
            + $"out. Sizes: {sizes.Name}; {sizes.Seeds} {(sizes.Seeds == 1 ? "seed" : "seeds")}, batches of {sizes.BatchSize}. Networks "
            + "are small and training is short: what is compared is one network with another, not with the paper's accuracies. Theory is "
            + "ours, from the paper's equations.";
        console.WriteLine(introduction);
        var results = new ResultStore(
            Path.Combine(settings.Out, _resultFolder), $"{pictures.Source} {pictures.Train.Count} {pictures.Test.Count}",
            console.WriteLine);
        var study = new Study(pictures, sizes, results, cancellation);
        var made = new List<(IFigure Figure, string File, FigureResult Result)>();
        foreach (IFigure figure in figures)
        {
            console.WriteLine($"({figure.Letter}) {figure.Title}");
            FigureResult result = figure.Make(study);
            string path = Path.Combine(settings.Out, FileOf(figure));
            result.Data.Save(path + ".csv");
            FigurePicture.Save(result.Panels, result.Columns, path);
            made.Add((figure, FileOf(figure), result));
            console.WriteLine($"  {result.Seen}");
        }
        Computed = results.Computed;
        IEnumerable<string> metrics = made.SelectMany(figure => figure.Result.Metrics).Select(metric => $"{metric.Key}={metric.Value:G4}");
        string last = $"RESULT {string.Join(' ', metrics.Append($"figures={made.Count}"))}";
        Report.Write(settings.Out, introduction, made, last);
        console.WriteLine(
            $"{Path.Combine(settings.Out, Report.FileName)}: {Computed} results computed, {watch.Elapsed.TotalMinutes:F1} minutes");
        console.WriteLine(last);
    }

    private static string FileOf(IFigure figure) => $"{figure.Letter}-{figure.Name}";
}

using Microsoft.ML;
using Microsoft.ML.Data;
using Spectre.Console;
using TrainAndScore.CommandLine;
using TrainAndScore.Images;
using TrainAndScore.Reports;
using TrainAndScore.Training;

namespace TrainAndScore;

/// <summary>The command <c>baseline</c>: a linear model on the same pictures.</summary>
internal sealed class BaselineRun(IAnsiConsole console)
{
    public void Run(PictureSettings settings)
    {
        var warnings = new WarningLog(line => SampleConsole.Warn(console, line));
        PictureSets pictures = PictureSource.Get(console, settings, warnings.Show);
        MLContext mlContext = warnings.Attach(new MLContext(settings.Seed));
        IDataView train = mlContext.Data.LoadFromEnumerable(pictures.Train), test = mlContext.Data.LoadFromEnumerable(pictures.Test);
        MulticlassClassificationMetrics metrics = console.Status().Start(
            "Training a linear model", _ => LinearBaseline.Evaluate(mlContext, train, test, settings.ImageSize));
        EvaluationReport.Write(console, metrics, pictures.Classes);
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Snn;
using Spectre.Console;
using TrainAndScore.CommandLine;
using TrainAndScore.Images;
using TrainAndScore.Progress;
using TrainAndScore.Reports;
using TrainAndScore.Training;

namespace TrainAndScore;

/// <summary>The run from pictures to scores.</summary>
internal sealed class TrainAndScoreRun(
    IAnsiConsole console, PictureSettings pictureSettings, SpikingResNetTrainer.Options trainingOptions, string? teacher,
    string? onnxPath)
{
    private const int _shownClasses = 3;
    private const string _modelFile = "model.zip", _curveFile = "learning-curve.png", _confusionFile = "confusion.png";
    private const string _scoreFile = "scores.tsv", _reportFile = "report.html";
    // Of several processes, the first shows, scores and saves.
    private readonly bool _isFirst = trainingOptions.Communicator is not { Rank: > 0 };
    private readonly WarningLog _warnings = new(line =>
    {
        if (trainingOptions.Communicator is not { Rank: > 0 })
            SampleConsole.Warn(console, line);
    });

    private readonly MLContext _mlContext = new(pictureSettings.Seed);

    public void Run(CancellationToken cancellation)
    {
        if (_isFirst)
            PrepareFiles();
        trainingOptions.ReportPath = PathOf(_reportFile);
        PictureSets pictures = GetPictures();
        DescribeNetwork(pictures.Classes.Count);
        _warnings.Attach(_mlContext);

        TransformerChain<ITransformer> model = Train(pictures, cancellation);
        if (!_isFirst)
            return;
        Evaluate(model, pictures);
        string modelPath = Save(model);
        if (onnxPath is not null)
            OnnxFile.Save(_mlContext.Model.GetSpikingNetwork(model), onnxPath, modelPath);
        ScoreOne(modelPath, pictures);
        ListFiles();
    }

    private void PrepareFiles()
    {
        string[] files = [_modelFile, _curveFile, _confusionFile, _scoreFile, _reportFile];
        OutputPath.PrepareFolder(pictureSettings.Out, files);
        foreach (string? folder in (string?[])[trainingOptions.CheckpointFolder, trainingOptions.TensorBoardFolder])
        {
            if (folder is not null)
                OutputPath.PrepareFolder(folder);
        }
        if (onnxPath is not null)
            OnnxFile.Prepare(onnxPath, [.. files.Select(PathOf)]);
    }

    /// <summary>The first process extracts them; the others then find them there, or do it on their own machines.</summary>
    private PictureSets GetPictures()
    {
        PictureSets? pictures = _isFirst ? PictureSource.Get(console, pictureSettings, _warnings.Show) : null;
        // Nobody has this byte before the first process is here.
        if (trainingOptions.Communicator is { } processes)
            processes.Broadcast([1]);
        return pictures ?? PictureSource.Get(console, pictureSettings, _warnings.Show, trainingOptions.Communicator!.Rank);
    }

    private TransformerChain<ITransformer> Train(PictureSets pictures, CancellationToken cancellation)
    {
        console.WriteLine($"Open {PathOf(_reportFile)} in a browser to watch the training.");
        ITrainingDisplay display = console.Profile.Capabilities is { Interactive: true, Ansi: true }
            ? new LiveTrainingDisplay(console)
            : new PlainTrainingDisplay(console);
        IDataView train = _mlContext.Data.LoadFromEnumerable(pictures.Train);
        if (teacher is not null)
        {
            train = PictureTeacher.Score(_mlContext, train, teacher);
            trainingOptions.TeacherScoreColumnName = PictureTeacher.ScoreColumnName;
        }
        TransformerChain<ITransformer> model;
        try
        {
            model = SpikingTraining.Fit(_mlContext, train, pictureSettings.ImageSize, trainingOptions, display, cancellation);
        }
        catch (ArgumentException e) when (trainingOptions.InitialNetwork is not null && e.Message.Contains(nameof(InitialNetwork)))
        {
            throw new UserException($"--start-from: {e.Message}", e);
        }
        catch (ArgumentException e) when (trainingOptions.Device != "cpu")
        {
            throw new UserException($"--device {trainingOptions.Device}: {e.Message}", e);
        }
        // A run that its checkpoint shows to be finished has no epoch left, and keeps the curve that it drew before.
        if (display.Epochs.Count > 0)
            LearningCurvePlot.Save(display.Epochs, PathOf(_curveFile));
        return model;
    }

    private void Evaluate(TransformerChain<ITransformer> model, PictureSets pictures)
    {
        // With the step that reads labels, which Transform leaves out unless told otherwise.
        IDataView scored = model.Transform(_mlContext.Data.LoadFromEnumerable(pictures.Test), TransformerScope.Testing);
        // One pass for all columns: the metrics and the score file read them one after the other.
        scored = _mlContext.Data.Cache(scored, "Label", "Score", "PredictedLabel", "PredictedClass", "ImagePath");
        MulticlassClassificationMetrics metrics = console.Status().Start(
            $"Scoring {pictures.Test.Count} held-out pictures", _ => _mlContext.MulticlassClassification.Evaluate(scored));
        EvaluationReport.Write(console, metrics, pictures.Classes);
        ConfusionPlot.Save(metrics.ConfusionMatrix, pictures.Classes, metrics.MicroAccuracy, PathOf(_confusionFile));
        ScoreFile.Save(_mlContext.Data.CreateEnumerable<ScoredPicture>(scored, reuseRowObject: true), PathOf(_scoreFile));
    }

    private string Save(TransformerChain<ITransformer> model)
    {
        string path = PathOf(_modelFile);
        // Without the step that reads labels: the saved model needs nothing but the path of a picture.
        _mlContext.Model.Save(model.GetModelFor(TransformerScope.Scoring), _mlContext.Data.LoadFromEnumerable<Picture>([]).Schema, path);
        return path;
    }

    private void ScoreOne(string modelPath, PictureSets pictures)
    {
        LabeledPicture picture = pictures.Test[new Random(pictureSettings.Seed).Next(pictures.Test.Count)];
        // A new context, as another app would have: all that is known comes out of the zip.
        using var scorer = new PictureScorer(_warnings.Attach(new MLContext()), modelPath);
        console.WriteLine($"The reloaded model on '{picture.ImagePath}', whose class is {picture.Label}:");
        foreach ((string name, float probability) in scorer.TopClasses(picture.ImagePath, _shownClasses))
            console.WriteLine($"  {100 * probability,6:F2}%  {name}");
    }

    private void DescribeNetwork(int classes)
    {
        SpikingResNetArchitecture architecture = trainingOptions.Architecture;
        int size = pictureSettings.ImageSize;
        try
        {
            long parameters = architecture.CountParameters(channels: 3, size, size, classes);
            long multiplyAdds = architecture.CountMultiplyAdds(channels: 3, size, size, classes);
            console.WriteLine(
                $"{architecture.Name}: {parameters / 1e6:F2} M parameters, {multiplyAdds / 1e6:F0} M multiply-adds a time step if it were "
                + $"dense, T = {trainingOptions.TimeSteps}");
        }
        catch (ArgumentException e)
        {
            throw new UserException($"--image-size {size} does not suit {architecture.Name}. {e.Message}", e);
        }
    }

    private void ListFiles()
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("File", "What it is");
        table.AddRow(Markup.Escape(PathOf(_modelFile)), "the model: pixels, network and class names");
        if (onnxPath is not null)
            table.AddRow(Markup.Escape(onnxPath), "the network as an ONNX model: pixels in, class probabilities out");
        table.AddRow(Markup.Escape(PathOf(_reportFile)), "the training: curves, firing rates, confusions, options, machine, times");
        table.AddRow(Markup.Escape(PathOf(_curveFile)), "loss and accuracy over the epochs");
        table.AddRow(Markup.Escape(PathOf(_confusionFile)), "which classes were taken for which");
        table.AddRow(Markup.Escape(PathOf(_scoreFile)), "every held-out picture's scores, as ScoreOnly --scores-only writes them");
        console.Write(table);
        console.WriteLine("To classify pictures with it, in an app without libtorch:");
        console.WriteLine($"  dotnet run -c Release --project src/Samples/ScoreOnly -- {PathOf(_modelFile)} <pictures or folders>");
    }

    private string PathOf(string file) => Path.Combine(pictureSettings.Out, file);
}

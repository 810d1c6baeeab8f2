using System.Diagnostics;
using EventCamera.CommandLine;
using EventCamera.Recordings;
using EventCamera.Reports;
using EventCamera.Simulation;
using EventCamera.Training;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Snn;
using Spectre.Console;

namespace EventCamera;

/// <summary>The run from recordings to scores.</summary>
internal sealed class EventCameraRun(IAnsiConsole console, Settings settings)
{
    private const string _modelFile = "model.zip", _plotFile = "recording.png";
    private readonly MLContext _mlContext = new(settings.Seed);

    public void Run(CancellationToken cancellation)
    {
        OutputPath.PrepareFolder(settings.Out, _modelFile, _plotFile);
        RecordingSets recordings = ReadRecordings();
        console.WriteLine($"{recordings.Train.Count} recordings to train on, {recordings.Test.Count} held out");
        new WarningLog(line => SampleConsole.Warn(console, line)).Attach(_mlContext);

        TransformerChain<ITransformer> model = Train(recordings, cancellation);
        Evaluate(model, recordings);
        string path = Save(model);
        // From the zip, as another app would; Load would trust a damaged file.
        _mlContext.Model.Verify(path);
        PlayOne(_mlContext.Model.Load(path, out _), recordings.Test[0]);
    }

    private RecordingSets ReadRecordings()
    {
        string folder = Path.Combine(settings.Out, "recordings");
        if (settings.Recordings is null)
        {
            (string train, string test) = console.Status().Start(
                "Simulating recordings", _ => ShapeRecordings.Make(Path.Combine(folder, "shapes"), settings.Seed));
            return RecordingSets.Read(train, test, settings.Seed);
        }
        string set = DataArchive.ToFolder(settings.Recordings, folder);
        return settings.Recipe.Layout == RecordingLayout.DvsGesture
            ? RecordingSets.ReadDvsGesture(set, settings.Seed)
            : RecordingSets.Read(
                set, settings.Test is null ? null : DataArchive.ToFolder(settings.Test, folder), settings.Seed,
                settings.Recipe.HeldOutFraction);
    }

    private TransformerChain<ITransformer> Train(RecordingSets recordings, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        TransformerChain<ITransformer> model = EventPipeline.Create(_mlContext, settings, ShowEpoch, cancellation)
            .Fit(_mlContext.Data.LoadFromEnumerable(recordings.Train));
        console.WriteLine($"Trained in {watch.Elapsed.TotalSeconds:F0} s");
        return model;
    }

    private void Evaluate(TransformerChain<ITransformer> model, RecordingSets recordings)
    {
        // With the step that reads labels, which plain Transform leaves out.
        IDataView scored = model.Transform(_mlContext.Data.LoadFromEnumerable(recordings.Test), TransformerScope.Testing);
        MulticlassClassificationMetrics metrics = _mlContext.MulticlassClassification.Evaluate(scored);
        EvaluationReport.Write(console, metrics, Classes(model), recordings.Test.Count);
    }

    private string Save(TransformerChain<ITransformer> model)
    {
        string path = Path.Combine(settings.Out, _modelFile);
        // Without the step that reads labels: the saved model needs nothing but the path of a recording.
        _mlContext.Model.Save(model.GetModelFor(TransformerScope.Scoring), _mlContext.Data.LoadFromEnumerable<Recording>([]).Schema, path);
        console.WriteLine($"The model: {path}");
        return path;
    }

    private void PlayOne(ITransformer model, LabeledRecording file)
    {
        IReadOnlyList<string> classes = Classes(model);
        EventRecording recording = EventRecording.LoadBetween(file.Path, file.StartMicroseconds, file.EndMicroseconds, settings.Reading);
        SpikingLayerShape? layer = null;
        IReadOnlyList<StreamStep> steps = LiveStream.Play(
            _mlContext, model, recording, settings.Recipe.TimeSteps,
            layers => layer = layers.MinBy(candidate => candidate.Height * candidate.Width)!);
        console.WriteLine($"The reloaded model on a stream of the class {file.Label}, {Path.GetFileName(file.Path)}:");
        int longest = classes.Max(name => name.Length);
        foreach (StreamStep step in steps)
        {
            int best = Array.IndexOf(step.Scores, step.Scores.Max());
            console.WriteLine($"  {step.Time / 1000.0,7:F1} ms  {classes[best].PadRight(longest)} {100 * step.Scores[best],6:F2}%");
        }

        float[] frames = new EventFraming(EventPipeline.Framing(settings)).Accumulate(recording);
        string picture = Path.Combine(settings.Out, _plotFile);
        RecordingPlot.Save(
            $"{recording.Count} events of the class {file.Label}", frames, settings.FrameHeight, settings.FrameWidth, layer!, steps,
            classes, picture);
        console.WriteLine($"Its frames, spikes and scores: {picture}");
    }

    private IReadOnlyList<string> Classes(ITransformer model) => _mlContext.Model.GetSpikingNetwork(model).ClassLabels
        ?? throw new InvalidOperationException("The model does not name its classes.");

    private void ShowEpoch(TrainingMetrics metrics) => console.WriteLine(
        $"Epoch {metrics.Epoch,3}/{metrics.Epochs}  loss {metrics.Loss:F4}  accuracy {100 * metrics.Accuracy,5:F1}%  "
        + $"firing rate {metrics.FiringRate:F3}  {metrics.SamplesPerSecond,5:F0} recordings/s");
}

using EventCamera.Simulation;
using Microsoft.ML;
using Microsoft.ML.Snn;

namespace Samples.Tests;

/// <summary>
/// A small model of simulated recordings, saved as EventCamera saves its own: its scores mean little, but they are scores. Shared by all
/// tests.
/// </summary>
public sealed class TrainedEventModel : IDisposable
{
    public const int TimeSteps = 4;

    public TrainedEventModel()
    {
        Folder = Directory.CreateTempSubdirectory("snnml-event-model-").FullName;
        Path = System.IO.Path.Combine(Folder, "model.zip");
        ShapeRecordings.Make(System.IO.Path.Combine(Folder, "recordings"), seed: 1, training: 3, held: 1);
        Recordings = [.. Directory.EnumerateFiles(System.IO.Path.Combine(Folder, "recordings"), "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)];
        Train(Path, seed: 1);
    }

    /// <summary>A folder for the tests' files, deleted at the end.</summary>
    public string Folder { get; }

    public string Path { get; }

    /// <summary>The files that the model was trained on.</summary>
    public IReadOnlyList<string> Recordings { get; }

    /// <summary>Trains a model and saves it.</summary>
    public void Train(string path, int seed, EventReadOptions? reading = null)
    {
        var context = new MLContext(seed);
        IDataView recordings = context.Data.LoadFromEnumerable(Recordings.Select(
            file => new Recording { Path = file, Label = System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(file))! }));
        ITransformer model = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.Transforms.LoadEvents(new EventLoadingEstimator.Options
            {
                OutputColumnName = "Events", InputColumnName = "Path", Reading = reading ?? new(),
            }))
            .Append(context.Transforms.AccumulateEvents("Features", "Events", ShapeRecordings.Sensor, ShapeRecordings.Sensor, TimeSteps))
            .Append(context.MulticlassClassification.Trainers.SpikingResNet(new SpikingResNetTrainer.Options
            {
                Architecture = new() { Name = "Tiny", Stem = new(8, 3, 2), Stages = [new(1, 8, 2)] }, Epochs = 1, Seed = seed,
            }))
            .Fit(recordings);
        context.Model.Save(model, recordings.Schema, path);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private sealed class Recording
    {
        public string Path { get; set; } = "";

        public string Label { get; set; } = "";
    }
}

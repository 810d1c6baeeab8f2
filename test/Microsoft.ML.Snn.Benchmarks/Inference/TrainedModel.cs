using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Benchmarks.Inference;

/// <summary>A ResNet-19 trained for a few hundred batches, kept in the temporary folder for the next run.</summary>
internal static class TrainedModel
{
    private const int Batches = 300, QuickBatches = 30, BatchSize = 8, TimeSteps = 2;

    /// <summary>Path of the model's zip.</summary>
    /// <param name="width">Factor of the network's width.</param>
    /// <param name="quick">Whether to train briefly only; one that was trained for longer does as well.</param>
    public static string Make(double width, bool quick)
    {
        int batches = quick ? QuickBatches : Batches;
        string folder = Path.Combine(Path.GetTempPath(), "SnnMl.Benchmarks");
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"resnet19-{width}-{batches}.zip");
        if (quick && Directory.GetFiles(folder, $"resnet19-{width}-*.zip") is [string any, ..])
            return any;
        if (File.Exists(path))
            return path;
        Console.WriteLine($"Training ResNet-19 x {width} for {batches} batches of {BatchSize}:");
        Pictures pictures = Pictures.Load(batches * BatchSize, 0);
        var context = new MLContext(seed: 1);
        IDataView training = context.Data.LoadFromEnumerable(pictures.Training);
        var clock = Stopwatch.StartNew();
        long last = 0;
        ITransformer model = context.MulticlassClassification.Trainers.SpikingResNet(new SpikingResNetTrainer.Options
        {
            Architecture = SpikingResNetArchitecture.ResNet19.WithWidth(width),
            TimeSteps = TimeSteps,
            Epochs = 1,
            BatchSize = BatchSize,
            LearningRate = 0.05,
            Seed = 1,
            Progress = new Progress<TrainingProgress>(progress =>
            {
                if (clock.ElapsedMilliseconds - last < 20_000)
                    return;
                last = clock.ElapsedMilliseconds;
                Console.WriteLine($"  batch {progress.Batch} of {progress.Batches}, loss {progress.Loss:F2}, {clock.Elapsed:mm\\:ss}");
            }),
        }).Fit(training);
        Save(context.Model.GetSpikingNetwork(model), path + ".part");
        File.Move(path + ".part", path, overwrite: true);
        return path;
    }

    public static SpikingNetwork Load(string path)
    {
        var context = new MLContext();
        return context.Model.GetSpikingNetwork(context.Model.Load(path, out _));
    }

    /// <summary>Saves a network as the model of a score column.</summary>
    public static void Save(SpikingNetwork network, string path)
    {
        var context = new MLContext();
        IDataView data = context.Data.LoadFromEnumerable<Pictures.Row>([]);
        var model = new MulticlassPredictionTransformer<SpikingResNetModelParameters>(
            context, new(context, network, "Score"), data.Schema, "Features", "Label");
        context.Model.Save(model, data.Schema, path);
    }
}

using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.Snn.Benchmarks.Inference;

namespace Microsoft.ML.Snn.Benchmarks.Accuracy;

/// <summary>
/// What the options of training are worth for recordings: variants of one for N-MNIST, each trained on four fifths of the 900
/// training recordings and scored on the other fifth, another one for each seed.
/// </summary>
internal static class EventOptionsBenchmark
{
    private const string Archive = "events/nmnist-train900.zip";
    private const int Folds = 5, Epochs = 20, TimeSteps = 5, Sensor = 34, Classes = 10;

    public static int Run(string[] arguments)
    {
        string[] keys = [.. EventVariant.All.Select(variant => variant.Key)];
        if (VariantArguments.Parse("event-options", arguments, Folds, keys) is not { } asked)
            return 2;
        if (asked.Seeds > Folds)
        {
            Console.Error.WriteLine($"There are {Folds} folds, and so as many seeds at most.");
            return 2;
        }
        if (Pictures.FindData(Archive) is not { } archive)
        {
            Console.Error.WriteLine($"There is no {Archive} in the folder named by SNNML_DATA, or in shared/data beside the repository.");
            return 2;
        }
        Row[] rows = Read(archive);
        var results = new VariantResults(asked.Folder);
        EventVariant[] variants = [.. EventVariant.All.Where(variant => asked.Has(variant.Key))];
        int epochs = asked.IsQuick ? 2 : Epochs;
        Console.WriteLine($"{rows.Length} recordings of N-MNIST, a fifth held out, another one for each seed; {epochs} epochs");
        foreach (EventVariant variant in asked.Trains ? variants : [])
        {
            for (int seed = 1; seed <= asked.Seeds; seed++)
            {
                int fold = seed - 1;
                SpikingResNetTrainer.Options options = variant.Options(epochs, seed);
                results.Make(variant.Key, seed, () => Train(
                    options, [.. rows.Where((_, i) => i % Folds != fold)], [.. rows.Where((_, i) => i % Folds == fold)]));
            }
        }
        if (asked.Writes)
        {
            Console.WriteLine($"{"",-60} {"held out",9} {"deviation",10} {"folds",5}");
            foreach (EventVariant variant in variants)
            {
                if (results.Of(variant.Key, asked.Seeds) is { Length: > 0 } accuracies)
                    Console.WriteLine($"{variant.Name,-60} {VariantResults.Describe(accuracies)}");
            }
        }
        return 0;
    }

    private static double Train(SpikingResNetTrainer.Options options, Row[] training, Row[] heldOut)
    {
        var context = new MLContext(seed: 1);
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, TimeSteps, 2, Sensor, Sensor);
        IDataView view = context.Data.LoadFromEnumerable(training, schema);
        SpikingNetwork network = context.MulticlassClassification.Trainers.SpikingResNet(options).Fit(view).Model.Network;
        return heldOut.Average(row => network.Predict(row.Features) == row.Label ? 1.0 : 0);
    }

    private static Row[] Read(string archive)
    {
        var framing = new EventFraming(new() { Height = Sensor, Width = Sensor, TimeSteps = TimeSteps });
        DirectoryInfo folder = Directory.CreateTempSubdirectory("snnml-event-options");
        try
        {
            ZipFile.ExtractToDirectory(archive, folder.FullName);
            string[] paths = Directory.GetFiles(folder.FullName, "*.bin", SearchOption.AllDirectories);
            // By their numbers, which have nothing to do with the classes.
            return [.. paths.OrderBy(Path.GetFileName, StringComparer.Ordinal)
                .Select(path => new Row
                {
                    Features = framing.Accumulate(EventRecording.Load(path)),
                    Label = uint.Parse(Path.GetFileName(Path.GetDirectoryName(path)!)),
                })];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        [KeyType(Classes)]
        public uint Label { get; set; }
    }
}

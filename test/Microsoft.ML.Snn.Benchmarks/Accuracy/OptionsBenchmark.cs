using Microsoft.ML.Data;
using Microsoft.ML.Snn.Benchmarks.Inference;

namespace Microsoft.ML.Snn.Benchmarks.Accuracy;

/// <summary>
/// What the options of training are worth for pictures: a small recipe, and the same with one thing changed, each trained with several
/// seeds for as many epochs and scored on held-out training pictures.
/// </summary>
internal static class OptionsBenchmark
{
    private const int TrainingPictures = 10_000, HeldOut = 5000, Epochs = 6, Seeds = 3, TracedPictures = 200, TimedPictures = 64;

    // A seed of its own: the teacher is one network for all its students.
    private const int TeacherSeed = 101;

    // A bound that the largest of ten scores always reaches.
    private static readonly EarlyExit _afterFirstStep = new() { Confidence = 0.1f };

    public static int Run(string[] arguments)
    {
        if (VariantArguments.Parse("options", arguments, Seeds, [.. OptionVariant.All.Select(variant => variant.Key)]) is not { } asked)
            return 2;
        (int pictures, int epochs) = asked.IsQuick ? (1000, 2) : (TrainingPictures, Epochs);
        // Held out of the training pictures: nothing here looks at those for the test.
        Pictures all = Pictures.Load(pictures + HeldOut, 0);
        Pictures.Row[] training = all.Training[..pictures], heldOut = all.Training[pictures..];
        OptionVariant[] variants = [.. OptionVariant.All.Where(variant => asked.Has(variant.Key))];
        var results = new VariantResults(asked.Folder);
        Console.WriteLine(
            $"{OptionVariant.Recipe().Architecture.Name} on {all.Name}, {pictures} pictures of 32x32, {HeldOut} of the training pictures held "
            + $"out; {epochs} epochs");
        foreach (OptionVariant variant in asked.Trains ? variants : [])
        {
            for (int seed = 1; seed <= asked.Seeds; seed++)
            {
                SpikingResNetTrainer.Options options = variant.Options(epochs, seed);
                string path = results.NetworkOf(variant.Key, seed);
                results.Make(variant.Key, seed, () =>
                {
                    if (variant.IsDense)
                        return ReluTwin.Train(options, training, heldOut);
                    SpikingNetwork network = Fit(options, training, variant.UsesTeacher ? TeacherScores(epochs, training, results) : null);
                    network.Save(path);
                    return Accuracy(network, heldOut, EarlyExit.Never);
                });
            }
        }
        if (asked.Writes)
            Write(variants, asked.Seeds, heldOut, results);
        return 0;
    }

    private static SpikingNetwork Fit(SpikingResNetTrainer.Options options, Pictures.Row[] training, float[][]? teacher)
    {
        var context = new MLContext(seed: 1);
        IDataView view;
        if (teacher is null)
        {
            view = context.Data.LoadFromEnumerable(training);
        }
        else
        {
            options.TeacherScoreColumnName = nameof(TaughtRow.Teacher);
            view = context.Data.LoadFromEnumerable(training.Zip(teacher, (row, scores) => new TaughtRow
            {
                Features = row.Features, Label = row.Label, Teacher = scores,
            }));
        }
        return context.MulticlassClassification.Trainers.SpikingResNet(options).Fit(view).Model.Network;
    }

    private static float[][] TeacherScores(int epochs, Pictures.Row[] training, VariantResults results)
    {
        string path = results.PathOf("teacher-network.zip");
        results.MakeShared(path, () =>
        {
            SpikingResNetTrainer.Options options = OptionVariant.Recipe(width: 2);
            (options.Epochs, options.Seed) = (epochs, TeacherSeed);
            Fit(options, training, null).Save(path);
        });
        SpikingNetwork network = SpikingNetwork.Load(path);
        return [.. training.Select(row =>
        {
            float[] scores = new float[network.ClassCount];
            network.Score(row.Features, scores);
            return scores;
        })];
    }

    private static void Write(OptionVariant[] variants, int seeds, Pictures.Row[] heldOut, VariantResults results)
    {
        OptionVariant[] made = [.. variants.Where(variant => results.Of(variant.Key, seeds).Length > 0)];
        Dictionary<string, SpikingNetwork> networks = made
            .Select(variant => (variant.Key, Path: Enumerable.Range(1, seeds).Select(seed => results.NetworkOf(variant.Key, seed))
                .FirstOrDefault(File.Exists)))
            .Where(pair => pair.Path is not null)
            .ToDictionary(pair => pair.Key, pair => SpikingNetwork.Load(pair.Path!));
        IContender[] contenders = [.. networks.Select(pair => new EngineContender(pair.Key, pair.Value, threads: 1))];
        float[] timed = [.. heldOut.Take(TimedPictures).SelectMany(row => row.Features)];
        Dictionary<string, double> times = contenders.Length == 0 ? [] : Measurement
            .InTurns(contenders, [timed], TimedPictures, Pictures.Classes, TimeSpan.FromSeconds(60))
            .ToDictionary(time => time.Name, time => time.Median / TimedPictures);
        Console.WriteLine(
            $"{"",-70} {"held out",9} {"deviation",10} {"seeds",5} {"first step",11} {"synaptic ops",13} {"additions",11} {"ms",7}");
        foreach (OptionVariant variant in made)
        {
            string costs = "";
            if (networks.TryGetValue(variant.Key, out SpikingNetwork? network))
            {
                SpikingTrace[] traces = [.. heldOut.Take(TracedPictures).Select(row => network.Trace(row.Features))];
                string first = network.TimeSteps > 1 ? $"{Accuracy(network, heldOut, _afterFirstStep):P1}" : "";
                costs = $"{first,11} {traces.Average(trace => trace.SynapticOperations),13:N0} "
                    + $"{traces.Average(trace => trace.Additions),11:N0} {times[variant.Key],7:F3}";
            }
            Console.WriteLine($"{variant.Name,-70} {VariantResults.Describe(results.Of(variant.Key, seeds))} {costs}");
        }
    }

    private static double Accuracy(SpikingNetwork network, Pictures.Row[] rows, EarlyExit exit) =>
        rows.Average(row => network.Predict(row.Features, exit) == row.Label ? 1.0 : 0);

    private sealed class TaughtRow
    {
        [VectorType(Pictures.Channels, Pictures.Size, Pictures.Size)]
        public float[] Features { get; set; } = [];

        [KeyType(Pictures.Classes)]
        public uint Label { get; set; }

        [VectorType(Pictures.Classes)]
        public float[] Teacher { get; set; } = [];
    }
}

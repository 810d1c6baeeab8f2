using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Snn.Benchmarks.Inference;

namespace Microsoft.ML.Snn.Benchmarks.Accuracy;

/// <summary>
/// What the options of training are worth: a small recipe, and the same with one thing changed, each trained with several seeds for as many
/// epochs and scored on held-out training pictures. Results stay in a folder, so that a long measurement can be cut short, go on, or be
/// shared by several processes.
/// </summary>
internal static class OptionsBenchmark
{
    private const int TrainingPictures = 10_000, HeldOut = 5000, Epochs = 6, Seeds = 3, TracedPictures = 200, TimedPictures = 64;
    private const string Usage = "Usage: options [--quick] [--results <folder>] [--seeds <number>] [--train | --table] [<variant> ...]";

    // A seed of its own: the teacher is one network for all its students.
    private const int TeacherSeed = 101;

    // A bound that the largest of ten scores always reaches.
    private static readonly EarlyExit _afterFirstStep = new() { Confidence = 0.1f };

    public static int Run(string[] arguments)
    {
        (int pictures, int epochs, int seeds) = (TrainingPictures, Epochs, Seeds);
        string folder = "options-results";
        bool trains = true, writes = true;
        var keys = new List<string>();
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--quick":
                    (pictures, epochs, seeds) = (1000, 2, 1);
                    break;
                case "--train":
                    writes = false;
                    break;
                case "--table":
                    trains = false;
                    break;
                case "--results" when i + 1 < arguments.Length:
                    folder = arguments[++i];
                    break;
                case "--seeds" when i + 1 < arguments.Length && int.TryParse(arguments[i + 1], out int number) && number > 0:
                    (seeds, i) = (number, i + 1);
                    break;
                case string key when OptionVariant.All.Any(variant => variant.Key == key):
                    keys.Add(key);
                    break;
                default:
                    Console.Error.WriteLine(Usage);
                    Console.Error.WriteLine($"Variants: {string.Join(", ", OptionVariant.All.Select(variant => variant.Key))}");
                    return 2;
            }
        }
        Directory.CreateDirectory(folder);
        // Held out of the training pictures: nothing here looks at those for the test.
        Pictures all = Pictures.Load(pictures + HeldOut, 0);
        Pictures.Row[] training = all.Training[..pictures], heldOut = all.Training[pictures..];
        OptionVariant[] variants = [.. OptionVariant.All.Where(variant => keys.Count == 0 || keys.Contains(variant.Key))];
        Console.WriteLine(
            $"{OptionVariant.Recipe().Architecture.Name} on {all.Name}, {pictures} pictures of 32x32, {HeldOut} of the training pictures held "
            + $"out; {epochs} epochs, {seeds} seeds");
        if (trains)
        {
            foreach (OptionVariant variant in variants)
            {
                for (int seed = 1; seed <= seeds; seed++)
                    Train(variant, seed, epochs, training, heldOut, folder);
            }
        }
        if (writes)
            Write(variants, seeds, heldOut, folder);
        return 0;
    }

    private static void Train(
        OptionVariant variant, int seed, int epochs, Pictures.Row[] training, Pictures.Row[] heldOut, string folder)
    {
        string path = Path.Combine(folder, $"{variant.Key}.{seed}");
        if (File.Exists(path + ".txt"))
            return;
        using FileStream? claim = Claim(path + ".claim");
        if (claim is null || File.Exists(path + ".txt"))
            return;
        var clock = Stopwatch.StartNew();
        double accuracy;
        SpikingResNetTrainer.Options options = variant.Options(epochs, seed);
        if (variant.IsDense)
        {
            accuracy = ReluTwin.Train(options, training, heldOut);
        }
        else
        {
            float[][]? teacher = variant.UsesTeacher ? TeacherScores(epochs, training, folder) : null;
            SpikingNetwork network = Fit(options, training, teacher);
            network.Save(path + ".zip");
            accuracy = Accuracy(network, heldOut);
        }
        string row = string.Create(CultureInfo.InvariantCulture, $"{accuracy:R}\t{clock.Elapsed.TotalMinutes:F2}");
        File.WriteAllText(path + ".txt", row);
        Console.WriteLine($"{variant.Key} seed {seed}: {accuracy:P1}, {clock.Elapsed.TotalMinutes:F1} min");
    }

    /// <summary>Null where another process is at it.</summary>
    private static FileStream? Claim(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException)
        {
            return null;
        }
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

    private static float[][] TeacherScores(int epochs, Pictures.Row[] training, string folder)
    {
        string path = Path.Combine(folder, "teacher-network.zip");
        FileStream? claim;
        while ((claim = Claim(path + ".claim")) is null)
            Thread.Sleep(1000);
        using (claim)
        {
            if (!File.Exists(path))
            {
                SpikingResNetTrainer.Options options = OptionVariant.Recipe(width: 2);
                (options.Epochs, options.Seed) = (epochs, TeacherSeed);
                Fit(options, training, null).Save(path);
            }
        }
        SpikingNetwork network = SpikingNetwork.Load(path);
        return [.. training.Select(row =>
        {
            float[] scores = new float[network.ClassCount];
            network.Score(row.Features, scores);
            return scores;
        })];
    }

    private static void Write(OptionVariant[] variants, int seeds, Pictures.Row[] heldOut, string folder)
    {
        (OptionVariant Variant, double[] Accuracies, SpikingNetwork? Network)[] rows = [.. variants.Select(variant =>
        {
            string[] paths = [.. Enumerable.Range(1, seeds).Select(seed => Path.Combine(folder, $"{variant.Key}.{seed}"))];
            string? network = paths.Select(path => path + ".zip").FirstOrDefault(File.Exists);
            return (variant, paths.Where(path => File.Exists(path + ".txt")).Select(path => Read(path + ".txt")).ToArray(),
                network is null ? null : SpikingNetwork.Load(network));
        }).Where(row => row.Item2.Length > 0)];
        float[] timed = [.. heldOut.Take(TimedPictures).SelectMany(row => row.Features)];
        IContender[] contenders = [.. rows.Where(row => row.Network is not null)
            .Select(row => new EngineContender(row.Variant.Key, row.Network!, threads: 1))];
        Dictionary<string, double> times = contenders.Length == 0 ? [] : Measurement
            .InTurns(contenders, timed, TimedPictures, Pictures.Classes, TimeSpan.FromSeconds(60))
            .ToDictionary(time => time.Name, time => time.Median / TimedPictures);
        Console.WriteLine(
            $"{"",-70} {"held out",9} {"deviation",10} {"seeds",5} {"first step",11} {"synaptic ops",13} {"additions",11} {"ms",7}");
        foreach ((OptionVariant variant, double[] accuracies, SpikingNetwork? network) in rows)
        {
            double mean = accuracies.Average();
            double deviation = accuracies.Length < 2
                ? double.NaN
                : Math.Sqrt(accuracies.Sum(value => (value - mean) * (value - mean)) / (accuracies.Length - 1));
            string costs = "";
            if (network is not null)
            {
                SpikingTrace[] traces = [.. heldOut.Take(TracedPictures).Select(row => network.Trace(row.Features))];
                string first = network.TimeSteps > 1 ? $"{FirstStep(network, heldOut):P1}" : "";
                costs = $"{first,11} {traces.Average(trace => trace.SynapticOperations),13:N0} "
                    + $"{traces.Average(trace => trace.Additions),11:N0} {times[variant.Key],7:F3}";
            }
            Console.WriteLine($"{variant.Name,-70} {mean,9:P1} {deviation,10:P1} {accuracies.Length,5} {costs}");
        }
    }

    private static double Read(string path) => double.Parse(File.ReadAllText(path).Split('\t')[0], CultureInfo.InvariantCulture);

    private static double Accuracy(SpikingNetwork network, Pictures.Row[] rows) =>
        rows.Average(row => network.Predict(row.Features) == row.Label ? 1.0 : 0);

    private static double FirstStep(SpikingNetwork network, Pictures.Row[] rows) =>
        rows.Average(row => network.Predict(row.Features, _afterFirstStep) == row.Label ? 1.0 : 0);

    private sealed class TaughtRow
    {
        [Microsoft.ML.Data.VectorType(Pictures.Channels, Pictures.Size, Pictures.Size)]
        public float[] Features { get; set; } = [];

        [Microsoft.ML.Data.KeyType(Pictures.Classes)]
        public uint Label { get; set; }

        [Microsoft.ML.Data.VectorType(Pictures.Classes)]
        public float[] Teacher { get; set; } = [];
    }
}

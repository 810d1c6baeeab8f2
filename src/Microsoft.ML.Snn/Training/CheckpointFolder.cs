using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Microsoft.ML.Snn;

/// <summary>
/// Where a training run keeps its checkpoint. Its file is named after everything that decides the outcome (network, options, data, seed): runs
/// that differ in any of it, such as the folds of a cross-validation, share a folder without disturbing each other, and none goes on from
/// what another one left.
/// </summary>
internal sealed class CheckpointFolder
{
    private readonly string _file;

    public CheckpointFolder(
        string folder, SpikingResNetTrainer.Options options, SampleShape shape, int timeSteps, ExampleSurvey training, ExampleSurvey? validation,
        SeedSequence seeds)
    {
        byte[] run = Encoding.UTF8.GetBytes(Describe(options, shape, timeSteps, training, validation, seeds));
        string name = Convert.ToHexStringLower(XxHash128.Hash(run));
        _file = Path.Combine(Directory.CreateDirectory(folder).FullName, $"{name}.checkpoint");
    }

    /// <summary>
    /// The seed of a run for which none was given: a new one the first time, the same one from then on, so that a run started again is the same run.
    /// </summary>
    public static int FindSeed(string folder, int drawn)
    {
        string file = Path.Combine(Directory.CreateDirectory(folder).FullName, "seed.txt");
        if (!File.Exists(file))
            File.WriteAllText(file, drawn.ToString(CultureInfo.InvariantCulture));
        return int.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out int seed)
            ? seed
            : throw new InvalidDataException($"{file} does not hold a seed. Delete it, and the checkpoints beside it, to start anew.");
    }

    /// <summary>The last checkpoint of this very run, or null.</summary>
    /// <exception cref="InvalidDataException">There is one, but it is damaged.</exception>
    public Checkpoint? TryRead() => File.Exists(_file) ? Checkpoint.Read(_file) : null;

    public void Write(Checkpoint checkpoint) => checkpoint.Write(_file);

    private static string Describe(
        SpikingResNetTrainer.Options options, SampleShape shape, int timeSteps, ExampleSurvey training, ExampleSurvey? validation, SeedSequence seeds)
    {
        var text = new StringBuilder();
        SpikingResNetArchitecture architecture = options.Architecture;
        Add(architecture.Stem, architecture.Block, architecture.HiddenUnits, shape, timeSteps, options.Neuron, seeds.Seed);
        foreach (SpikingStage stage in architecture.Stages)
            Add(stage);
        Add(options.Epochs, options.BatchSize, options.LearningRate, options.Momentum, options.WeightDecay, options.Schedule, options.WarmupEpochs);
        Add(options.StepEpochs, options.StepFactor, options.Loss, options.Augmentation, options.NormalizeInput, options.EarlyStopping,
            options.Precision);
        Add(options.ExampleWeightColumnName, training.MeanWeight);
        Add(string.Join(' ', training.ClassCounts), string.Join(' ', validation?.ClassCounts ?? []));
        foreach (float value in training.Mean.Concat(training.Deviation))
            Add(value);
        return text.ToString();

        void Add(params ReadOnlySpan<object?> values)
        {
            foreach (object? value in values)
                text.Append(CultureInfo.InvariantCulture, $"{value}\n");
        }
    }
}

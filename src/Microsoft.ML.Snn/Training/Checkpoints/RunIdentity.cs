using System.Collections;
using System.Globalization;
using System.IO.Hashing;
using System.Reflection;

namespace Microsoft.ML.Snn;

/// <summary>A hash of all that decides the weights that a training run ends with, but for the machine (<see cref="TrainingMachine"/>).</summary>
internal readonly record struct RunIdentity(UInt128 Hash)
{
    /// <summary>
    /// The options that cannot change the weights, or do so through something else that is hashed. All others are: one that is added
    /// to the trainer and not to this list makes another run.
    /// </summary>
    internal static readonly HashSet<string> Ignored =
    [
        // Where the data come from, and their share; the samples themselves are hashed.
        nameof(SpikingResNetTrainer.Options.FeatureColumnName), nameof(SpikingResNetTrainer.Options.LabelColumnName),
        nameof(SpikingResNetTrainer.Options.ExampleWeightColumnName), nameof(SpikingResNetTrainer.Options.ValidationSet),
        nameof(SpikingResNetTrainer.Options.ValidationFraction),
        // What is hashed as it was resolved: null stands for several things.
        nameof(SpikingResNetTrainer.Options.TimeSteps), nameof(SpikingResNetTrainer.Options.InputShape),
        nameof(SpikingResNetTrainer.Options.NormalizeInput), nameof(SpikingResNetTrainer.Options.Device), nameof(SpikingResNetTrainer.Options.Seed),
        // What is made of the weights, and who hears of it.
        nameof(SpikingResNetTrainer.Options.ScoreColumnName), nameof(SpikingResNetTrainer.Options.PredictedLabelColumnName),
        nameof(SpikingResNetTrainer.Options.Quantize), nameof(SpikingResNetTrainer.Options.MetricsCallback),
        nameof(SpikingResNetTrainer.Options.ProgressCallback), nameof(SpikingResNetTrainer.Options.CancellationToken),
        nameof(SpikingResNetTrainer.Options.CheckpointFolder),
        // How it is computed: to the same bits. Of the cache only the order of the samples depends, which is hashed.
        nameof(SpikingResNetTrainer.Options.Memory), nameof(SpikingResNetTrainer.Options.CacheMegabytes),
    ];

    /// <param name="options">The trainer's.</param>
    /// <param name="shape">Of the samples.</param>
    /// <param name="timeSteps">T of the last phase.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="seeds">All seeds.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="training">The training set's samples.</param>
    /// <param name="batches">The training set's batches.</param>
    /// <param name="validation">The validation set's samples, where their accuracy decides (early stopping).</param>
    public static RunIdentity Of(
        SpikingResNetTrainer.Options options, SampleShape shape, int timeSteps, int classes, SeedSequence seeds, string device,
        ExampleSurvey training, BatchSource batches, ExampleSurvey? validation)
    {
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        WriteOptions(writer, options);
        Write(writer, nameof(shape), shape.ToString());
        Write(writer, nameof(timeSteps), timeSteps);
        Write(writer, nameof(classes), classes);
        Write(writer, nameof(seeds), seeds.Seed);
        Write(writer, nameof(device), device);
        Write(writer, nameof(options.NormalizeInput), options.NormalizeInput ?? shape.Slices is null);
        // The samples' order: a permutation of all, or what a pool of this size gives.
        Write(writer, nameof(batches.PoolSize), batches.PoolSize);
        Write(writer, nameof(training), training.ContentHash);
        Write(writer, nameof(validation), options.EarlyStopping is null ? null : validation?.ContentHash);
        writer.Flush();
        return new(XxHash128.HashToUInt128(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
    }

    /// <summary>The options that are hashed, in an order of their own.</summary>
    internal static IEnumerable<FieldInfo> Hashed() => typeof(SpikingResNetTrainer.Options).GetFields(BindingFlags.Public | BindingFlags.Instance)
        .Where(field => !Ignored.Contains(field.Name)).OrderBy(field => field.Name, StringComparer.Ordinal);

    /// <summary>Writes what of the options is hashed.</summary>
    internal static void WriteOptions(BinaryWriter writer, SpikingResNetTrainer.Options options)
    {
        foreach (FieldInfo option in Hashed())
            Write(writer, option.Name, option.GetValue(options));
    }

    private static void Write(BinaryWriter writer, string name, object? value)
    {
        writer.Write(name);
        switch (value)
        {
            case null:
                writer.Write(false);
                break;
            case string or bool or Enum:
                writer.Write(true);
                writer.Write(value.ToString()!);
                break;
            // Numbers, in as many digits as tell them apart.
            case IFormattable number:
                writer.Write(true);
                writer.Write(number.ToString(null, CultureInfo.InvariantCulture));
                break;
            case IEnumerable items:
                writer.Write(true);
                int count = 0;
                foreach (object? item in items)
                    Write(writer, $"{count++}", item);
                writer.Write("end");
                break;
            default:
                writer.Write(true);
                foreach (PropertyInfo property in Settings(value.GetType()))
                    Write(writer, property.Name, property.GetValue(value));
                break;
        }
    }

    /// <summary>What can be set of a class of options; what it computes has no setter.</summary>
    /// <exception cref="NotSupportedException">There is nothing: values of such a type would all seem the same.</exception>
    private static PropertyInfo[] Settings(Type type)
    {
        PropertyInfo[] settings = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite && property != typeof(SpikingResNetArchitecture).GetProperty(nameof(SpikingResNetArchitecture.Name)))
            .OrderBy(property => property.Name, StringComparer.Ordinal)];
        return settings.Length > 0 ? settings : throw new NotSupportedException($"Options of type {type} cannot be told apart.");
    }
}

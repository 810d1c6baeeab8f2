using System.IO.Hashing;

namespace Microsoft.ML.Snn;

/// <summary>A hash of all that decides the weights that a training run ends with.</summary>
internal readonly record struct RunIdentity(UInt128 Hash)
{
    /// <param name="validation">The validation set's samples, where their accuracy decides (early stopping).</param>
    public static RunIdentity Of(
        SpikingResNetTrainer.Options options, SampleShape shape, int timeSteps, SeedSequence seeds, string device, ExampleSurvey training,
        BatchSource batches, ExampleSurvey? validation)
    {
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        Write(writer, options.Architecture);
        writer.Write(shape.ToString());
        writer.Write(timeSteps);
        Write(writer, options.Neuron);
        writer.Write(seeds.Seed);
        writer.Write(device);
        writer.Write((int)options.Precision);
        WriteSchedule(writer, options);
        Write(writer, options.Augmentation ?? new ImageAugmentation());
        writer.Write(options.NormalizeInput ?? shape.Slices is null);
        // The samples' order: a permutation of all, or what a pool of this size gives.
        writer.Write(batches.PoolSize);
        Write(writer, training.ContentHash);
        writer.Write(options.EarlyStopping is not null);
        if (options.EarlyStopping is { } stopping && validation is not null)
        {
            writer.Write(stopping.Patience);
            writer.Write(stopping.MinimumGain);
            Write(writer, validation.ContentHash);
        }
        writer.Flush();
        return new(XxHash128.HashToUInt128(bytes.ToArray()));
    }

    private static void Write(BinaryWriter writer, SpikingResNetArchitecture architecture)
    {
        writer.Write((int)architecture.Block);
        writer.Write(architecture.HiddenUnits);
        writer.Write(architecture.Stem.Width);
        writer.Write(architecture.Stem.Kernel);
        writer.Write(architecture.Stem.Stride);
        foreach (SpikingStage stage in architecture.Stages)
        {
            writer.Write(stage.Blocks);
            writer.Write(stage.Width);
            writer.Write(stage.Stride);
        }
    }

    private static void Write(BinaryWriter writer, LifNeuronOptions neuron)
    {
        writer.Write(neuron.Decay);
        writer.Write(neuron.Threshold);
        writer.Write(neuron.SurrogateWidth);
        writer.Write(neuron.DetachReset);
    }

    private static void WriteSchedule(BinaryWriter writer, SpikingResNetTrainer.Options options)
    {
        writer.Write(options.Epochs);
        writer.Write(options.BatchSize);
        // Nothing for the optimizer that there was before there was a choice: checkpoints of then stay good.
        if (options.Optimizer != TrainingOptimizer.StochasticGradientDescent)
            writer.Write((int)options.Optimizer);
        writer.Write(options.LearningRate);
        writer.Write(options.Momentum);
        writer.Write(options.WeightDecay);
        writer.Write((int)options.Schedule);
        writer.Write(options.WarmupEpochs);
        writer.Write(options.StepEpochs);
        writer.Write(options.StepFactor);
        writer.Write((int)options.Loss);
        writer.Write(options.LabelSmoothing);
        writer.Write(options.WeightAverageDecay);
        foreach (TrainingPhase phase in options.EarlyPhases ?? [])
        {
            writer.Write(phase.Epochs);
            writer.Write(phase.TimeSteps ?? 0);
            writer.Write(phase.Scale);
        }
    }

    private static void Write(BinaryWriter writer, ImageAugmentation augmentation)
    {
        writer.Write(augmentation.CropPadding);
        writer.Write(augmentation.HorizontalFlip);
        writer.Write(augmentation.CutoutSize);
        writer.Write(augmentation.EventDrop);
    }

    private static void Write(BinaryWriter writer, UInt128 hash)
    {
        writer.Write((ulong)(hash >> 64));
        writer.Write((ulong)hash);
    }
}

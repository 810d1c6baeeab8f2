using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Torch;
using Microsoft.ML.Snn.Training.Checkpoints;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Running;

namespace Microsoft.ML.Snn;

public sealed partial class SpikingResNetTrainer
{
    /// <summary>
    /// Measures the block isometry of this trainer's network, untrained or in training, without training it: how each path between two
    /// tdBNs changes the length of gradients. It asks nothing of other ranks: each that calls it measures by itself.
    /// </summary>
    /// <param name="data">The training set: what <c>Fit</c> takes.</param>
    /// <param name="options">How to measure; null for the defaults.</param>
    /// <returns>Each path between two tdBNs, from input to output; those into the head are left out.</returns>
    /// <inheritdoc cref="Fit(IDataView, IDataView)" path="/exception"/>
    /// <exception cref="FileNotFoundException">A checkpoint is asked for, and there is none of this run.</exception>
    /// <example>
    /// <code>
    /// SpikingResNetTrainer trainer = ml.MulticlassClassification.Trainers.SpikingResNet(new()
    /// {
    ///     Architecture = SpikingResNetArchitecture.ResNet19.WithWidth(0.125),
    ///     TimeSteps = 2,
    /// });
    /// foreach (BlockIsometry block in trainer.MeasureBlockIsometry(data))
    ///     Console.WriteLine($"{block.Source} to {block.Name}: {block.Phi:F2} (predicted {block.PredictedPhi:F2})");
    /// </code>
    /// </example>
    public IReadOnlyList<BlockIsometry> MeasureBlockIsometry(IDataView data, BlockIsometryOptions? options = null)
    {
        Host.CheckValue(data, nameof(data));
        options ??= new();
        CheckTrainingSchema(data);
        using IChannel channel = Host.Start("Block isometry");
        RoleMappedData samples = MakeRoles(data);
        var columns = ExampleColumns.Of(samples, ExampleSet.TrainingName, _options.InputShape, _options.Teacher);
        TrainingPlan plan = Plan(columns, channel, Seeds(), RankGroup.Alone);
        TrainingData read = TrainingData.Read(samples, null, plan.Reading, channel, CheckAlive);
        using var mode = new TorchTrainingMode(plan.Device, plan.AllowTensorFloat32);
        IReadOnlyDictionary<string, float[]>? tensors = options.FromCheckpoint ? FromCheckpoint(plan, read, channel) : null;
        Batch batch = read.ReadProbe(options.Samples, _options.CancellationToken);
        return WithMemoryAdvice(
            () =>
            {
                using var probe = new TrainingProbe(plan, plan.Phases[^1]);
                return probe.Measure(tensors, batch, read.Training.MeanWeight, options.Vectors).Blocks;
            },
            plan);
    }

    private IReadOnlyDictionary<string, float[]> FromCheckpoint(TrainingPlan plan, TrainingData data, IChannel channel)
    {
        IReadOnlyDictionary<string, float[]>? tensors = null;
        if (_options.CheckpointFolder is { } folder)
        {
            new CheckpointFolder(folder, Identity(plan, data), channel)
                .Resume(plan.Epochs, checkpoint => tensors = checkpoint.State.Tensors);
        }
        return tensors ?? throw new FileNotFoundException(
            "There is no checkpoint of this run: set the option CheckpointFolder as in the training, and give the trainer the same "
            + "options and data.");
    }
}

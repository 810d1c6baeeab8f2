using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Running;

namespace Microsoft.ML.Snn.Training;

/// <summary>What of an <see cref="InitialNetwork"/> a run takes over.</summary>
/// <param name="initial">The network.</param>
/// <param name="architecture">The run's.</param>
/// <param name="plan">The same for the run's samples.</param>
/// <param name="neuron">The run's.</param>
internal sealed class InitialNetworkFit(
    InitialNetwork initial, SpikingResNetArchitecture architecture, NetworkPlan plan, LifNeuronOptions neuron)
{
    private const string Option = nameof(SpikingResNetTrainer.Options.InitialNetwork);

    private InputAffineNode<float>? InputNode => initial.Graph?.Nodes.OfType<InputAffineNode<float>>().FirstOrDefault();

    /// <summary>Whether it is known what the network did with its input: nothing, or <see cref="Normalization"/>.</summary>
    public bool KnowsNormalization => initial.Graph is not null;

    /// <summary>Mean and deviation that the network takes out of each channel of its input; null for none.</summary>
    public (float[] Mean, float[] Deviation)? Normalization => InputNode is not { } node ? null : (
        [.. node.Scale.Zip(node.Offset, (scale, offset) => (float)(-(double)offset / scale))],
        [.. node.Scale.Select(scale => (float)(1 / (double)scale))]);

    /// <exception cref="ArgumentOutOfRangeException">The network is not of the run's kind; the message names what differs.</exception>
    public TrainingStart Start(ExampleColumns columns)
    {
        if (initial.FrozenStages > architecture.Stages.Length)
        {
            throw ColumnCheck.Unsuitable(
                $"The option {Option} freezes {initial.FrozenStages} stages, but the architecture has {architecture.Stages.Length}.",
                Option);
        }
        bool keepsHead = KeepsHead(columns);
        try
        {
            if (Normalization is { } input && input.Mean.Concat(input.Deviation).Any(value => !float.IsFinite(value)))
                throw new InvalidDataException("its input normalization cannot be undone: a scale is 0");
            InitialTensors tensors = initial.Graph is { } graph
                ? NetworkUnfolder.Unfold(graph, plan, neuron, keepsHead) : Checked(initial.Tensors!, keepsHead);
            int? blocks = initial.FrozenStages is not { } stages
                ? null : architecture.Stages.Take(stages).Sum(stage => stage.Blocks);
            return new(tensors, blocks, initial.LearningRateFactor);
        }
        catch (InvalidDataException e)
        {
            throw ColumnCheck.Unsuitable(
                $"The network of the option {Option} does not suit the options Architecture and Neuron, or the samples: {e.Message}.",
                Option);
        }
    }

    private bool KeepsHead(ExampleColumns columns)
    {
        int classes = initial.Graph?.Classes ?? initial.Tensors!.GetValueOrDefault($"{plan.Output.Name}.bias")?.Length ?? 0;
        if (initial.NewHead == false && classes != columns.Classes)
        {
            throw ColumnCheck.Unsuitable(
                $"The option {Option} keeps the output layer, but the network has {classes} classes and the label column "
                + $"{columns.Classes}: leave NewHead unset.", Option);
        }
        bool areSame = classes == columns.Classes
            && (initial.Graph?.Labels is not { } labels || columns.Labels is not { } others || labels.SequenceEqual(others));
        return !(initial.NewHead ?? !areSame);
    }

    /// <summary>The tensors that are taken over of a network in training.</summary>
    /// <exception cref="InvalidDataException">They are another network's.</exception>
    private InitialTensors Checked(IReadOnlyDictionary<string, float[]> tensors, bool keepsHead)
    {
        IReadOnlyDictionary<string, long> sizes = TensorSizes.Of(plan, neuron);
        var taken = new Dictionary<string, float[]>();
        foreach ((string name, float[] values) in tensors)
        {
            bool isHead = name.StartsWith($"{plan.Output.Name}.", StringComparison.Ordinal);
            if (isHead && !keepsHead)
                continue;
            if (!sizes.TryGetValue(name, out long size))
                throw new InvalidDataException($"it has a tensor more, {name}");
            if (values.Length != size)
                throw new InvalidDataException($"its tensor {name} has {values.Length} values, not {size}");
            if (values.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
                throw new InvalidDataException($"its tensor {name} is not finite");
            taken.Add(name, values);
        }
        // Neurons that begin to learn now begin at the option's value.
        string? missing = sizes.Keys.FirstOrDefault(name => !taken.ContainsKey(name) && !NeuronParameters.HasName(name)
            && (keepsHead || !name.StartsWith($"{plan.Output.Name}.", StringComparison.Ordinal)));
        return missing is null
            ? new(taken, new Dictionary<string, FoldedNormalization>()) : throw new InvalidDataException($"it has no tensor {missing}");
    }
}

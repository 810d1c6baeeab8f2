using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Running;

namespace Microsoft.ML.Snn.Training;

/// <summary>What of an <see cref="InitialNetwork"/> a run takes over. Found without TorchSharp, which need not be there yet.</summary>
internal sealed class InitialNetworkFit
{
    private const string Option = nameof(SpikingResNetTrainer.Options.InitialNetwork);

    private readonly InitialNetwork _initial;
    private readonly NetworkPlan _plan;
    private readonly LifNeuronOptions _neuron;

    /// <param name="initial">The network.</param>
    /// <param name="architecture">The run's.</param>
    /// <param name="plan">The same for the run's samples.</param>
    /// <param name="neuron">The run's.</param>
    /// <param name="columns">Of the run's samples.</param>
    /// <exception cref="ArgumentOutOfRangeException">The network is not of the run's kind; the message names what differs.</exception>
    public InitialNetworkFit(
        InitialNetwork initial, SpikingResNetArchitecture architecture, NetworkPlan plan, LifNeuronOptions neuron, ExampleColumns columns)
    {
        (_initial, _plan, _neuron) = (initial, plan, neuron);
        Start = CreateStart(architecture, columns);
    }

    /// <summary>The tensors to begin with, and how they are treated.</summary>
    public TrainingStart Start { get; }

    private InputAffineNode<float>? InputNode => _initial.Graph?.Nodes.OfType<InputAffineNode<float>>().FirstOrDefault();

    /// <summary>Whether it is known what the network did with its input: nothing, or <see cref="Normalization"/>.</summary>
    public bool KnowsNormalization => _initial.Graph is not null;

    /// <summary>Mean and deviation that the network takes out of each channel of its input; null for none.</summary>
    public (float[] Mean, float[] Deviation)? Normalization => InputNode is not { } node ? null : (
        [.. node.Scale.Zip(node.Offset, (scale, offset) => (float)(-(double)offset / scale))],
        [.. node.Scale.Select(scale => (float)(1 / (double)scale))]);

    private TrainingStart CreateStart(SpikingResNetArchitecture architecture, ExampleColumns columns)
    {
        if (_initial.FrozenStages > architecture.Stages.Length)
        {
            throw ColumnCheck.Unsuitable(
                $"The option {Option} freezes {_initial.FrozenStages} stages, but the architecture has {architecture.Stages.Length}.",
                Option);
        }
        bool keepsHead = KeepsHead(columns);
        try
        {
            if (Normalization is { } input && input.Mean.Concat(input.Deviation).Any(value => !float.IsFinite(value)))
                throw new InvalidDataException("its input normalization cannot be undone: a scale is 0");
            // Of a model with both, the folded network tells what its tensors do not, such as its neurons.
            InitialTensors? unfolded = _initial.Graph is { } graph ? NetworkUnfolder.Unfold(graph, _plan, _neuron, keepsHead) : null;
            InitialTensors tensors = _initial.Tensors is { } kept ? Checked(kept, unfolded, keepsHead) : unfolded!;
            int? blocks = _initial.FrozenStages is not { } stages
                ? null : architecture.Stages.Take(stages).Sum(stage => stage.Blocks);
            return new(tensors, blocks, _initial.LearningRateFactor);
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
        int classes = _initial.Graph?.Classes ?? _initial.Tensors!.GetValueOrDefault($"{_plan.Output.Name}.bias")?.Length ?? 0;
        if (_initial.NewHead == false && classes != columns.Classes)
        {
            throw ColumnCheck.Unsuitable(
                $"The option {Option} keeps the output layer, but the network has {classes} classes and the label column "
                + $"{columns.Classes}: leave NewHead unset.", Option);
        }
        bool areSame = classes == columns.Classes
            && (_initial.Graph?.Labels is not { } labels || columns.Labels is not { } others || labels.SequenceEqual(others));
        return !(_initial.NewHead ?? !areSame);
    }

    /// <summary>The tensors that are taken over of a network in training.</summary>
    /// <exception cref="InvalidDataException">They are another network's.</exception>
    private InitialTensors Checked(IReadOnlyDictionary<string, float[]> tensors, InitialTensors? unfolded, bool keepsHead)
    {
        IReadOnlyDictionary<string, long> sizes = TensorSizes.Of(_plan, _neuron);
        var taken = new Dictionary<string, float[]>();
        // tdBN's scale and a learned threshold are relative to the option Threshold.
        double ratio = unfolded is null ? 1 : KeptThreshold(tensors) / _neuron.Threshold;
        bool isRelative = Math.Abs(ratio - 1) > 1e-6;
        foreach ((string name, float[] values) in tensors)
        {
            bool isHead = name.StartsWith($"{_plan.Output.Name}.", StringComparison.Ordinal);
            if (isHead && !keepsHead)
                continue;
            // What neurons have learned and how they are to learn may be of two kinds: the folded network has it in numbers.
            if (unfolded is not null && NeuronParameters.HasName(name)
                && (isRelative || sizes.GetValueOrDefault(name) != values.Length))
            {
                continue;
            }
            if (!sizes.TryGetValue(name, out long size))
                throw new InvalidDataException($"it has a tensor more, {name}");
            if (values.Length != size)
            {
                bool isPooled = name == $"{_plan.FirstLinear.Name}.weight" && !_plan.Pooling.IsGlobal;
                throw new InvalidDataException(
                    $"its tensor {name} has {values.Length} values, not {size}"
                    + (isPooled ? ": with a HeadPooling other than 0 a network is for images of one size" : ""));
            }
            if (values.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
                throw new InvalidDataException($"its tensor {name} is not finite");
            bool isScale = isRelative && name.EndsWith(".norm.weight", StringComparison.Ordinal);
            taken.Add(name, isScale ? Array.ConvertAll(values, value => (float)(value * ratio)) : values);
        }
        foreach ((string name, float[] values) in unfolded?.Tensors.Where(tensor => NeuronParameters.HasName(tensor.Key)) ?? [])
            taken.TryAdd(name, values);
        // Neurons that begin to learn now begin at the option's value.
        string? missing = sizes.Keys.FirstOrDefault(name => !taken.ContainsKey(name) && !NeuronParameters.HasName(name)
            && (keepsHead || !name.StartsWith($"{_plan.Output.Name}.", StringComparison.Ordinal)));
        return missing is null
            ? new(taken, new Dictionary<string, FoldedNormalization>()) : throw new InvalidDataException($"it has no tensor {missing}");
    }

    /// <summary>The option Threshold of the training that kept the tensors.</summary>
    private double KeptThreshold(IReadOnlyDictionary<string, float[]> tensors)
    {
        string layer = _plan.Stem.Name;
        double threshold = _initial.Graph!.Nodes.OfType<NeuronNode<float>>().First(node => node.Name == $"{layer}.neuron").Threshold[0];
        return tensors.TryGetValue(NeuronParameters.ThresholdName(layer), out float[]? learned) && learned is [float v, ..]
            ? threshold / Math.Exp(v) : threshold;
    }
}

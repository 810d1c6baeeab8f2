using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Network;

/// <summary>
/// What training hands on: the plan and its tensors as plain named arrays.
/// </summary>
/// <remarks>
/// Tensors, all float32 in row-major order, for each convolution plan <c>p</c>: <c>p.conv.weight</c> [out, in, kernel, kernel],
/// <c>p.norm.weight</c> (lambda), <c>p.norm.bias</c> (beta), <c>p.norm.running_mean</c>, <c>p.norm.running_var</c> [out] each; for an
/// identity shortcut the four <c>.norm</c> tensors alone; <c>head.hidden.weight</c> [hidden, in] and its <c>head.hidden.norm.*</c>
/// or, without tdBN, <c>head.hidden.bias</c> [hidden];
/// <c>head.output.weight</c> [classes, in] and <c>head.output.bias</c> [classes]; where neurons learn, for each layer of them
/// <c>layer.neuron.decay</c> and <c>layer.neuron.threshold</c> (see <see cref="NeuronParameters"/>).
/// </remarks>
internal sealed record TrainedNetwork
{
    public required NetworkPlan Plan { get; init; }

    public required LifNeuronOptions Neuron { get; init; }

    public required IReadOnlyDictionary<string, float[]> Tensors { get; init; }

    /// <summary>Number of time steps T, at least 1.</summary>
    public required int TimeSteps { get; init; }

    /// <summary>True where a sample is [T, C, H, W] (one slice a step), false where it is [C, H, W], presented at every step.</summary>
    public required bool InputHasTimeSteps { get; init; }

    /// <summary>
    /// Per-channel mean and deviation of the training set; the network sees <c>(x - mean) / deviation</c>. Null: the input as it is.
    /// </summary>
    public (float[] Mean, float[] Deviation)? InputNormalization { get; init; }

    /// <summary>The classes' names, where known.</summary>
    public LabelValues? Labels { get; init; }
}

using Microsoft.ML.Snn.Network;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>What a training run begins with instead of a random network, and how it treats that.</summary>
/// <param name="Tensors">Those that are taken over.</param>
/// <param name="FrozenBlocks">See <see cref="TrainableNetwork"/>.</param>
/// <param name="LearningRateFactor">Of what is taken over.</param>
internal sealed record TrainingStart(InitialTensors Tensors, int? FrozenBlocks, double LearningRateFactor)
{
    /// <summary>What the learning rate of a parameter is multiplied by.</summary>
    /// <param name="parameter">Its name.</param>
    public double RateOf(string parameter) => IsTakenOver(parameter) ? LearningRateFactor : 1;

    private bool IsTakenOver(string parameter) => Tensors.Tensors.ContainsKey(parameter)
        || Tensors.Normalizations.Keys.Any(name => parameter.StartsWith($"{name}.norm.", StringComparison.Ordinal));
}

using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Network;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>
/// Warns of layers whose neurons never fire, or always do, after the epoch in which that begins: such a layer tells no two inputs apart.
/// </summary>
internal sealed class FiringWatch(IChannel channel)
{
    private readonly HashSet<string> _silent = [], _saturated = [];

    /// <param name="epoch">From 1.</param>
    /// <param name="rates">Of each layer, its mean over the epoch.</param>
    public void Look(int epoch, IReadOnlyList<LayerFiringRate> rates)
    {
        Warn(epoch, rates, _silent, rate => rate == 0, "no neuron fired",
            "Lower LearningRate, and look at the features: values that hardly differ drive no neuron.");
        Warn(epoch, rates, _saturated, rate => rate > 0.999, "every neuron fired at every time step", "Lower LearningRate.");
    }

    private void Warn(
        int epoch, IReadOnlyList<LayerFiringRate> rates, HashSet<string> known, Func<double, bool> isSo, string what, string advice)
    {
        string[] layers = [.. rates.Where(layer => isSo(layer.Rate)).Select(layer => layer.Name)];
        string[] fresh = [.. layers.Except(known)];
        known.Clear();
        known.UnionWith(layers);
        if (fresh.Length == 0)
            return;
        string where = fresh.Length == rates.Count
            ? "the whole network" : $"{(fresh.Length == 1 ? "layer" : "layers")} {string.Join(", ", fresh)}";
        channel.Warning($"In epoch {epoch}, {what} in {where}: nothing is learned there. {advice}");
    }
}

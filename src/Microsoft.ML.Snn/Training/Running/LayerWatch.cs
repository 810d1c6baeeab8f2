using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>
/// Warns of layers that come into a state in which they do not learn, after the epoch in which they do; tells of their return.
/// </summary>
/// <param name="channel">Takes warnings.</param>
/// <param name="number">What the numbers are.</param>
/// <param name="isSo">Whether a number says that a layer is in that state.</param>
/// <param name="state">The state, before "in" and the layers' names.</param>
/// <param name="advice">What to do about it.</param>
internal sealed class LayerWatch(IChannel channel, string number, Func<double, bool> isSo, string state, string advice)
{
    private readonly HashSet<string> _known = [];

    /// <param name="epoch">From 1.</param>
    /// <param name="layers">All layers, with their numbers.</param>
    public void Look(int epoch, IReadOnlyList<(string Name, double Value)> layers)
    {
        (string Name, double Value)[] now = [.. layers.Where(layer => isSo(layer.Value))];
        (string Name, double Value)[] fresh = [.. now.Where(layer => !_known.Contains(layer.Name))];
        (string Name, double Value)[] back = [.. layers.Where(layer => _known.Contains(layer.Name) && !isSo(layer.Value))];
        _known.Clear();
        _known.UnionWith(now.Select(layer => layer.Name));
        if (fresh.Length > 0)
        {
            string where = fresh.Length == layers.Count ? "every layer: " : "";
            channel.Warning($"After epoch {epoch}, {state} in {where}{List(fresh)}. Nothing is learned there. {advice}");
        }
        if (back.Length > 0)
            channel.Info($"After epoch {epoch}, it is no longer so that {state} in {List(back)}.");
    }

    private string List((string Name, double Value)[] layers) =>
        string.Join(", ", layers.Select(
            layer => string.Create(CultureInfo.InvariantCulture, $"{layer.Name} ({number} {layer.Value:0.0000})")));
}

using System.Globalization;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Architecture;

namespace Microsoft.ML.Snn.Training.Running;

/// <summary>
/// Warns of layers that tell no two inputs apart, or through which no gradient passes; writes what was measured to the log.
/// </summary>
/// <param name="channel">Takes warnings and tables.</param>
/// <param name="neuron">What the layers' neurons are.</param>
internal sealed class TrainingWatch(IChannel channel, LifNeuronOptions neuron)
{
    /// <summary>With fewer potentials in the surrogate's window, hardly any gradient passes.</summary>
    public const double LeastShareInWindow = 0.001;

    private const string WiderWindow =
        "Widen the neuron's SurrogateWidth: with the rectangle, about twice its Threshold keeps gradients as long as they are.";

    private readonly LayerWatch _dead = new(channel, "firing rate", LayerFiringRate.IsDead, "hardly a neuron fires",
        "Lower LearningRate, and look at the features: values that hardly differ drive no neuron.");
    private readonly LayerWatch _saturated = new(
        channel, "firing rate", rate => LayerFiringRate.IsSaturated(rate, neuron.MaxSpikes), "neurons fire at almost every time step",
        "Lower LearningRate.");
    private readonly LayerWatch _window = new(
        channel, "share in the surrogate's window", share => share < LeastShareInWindow,
        "hardly a membrane potential is near the threshold",
        WiderWindow);

    /// <summary>Before the first epoch: looks at the neuron alone, which needs no measurement.</summary>
    public void LookAtNeuron()
    {
        double share = ExpectedShareInWindow(neuron);
        if (share >= LeastShareInWindow)
            return;
        channel.Warning(string.Create(
            CultureInfo.InvariantCulture,
            $"A SurrogateWidth of {neuron.SurrogateWidth} with a Threshold of {neuron.Threshold} lets a gradient pass where about {share:P3} of the ")
            + $"membrane potentials are: hardly anything will be learned below the output layer. {WiderWindow}");
    }

    /// <summary>
    /// Of the membrane potentials of the first step, which tdBN makes normally distributed: the share within half a width of a threshold.
    /// </summary>
    internal static double ExpectedShareInWindow(LifNeuronOptions neuron)
    {
        double deviation = neuron.InputDeviation, share = 0;
        for (int spike = 1; spike <= neuron.MaxSpikes; spike++)
        {
            double distance = (2 * spike - 1) * neuron.Threshold / deviation;
            share += neuron.SurrogateWidth / deviation * Math.Exp(-distance * distance / 2) / Math.Sqrt(2 * Math.PI);
        }
        return share;
    }

    /// <param name="epoch">From 1.</param>
    /// <param name="rates">Of each layer, its mean over the epoch.</param>
    /// <param name="diagnostics">What was measured after it; null for nothing.</param>
    public void Look(int epoch, IReadOnlyList<LayerFiringRate> rates, TrainingDiagnostics? diagnostics)
    {
        (string, double)[] layers = [.. rates.Select(layer => (layer.Name, layer.Rate))];
        _dead.Look(epoch, layers);
        _saturated.Look(epoch, layers);
        if (diagnostics is null)
            return;
        _window.Look(epoch, [.. diagnostics.Layers.Select(layer => (layer.Name, layer.InWindow))]);
        channel.Info(Table(epoch, diagnostics));
    }

    private static string Table(int epoch, TrainingDiagnostics diagnostics)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        IEnumerable<string> layers = diagnostics.Layers.Select(layer => string.Create(culture,
            $"{layer.Name,-20} {layer.FiringRate,6:P1} {layer.NeverFiring,6:P1} {layer.AlwaysFiring,6:P1} {layer.InWindow,6:P1} ")
            + string.Create(culture, $"{layer.InputMean,6:F2} {layer.InputDeviation,5:F2} {layer.MembraneMean,6:F2} ")
            + string.Create(culture, $"{layer.MembraneDeviation,5:F2} {layer.InputGradientNorm,9:G3} {layer.WeightGradientNorm,9:G3}"));
        IEnumerable<string> blocks = diagnostics.Blocks.Select(block => string.Create(culture,
            $"{block.Source} -> {block.Name}: phi {block.Phi:F3} +- {block.StandardError:F3}, spread {block.Spread:G3}, ")
            + string.Create(culture, $"predicted {block.PredictedPhi:F3}"));
        string head = string.Create(culture, $"After epoch {epoch}, {diagnostics.Samples} samples of the probe, x and u in thresholds:");
        const string Columns =
            "layer                 fires  never always window x mean   dev u mean   dev     dL/dx     dL/dW";
        return string.Join(Environment.NewLine, [head, Columns, .. layers, .. blocks]);
    }
}

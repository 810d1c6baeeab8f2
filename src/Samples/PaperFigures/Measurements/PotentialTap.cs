using Microsoft.ML.Snn.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace PaperFigures.Measurements;

/// <summary>Distributions of the currents and membrane potentials of some layers in one forward pass, in thresholds.</summary>
/// <param name="layers">Numbers of the layers to measure, the stem's neurons being 0.</param>
internal sealed class PotentialTap(IReadOnlyCollection<int> layers) : INeuronTap
{
    public const int Bins = 80;
    public const double Limit = 5;
    private int _layer;

    /// <summary>What was measured, by the layers' numbers.</summary>
    public SortedDictionary<int, LayerPotentials> Measured { get; } = [];

    public void Forward(string layer, Tensor current, LifCall call)
    {
        int number = _layer++;
        if (!layers.Contains(number))
            return;
        using IDisposable mode = no_grad();
        using DisposeScope scope = NewDisposeScope();
        double threshold = call.Neuron.Threshold;
        Tensor[] steps = [.. LifOperations.Potentials(current, call).Select(u => u / threshold)];
        Tensor potentials = stack(steps), x = current / threshold, spikes = potentials.gt(1);
        Tensor firings = spikes.sum(dim: 0);
        (double[] xs, double[] us) = (Histogram(x), Histogram(potentials));
        Measured[number] = new()
        {
            CurrentDensity = xs,
            PotentialDensity = us,
            Overlap = xs.Zip(us, Math.Min).Sum() * 2 * Limit / Bins,
            Current = Moments(x),
            Potential = Moments(potentials),
            FiringRates = [.. steps.Select(u => u.gt(1).to(ScalarType.Float64).mean().ToDouble())],
            NeverFiring = firings.eq(0).to(ScalarType.Float64).mean().ToDouble(),
            AlwaysFiring = firings.eq(call.TimeSteps).to(ScalarType.Float64).mean().ToDouble(),
        };
    }

    public void Backward(string layer, Tensor gradient)
    {
    }

    private static (double Mean, double Deviation) Moments(Tensor values)
    {
        Tensor exact = values.to(ScalarType.Float64);
        return (exact.mean().ToDouble(), exact.std(unbiased: false).ToDouble());
    }

    /// <summary>Density in each bin; what lies outside counts in the whole, but in no bin.</summary>
    private static double[] Histogram(Tensor values)
    {
        using Tensor counts = histc(values.flatten(), Bins, (long)-Limit, (long)Limit);
        float[] numbers = counts.data<float>().ToArray();
        return Array.ConvertAll(numbers, count => count / (double)values.numel() / (2 * Limit / Bins));
    }
}

using Microsoft.ML.Snn.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Training.Diagnostics;

/// <summary>What a layer's neurons do with a batch. Means and deviations are in thresholds.</summary>
internal sealed record LayerActivity
{
    public required double FiringRate { get; init; }

    public required double NeverFiring { get; init; }

    public required double AlwaysFiring { get; init; }

    public required double InWindow { get; init; }

    /// <summary>Variance of the number of spikes.</summary>
    public required double SpikeVariance { get; init; }

    /// <summary>Mean of the squared surrogate gradient.</summary>
    public required double SquaredSlope { get; init; }

    public required (double Mean, double Deviation) Input { get; init; }

    public required (double Mean, double Deviation) Membrane { get; init; }

    /// <param name="current">Input x of the neurons, [T*N, ...], or [N, ...] where static.</param>
    /// <param name="call">The neurons and their time steps.</param>
    public static LayerActivity Of(Tensor current, LifCall call)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] potentials = LifOperations.Potentials(current, call);
        var input = Moments.Of([LifOperations.InThresholds(current, call)]);
        var membrane = Moments.Of([.. potentials.Select(u => LifOperations.InThresholds(u, call))]);
        Tensor? any = null, all = null;
        double fired = 0, squared = 0, inWindow = 0, slopes = 0;
        foreach (Tensor u in potentials)
        {
            Tensor spikes = LifOperations.Fired(u, call);
            Tensor sent = LifOperations.Spikes(u, call), slope = LifOperations.Slope(u, call);
            fired += sent.sum(ScalarType.Float64).ToDouble();
            squared += sent.square().sum(ScalarType.Float64).ToDouble();
            inWindow += LifOperations.InWindow(u, call).count_nonzero().ToDouble();
            slopes += slope.square().sum(ScalarType.Float64).ToDouble();
            // Over samples, then over steps: [C, H, W].
            Tensor anySample = spikes.any(0), allSamples = spikes.all(0);
            any = any is null ? anySample : any.logical_or(anySample);
            all = all is null ? allSamples : all.logical_and(allSamples);
        }
        double values = potentials.Sum(u => (double)u.numel()), neurons = any!.numel();
        return new()
        {
            FiringRate = fired / values,
            NeverFiring = 1 - any.count_nonzero().ToDouble() / neurons,
            AlwaysFiring = all!.count_nonzero().ToDouble() / neurons,
            InWindow = inWindow / values,
            SpikeVariance = squared / values - Math.Pow(fired / values, 2),
            SquaredSlope = slopes / values,
            Input = input,
            Membrane = membrane,
        };
    }

    private static class Moments
    {
        public static (double Mean, double Deviation) Of(IReadOnlyList<Tensor> steps)
        {
            double values = steps.Sum(step => (double)step.numel());
            double mean = steps.Sum(step => step.sum(ScalarType.Float64).ToDouble()) / values;
            // About the mean, so that nothing cancels.
            double squares = steps.Sum(step => (step - mean).square().sum(ScalarType.Float64).ToDouble());
            return (mean, Math.Sqrt(squares / values));
        }
    }
}

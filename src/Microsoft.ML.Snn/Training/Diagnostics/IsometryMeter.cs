using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Training.Diagnostics;

/// <summary>Measures <see cref="BlockIsometry"/> by random vectors, which are sent back through a path.</summary>
/// <param name="neuron">All neurons' options.</param>
/// <param name="timeSteps">T.</param>
/// <param name="vectors">Number of random vectors k, at least 2.</param>
/// <param name="seed">Of the vectors.</param>
internal sealed class IsometryMeter(LifNeuronOptions neuron, int timeSteps, int vectors, int seed)
{
    /// <param name="branches">The paths.</param>
    /// <param name="currents">The input of each layer of neurons, [T*N, C, H, W], by its name.</param>
    public IReadOnlyList<BlockIsometry> Measure(IReadOnlyList<SpikingBranch> branches, IReadOnlyDictionary<string, Tensor> currents) =>
        [.. branches.Select((branch, i) => Measure(branch, currents[branch.Source], seed + i))];

    private BlockIsometry Measure(SpikingBranch branch, Tensor current, int branchSeed)
    {
        using DisposeScope scope = NewDisposeScope();
        using var rate = new FiringRateMeter();
        using var backward = new BackwardRunner();
        LifCall call = new LifCall(neuron, timeSteps, IsStatic: false, rate, backward)
            .With([.. (branch.Neurons.Learned?.Values(current.dim()) ?? []).Select(value => value.detach())]);
        Tensor spikes = LifOperations.Forward(current, call).requires_grad_(true);
        Tensor y = branch.Convolution.Convolve(spikes), output, scale;
        using (no_grad())
        {
            // y' = scale (y - mean) + beta, the statistics being constant: only the scale is in the Jacobian.
            (Tensor variance, Tensor mean) = Statistics(y);
            scale = branch.Convolution.Norm.Weight * branch.Convolution.Norm.Scale / (variance + BatchNormalization.Epsilon).sqrt();
            scale = scale.view(1, -1, 1, 1);
            output = (y - mean.view(1, -1, 1, 1)) * scale + branch.Convolution.Norm.Bias.view(1, -1, 1, 1);
        }
        // g = J^T v: through tdBN and the convolution by autograd, through the neurons by the gradient that trains them.
        using var generator = new Generator((ulong)branchSeed, current.device);
        var sent = new List<Tensor>();
        for (int i = 0; i < vectors; i++)
        {
            using Tensor vector = randn(y.shape, y.dtype, y.device, generator: generator);
            using Tensor scaled = vector * scale;
            Tensor spikeGradient = autograd.grad([y], [spikes], [scaled], retain_graph: true)[0];
            using (no_grad())
                sent.Add(LifOperations.Backward(current, spikeGradient, call).flatten());
        }
        using IDisposable mode = no_grad();
        return Result(branch, call, current, output, sent);
    }

    private BlockIsometry Result(SpikingBranch branch, LifCall call, Tensor current, Tensor output, List<Tensor> sent)
    {
        double size = output.numel();
        double[] lengths = [.. sent.Select(vector => Dot(vector, vector) / size)];
        double phi = lengths.Average();
        // E[(v_i^T A v_j)^2] = tr(A^2) for independent normal v_i and v_j.
        double second = Pairs().Average(pair => Math.Pow(Dot(sent[pair.I], sent[pair.J]), 2)) / size;
        var activity = LayerActivity.Of(current, call);
        double threshold = neuron.Threshold;
        double deviation = output.std(unbiased: false).ToDouble();
        return new()
        {
            Source = branch.Source,
            Name = branch.Convolution.Name,
            Phi = phi,
            StandardError = Math.Sqrt(lengths.Sum(length => Math.Pow(length - phi, 2)) / (vectors - 1) / vectors),
            Spread = second - phi * phi,
            InputSecondMoment = LifOperations.InThresholds(current, call).square().mean().ToDouble(),
            OutputSecondMoment = output.square().mean().ToDouble() / (threshold * threshold),
            // q / a^2 and p (1 - p), where the surrogate is a rectangle and a neuron sends one spike.
            PredictedPhi = activity.SpikeVariance > 0
                ? deviation * deviation * activity.SquaredSlope / activity.SpikeVariance : double.NaN,
        };
    }

    private IEnumerable<(int I, int J)> Pairs() =>
        Enumerable.Range(0, vectors).SelectMany(i => Enumerable.Range(0, i).Select(j => (i, j)));

    private static double Dot(Tensor a, Tensor b)
    {
        using Tensor product = a * b;
        using Tensor sum = product.sum(ScalarType.Float64);
        return sum.ToDouble();
    }

    /// <summary>Of each channel; the variance is the biased one.</summary>
    private static (Tensor Variance, Tensor Mean) Statistics(Tensor y) => var_mean(y, [0L, 2, 3], unbiased: false, keepdim: false);
}

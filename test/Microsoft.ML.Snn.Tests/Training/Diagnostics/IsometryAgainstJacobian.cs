using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Network;
using Microsoft.ML.Snn.Training.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Training.Diagnostics;

/// <summary>Block isometry against the whole Jacobian of a tiny block, and against theory for wide ones.</summary>
public class IsometryAgainstJacobian
{
    [Theory]
    [InlineData(0.0, false)]
    [InlineData(0.4, false)]
    [InlineData(0.4, true)]
    [InlineData(0.4, false, SurrogateShape.Triangle)]
    [InlineData(0.4, true, SurrogateShape.ArcTangent)]
    [InlineData(0.4, false, SurrogateShape.Rectangle, NeuronLearning.PerLayer)]
    public void A_tiny_block_has_the_moments_of_its_jacobian(
        double decay, bool detachReset, SurrogateShape shape = SurrogateShape.Rectangle,
        NeuronLearning learning = NeuronLearning.None)
    {
        using DisposeScope scope = NewDisposeScope();
        const int T = 2, N = 2;
        LifNeuronOptions neuron = new()
        {
            Decay = decay, Threshold = 0.6, SurrogateWidth = 1.1, DetachReset = detachReset, Surrogate = shape,
        };
        LifNeuronOptions trained = neuron with { LearnDecay = learning, LearnThreshold = learning };
        SpikingResNetArchitecture architecture = new() { Stem = new(3), Stages = [new(1, 4)], Block = SpikingBlockKind.Plain };
        var plan = NetworkPlan.Create(architecture, 1, 4, 4, 2);
        using var network = new TrainableNetwork(plan, trained, 3, dtype: ScalarType.Float64);
        if (learning != NeuronLearning.None)
        {
            // What the neurons have learned, in the plain formula as the options' own values.
            var tensors = new Dictionary<string, float[]>(network.Export())
            {
                ["stem.neuron.decay"] = [0.3f], ["stem.neuron.threshold"] = [-0.2f],
            };
            network.Import(tensors);
            neuron = neuron with { Decay = 1 / (1 + Math.Exp(-0.3f)), Threshold = 0.6 * Math.Exp(-0.2f) };
        }
        SpikingBranch branch = network.Branches[0];
        Assert.Equal("stem", branch.Source);
        Tensor current = randn([T * N, 3, 4, 4], ScalarType.Float64, generator: new Generator(5)) * 0.6;

        BlockIsometry block = new IsometryMeter(trained, T, vectors: 300, seed: 1)
            .Measure([branch], new Dictionary<string, Tensor> { ["stem"] = current })[0];

        double[,] jacobian = Jacobian(current, branch, neuron, T, trained.Threshold);
        int m = jacobian.GetLength(0), n = jacobian.GetLength(1);
        double[,] square = new double[m, m];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < m; j++)
            {
                for (int k = 0; k < n; k++)
                    square[i, j] += jacobian[i, k] * jacobian[j, k];
            }
        }
        double phi = Enumerable.Range(0, m).Sum(i => square[i, i]) / m;
        double spread = square.Cast<double>().Sum(value => value * value) / m - phi * phi;
        Assert.InRange(block.StandardError, 0.001 * phi, 0.1 * phi);
        Assert.True(Math.Abs(block.Phi - phi) < 4 * block.StandardError, $"{block.Phi} +- {block.StandardError}, exact {phi}");
        Assert.Equal(spread, block.Spread, 0.15 * spread);
    }

    // phi = Vth^2 q / (a^2 p (1 - p)) with p = P(z > 1) and q = P(|z - 1| < a / (2 Vth)) for a standard normal z. For other shapes h, the
    // integral of h(Vth z)^2 over z, by the midpoint rule, in place of q / a^2.
    [Theory]
    [InlineData(0.5, 1.0, 0.894)]
    [InlineData(0.5, 0.9, 0.998)]
    [InlineData(1.0, 1.0, 1.811)]
    [InlineData(0.5, 0.6, 1.003, SurrogateShape.Triangle)]
    [InlineData(1.0, 0.9, 1.004, SurrogateShape.ArcTangent)]
    public void Without_leak_phi_is_what_theory_says(
        double threshold, double width, double theory, SurrogateShape shape = SurrogateShape.Rectangle)
    {
        using DisposeScope scope = NewDisposeScope();
        LifNeuronOptions neuron = new() { Decay = 0, Threshold = threshold, SurrogateWidth = width, Surrogate = shape };
        SpikingResNetArchitecture architecture = new()
        {
            Stem = new(16), Stages = [new(2, 16), new(2, 32, 2)], Block = SpikingBlockKind.Plain,
        };
        var plan = NetworkPlan.Create(architecture, 3, 16, 16, 10);
        var meter = new LayerMeter { KeepsCurrents = true };
        using var network = new TrainableNetwork(plan, neuron, 1, tap: meter);
        network.Forward(randn([20, 3, 16, 16], generator: new Generator(2)), 2, training: true);
        IReadOnlyDictionary<string, Tensor> currents = meter.TakeCurrents();

        IReadOnlyList<BlockIsometry> blocks = new IsometryMeter(neuron, 2, vectors: 4, seed: 1).Measure(network.Branches, currents);

        Assert.Equal(8, blocks.Count);
        double mean = Math.Exp(blocks.Average(block => Math.Log(block.Phi)));
        Assert.InRange(mean / theory, 0.94, 1.06);
        Assert.All(blocks, block => Assert.Equal(1, block.OutputSecondMoment, 0.01));
        Assert.All(blocks, block => Assert.Equal(theory, block.PredictedPhi, 0.1 * theory));
        // Only the first of Theorem 1's conditions holds.
        Assert.True(blocks.Average(block => block.Spread) > mean * mean);
        foreach (Tensor current in currents.Values)
            current.Dispose();
    }

    [Fact]
    public void Paths_are_those_of_convolutions_and_projections()
    {
        SpikingResNetArchitecture architecture = new() { Stem = new(8), Stages = [new(1, 8), new(2, 16, 2)], HiddenUnits = 8 };
        using var network = new TrainableNetwork(NetworkPlan.Create(architecture, 1, 8, 8, 2), new(), 1);
        Assert.Equal(
            [
                ("stem", "stages.0.0.1"), ("stages.0.0.1", "stages.0.0.2"),
                ("stages.0.0", "stages.1.0.1"), ("stages.1.0.1", "stages.1.0.2"), ("stages.0.0", "stages.1.0.shortcut"),
                ("stages.1.0", "stages.1.1.1"), ("stages.1.1.1", "stages.1.1.2"),
            ],
            network.Branches.Select(branch => (branch.Source, branch.Convolution.Name)));
    }

    /// <summary>[outputs, inputs] of the path, row by row, in plain torch operations: a ramp for the surrogate, constant statistics.</summary>
    private static double[,] Jacobian(Tensor current, SpikingBranch branch, LifNeuronOptions neuron, int timeSteps, double scale)
    {
        Tensor input = current.detach().clone().requires_grad_();
        Tensor[] x = input.chunk(timeSteps), spikes = new Tensor[timeSteps];
        Tensor u = zeros_like(x[0]), o = zeros_like(x[0]);
        for (int t = 0; t < timeSteps; t++)
        {
            u = neuron.Decay * u * (1 - (neuron.DetachReset ? o.detach() : o)) + x[t];
            Tensor ramp = ReferenceNetwork.Ramp(u - neuron.Threshold, neuron);
            spikes[t] = o = (u.gt(neuron.Threshold).to(ScalarType.Float64) - ramp).detach() + ramp;
        }
        Tensor y = nn.functional.conv2d(cat(spikes), branch.Convolution.Weight.detach(), padding: [1, 1]);
        Tensor deviation = (y.detach().var([0, 2, 3], unbiased: false, keepdim: true) + 1e-5).sqrt();
        Tensor[] outputs = (scale * y / deviation).flatten().unbind(0);
        var jacobian = new double[outputs.Length, current.numel()];
        for (int i = 0; i < outputs.Length; i++)
        {
            double[] row = autograd.grad([outputs[i]], [input], retain_graph: true)[0].flatten().data<double>().ToArray();
            for (int k = 0; k < row.Length; k++)
                jacobian[i, k] = row[k];
        }
        return jacobian;
    }
}

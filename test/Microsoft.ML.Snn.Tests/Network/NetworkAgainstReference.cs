using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network;

public class NetworkAgainstReference
{
    public static TheoryData<SpikingBlockKind, int, int, bool> Cases() => new()
    {
        { SpikingBlockKind.Basic, 6, 3, false },
        { SpikingBlockKind.Basic, 0, 1, true },
        { SpikingBlockKind.Bottleneck, 6, 2, true },
        { SpikingBlockKind.Plain, 6, 4, false },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Outputs_and_all_gradients_equal_the_plain_networks(SpikingBlockKind block, int hidden, int timeSteps, bool detachReset)
    {
        foreach (int maxSpikes in new[] { 1, 3 })
        {
            foreach (SurrogateShape shape in Enum.GetValues<SurrogateShape>())
            {
                OutputsAndAllGradientsEqual(block, hidden, timeSteps, neuron => neuron with
                {
                    DetachReset = detachReset, MaxSpikes = maxSpikes, Surrogate = shape,
                });
            }
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void So_they_do_where_neurons_learn(SpikingBlockKind block, int hidden, int timeSteps, bool detachReset)
    {
        Compare(NeuronLearning.PerLayer, NeuronLearning.None, 1, SurrogateShape.Rectangle);
        Compare(NeuronLearning.None, NeuronLearning.PerChannel, 1, SurrogateShape.Rectangle);
        Compare(NeuronLearning.PerChannel, NeuronLearning.PerLayer, 3, SurrogateShape.ArcTangent);

        void Compare(NeuronLearning decay, NeuronLearning threshold, int maxSpikes, SurrogateShape shape) => OutputsAndAllGradientsEqual(
            block, hidden, timeSteps, neuron => neuron with
            {
                DetachReset = detachReset, MaxSpikes = maxSpikes, Surrogate = shape, LearnDecay = decay, LearnThreshold = threshold,
            });
    }

    /// <summary>Windows of the last map, and a hidden layer with tdBN or a bias.</summary>
    [Theory]
    [InlineData(1, 6, true, 3)]
    [InlineData(2, 6, false, 3)]
    [InlineData(2, 6, false, 1)]
    [InlineData(2, 0, true, 1)]
    [InlineData(0, 6, false, 3)]
    public void So_they_do_with_every_head(int window, int hidden, bool isNormalized, int timeSteps)
    {
        foreach (int maxSpikes in new[] { 1, 3 })
        {
            foreach (NeuronLearning learning in Enum.GetValues<NeuronLearning>())
            {
                OutputsAndAllGradientsEqual(Windows(window, hidden, isNormalized), timeSteps, new()
                {
                    Decay = 0.3, Threshold = 0.6, MaxSpikes = maxSpikes, Surrogate = SurrogateShape.ArcTangent,
                    LearnDecay = learning, LearnThreshold = learning,
                });
            }
        }
    }

    private static void OutputsAndAllGradientsEqual(
        SpikingBlockKind block, int hidden, int timeSteps, Func<LifNeuronOptions, LifNeuronOptions> with)
    {
        (NetworkPlan plan, LifNeuronOptions neuron) = Small(block, hidden, detachReset: false);
        OutputsAndAllGradientsEqual(plan, timeSteps, with(neuron));
    }

    private static void OutputsAndAllGradientsEqual(NetworkPlan plan, int timeSteps, LifNeuronOptions neuron)
    {
        using DisposeScope scope = NewDisposeScope();
        using var network = new TrainableNetwork(plan, neuron, 3, dtype: ScalarType.Float64);
        network.Import(Perturbed(network.Export()));
        Tensor input = Values([timeSteps, 3, plan.Channels, plan.Height, plan.Width], 1);
        Tensor weights = Values([timeSteps, 3, plan.Classes], 2);

        Tensor output = network.Forward(input, timeSteps, training: true);
        (output * weights).sum().backward();

        Dictionary<string, Tensor> leaves = network.Parameters.ToDictionary(p => p.Name, p => p.Value.detach().clone().requires_grad_());
        Tensor expected = stack(new ReferenceNetwork(plan, neuron, leaves).Forward(input.unbind(0)));
        (expected * weights).sum().backward();

        Assert.Equal([timeSteps, 3, plan.Classes], output.shape);
        Assert.True(Difference(output, expected) < 1e-9);
        Assert.All(network.FiringRates, layer => Assert.InRange(layer.Rate, 0.01, neuron.MaxSpikes == 1 ? 0.99 : 2));
        foreach ((string name, var parameter) in network.Parameters)
        {
            if (timeSteps == 1 && name.EndsWith(".neuron.decay"))
            {
                // One step leaves nothing to decay.
                Assert.Equal(0, parameter.grad!.abs().max().ToDouble());
                continue;
            }
            Assert.True(parameter.grad!.abs().max().ToDouble() > 1e-6, $"No gradient reaches {name}.");
            Assert.True(Difference(parameter.grad!, leaves[name].grad!) < 1e-9 * (1 + leaves[name].grad!.abs().max().ToDouble()), name);
        }
    }

    [Fact]
    public void Float32_follows_float64()
    {
        using DisposeScope scope = NewDisposeScope();
        (NetworkPlan plan, LifNeuronOptions neuron) = Small(SpikingBlockKind.Basic, 6, false);
        using var exact = new TrainableNetwork(plan, neuron, 3, dtype: ScalarType.Float64);
        using var network = new TrainableNetwork(plan, neuron, 3);
        Tensor input = Values([4, 3, plan.Channels, plan.Height, plan.Width], 1), weights = Values([4, 3, plan.Classes], 2);
        (exact.Forward(input, 4, training: true) * weights).sum().backward();
        (network.Forward(input.to(ScalarType.Float32), 4, training: true) * weights.to(ScalarType.Float32)).sum().backward();
        // No membrane potential of this input is so near the threshold that rounding would flip a spike.
        foreach ((LayerFiringRate layer, LayerFiringRate reference) in network.FiringRates.Zip(exact.FiringRates))
            Assert.Equal(reference.Rate, layer.Rate, 1e-6);
        foreach (((string name, var parameter), (_, var reference)) in network.Parameters.Zip(exact.Parameters))
        {
            double scale = 1 + reference.grad!.abs().max().ToDouble();
            Assert.True(Difference(parameter.grad!.to(ScalarType.Float64), reference.grad!) < 1e-4 * scale, name);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float64, 1e-10)]
    [InlineData(ScalarType.Float32, 1e-4)]
    public void A_static_image_is_the_same_image_at_every_step(ScalarType dtype, double tolerance)
    {
        using DisposeScope scope = NewDisposeScope();
        (NetworkPlan plan, LifNeuronOptions neuron) = Small(SpikingBlockKind.Basic, 6, false);
        Tensor image = Values([3, plan.Channels, plan.Height, plan.Width], 1).to(dtype);
        Tensor weights = Values([3, 3, plan.Classes], 2).to(dtype);
        using var once = new TrainableNetwork(plan, neuron, 3, dtype: dtype);
        using var repeated = new TrainableNetwork(plan, neuron, 3, dtype: dtype);
        Tensor first = once.Forward(image, 3, training: true);
        Tensor second = repeated.Forward(image.expand(3, -1, -1, -1, -1), 3, training: true);
        (first * weights).sum().backward();
        (second * weights).sum().backward();
        Assert.True(Difference(first, second) < tolerance);
        foreach (((string name, var parameter), (_, var other)) in once.Parameters.Zip(repeated.Parameters))
            Assert.True(Difference(parameter.grad!, other.grad!) < tolerance * (1 + other.grad!.abs().max().ToDouble()), name);

        // The unbiased variance of the stem counts N H W values in the one case, T N H W in the other; all else is equal.
        int n = 3 * plan.Stem.OutHeight * plan.Stem.OutWidth;
        foreach ((string name, float[] values) in once.Export())
        {
            double factor = name == "stem.norm.running_var" ? (n / (n - 1.0)) / (3.0 * n / (3.0 * n - 1)) : 1;
            Assert.Equal(repeated.Export()[name].Select(v => name == "stem.norm.running_var" ? 0.9 + (v - 0.9) * factor : v),
                values.Select(v => (double)v), (a, b) => Math.Abs(a - b) < 1e-5);
        }
    }

    [Fact]
    public void Scoring_uses_the_running_statistics_and_records_no_graph()
    {
        using DisposeScope scope = NewDisposeScope();
        (NetworkPlan plan, LifNeuronOptions neuron) = Small(SpikingBlockKind.Basic, 6, false);
        using var network = new TrainableNetwork(plan, neuron, 3);
        network.Import(Perturbed(network.Export()));
        Tensor images = Values([3, plan.Channels, plan.Height, plan.Width], 1).to(ScalarType.Float32);
        Tensor together = network.Forward(images, 2, training: false);
        Tensor alone = network.Forward(images.narrow(0, 1, 1), 2, training: false);
        Assert.False(together.requires_grad);
        Assert.True(Difference(together.narrow(1, 1, 1), alone) < 1e-5);
    }

    /// <summary>A strided stem, an identity and a projecting block of each kind; odd sizes.</summary>
    internal static (NetworkPlan Plan, LifNeuronOptions Neuron) Small(SpikingBlockKind block, int hidden, bool detachReset)
    {
        (int stem, int first) = block == SpikingBlockKind.Bottleneck ? (16, 4) : (5, 5);
        SpikingResNetArchitecture architecture = new()
        {
            Stem = new(stem, 3, 2), Stages = [new(1, first), new(2, 6, 2)], Block = block, HiddenUnits = hidden,
        };
        LifNeuronOptions neuron = new() { DetachReset = detachReset, Decay = 0.3, Threshold = 0.6, SurrogateWidth = 1.1 };
        return (NetworkPlan.Create(architecture, 2, 9, 11, 4), neuron);
    }

    /// <summary>Basic blocks with a last map of 4 rows and 6 columns, and a head that takes windows of it.</summary>
    internal static NetworkPlan Windows(int window, int hidden, bool isNormalized, int stem = 5, int second = 6) => NetworkPlan.Create(
        new()
        {
            Stem = new(stem, 3, 2), Stages = [new(1, stem), new(2, second, 2)],
            HeadPooling = window, HiddenUnits = hidden, HiddenNormalization = isNormalized,
        },
        2, 13, 23, 4);

    /// <summary>Values off their start, so that no factor 1 or summand 0 hides an error.</summary>
    internal static IReadOnlyDictionary<string, float[]> Perturbed(IReadOnlyDictionary<string, float[]> tensors)
    {
        var random = new Random(5);
        // A mean of its own would make all units of a hidden layer fire, if no tdBN took it out.
        string kept = tensors.ContainsKey("head.hidden.bias") ? "head.hidden.weight" : "";
        return tensors.ToDictionary(t => t.Key, t => Array.ConvertAll(
            t.Value, v => v + (t.Key.Contains(".conv.") || t.Key == kept ? 0 : (float)(random.NextDouble() * 0.4 - 0.1))));
    }

    internal static Tensor Values(long[] shape, int seed)
    {
        var random = new Random(seed);
        int count = (int)shape.Aggregate(1L, (a, b) => a * b);
        double[] values = [.. Enumerable.Range(0, count).Select(_ => (double)(float)(random.NextDouble() * 2 - 0.8))];
        return tensor(values, shape);
    }

    private static double Difference(Tensor a, Tensor b) => (a - b).abs().max().ToDouble();
}

using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network.Fused;

/// <summary>A float64 network runs the modules in torch operations, a float32 one whose widths are multiples of eight the fused trunk.</summary>
public class FusedTrunkAgainstModules
{
    public static TheoryData<SpikingBlockKind, int, bool, bool> Cases()
    {
        var cases = new TheoryData<SpikingBlockKind, int, bool, bool>();
        foreach (SpikingBlockKind block in Enum.GetValues<SpikingBlockKind>())
        {
            foreach (int timeSteps in new[] { 1, 2, 5 })
            {
                foreach (bool detachReset in new[] { false, true })
                {
                    foreach (bool isStatic in new[] { false, true })
                        cases.Add(block, timeSteps, detachReset, isStatic);
                }
            }
        }
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void Outputs_gradients_and_running_statistics_are_those_of_the_modules(
        SpikingBlockKind block, int timeSteps, bool detachReset, bool isStatic)
    {
        using DisposeScope scope = NewDisposeScope();
        (NetworkPlan plan, LifNeuronOptions neuron) = Small(block, detachReset);
        using var exact = new TrainableNetwork(plan, neuron, 3, dtype: ScalarType.Float64);
        using var fused = new TrainableNetwork(plan, neuron, 3);
        exact.Import(NetworkAgainstReference.Perturbed(exact.Export()));
        fused.Import(exact.Export());
        long[] shape = [3, plan.Channels, plan.Height, plan.Width];
        Tensor input = NetworkAgainstReference.Values(isStatic ? shape : [timeSteps, .. shape], 1);
        Tensor weights = NetworkAgainstReference.Values([timeSteps, 3, plan.Classes], 2);

        Tensor expected = exact.Forward(input, timeSteps, training: true);
        Tensor output = fused.Forward(input.to(ScalarType.Float32), timeSteps, training: true);
        (expected * weights).sum().backward();
        (output * weights.to(ScalarType.Float32)).sum().backward();

        // No membrane potential of these inputs is so near the threshold that rounding would flip a spike.
        foreach ((LayerFiringRate layer, LayerFiringRate reference) in fused.FiringRates.Zip(exact.FiringRates))
        {
            Assert.Equal(reference.Rate, layer.Rate, 1e-6);
            Assert.InRange(layer.Rate, 0.01, 0.99);
        }
        Assert.True(Difference(output, expected) < 1e-4);
        foreach (((string name, var parameter), (_, var reference)) in fused.Parameters.Zip(exact.Parameters))
        {
            double scale = reference.grad!.abs().max().ToDouble();
            Assert.True(scale > 1e-6, $"No gradient reaches {name}.");
            Assert.True(Difference(parameter.grad!, reference.grad!) < 1e-4 * (1 + scale), name);
        }
        IReadOnlyDictionary<string, float[]> statistics = exact.Export();
        foreach ((string name, float[] values) in fused.Export())
            Assert.Equal(statistics[name], values, (a, b) => Math.Abs(a - b) < 1e-4);
        Tensor scored = fused.Forward(input.to(ScalarType.Float32), timeSteps, training: false);
        Assert.True(Difference(scored, exact.Forward(input, timeSteps, training: false)) < 1e-4);
        Assert.False(scored.requires_grad);
    }

    [Fact]
    public async Task Nothing_depends_on_the_number_of_threads()
    {
        NetworkPlan plan = NetworkPlan.Create(new() { Stem = new(8), Stages = [new(1, 8), new(1, 16, 2)], HiddenUnits = 6 }, 3, 40, 40, 3);
        float[][] onAll = Gradients();
        // Parallel loops run where the task that starts them may run: here one at a time.
        var one = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        float[][] onOne = await Task.Factory.StartNew(Gradients, CancellationToken.None, TaskCreationOptions.None, one);
        Assert.Equal(onAll, onOne);

        float[][] Gradients()
        {
            using DisposeScope inner = NewDisposeScope();
            using var network = new TrainableNetwork(plan, new(), 1);
            network.Forward(NetworkState.Image(4, plan), 2, training: true).sum().backward();
            return [.. network.Parameters.Select(parameter => TensorMemory.ToArray(parameter.Value.grad!)), .. network.Export().Values];
        }
    }

    /// <summary>A strided stem, an identity and a projecting block; odd sizes.</summary>
    private static (NetworkPlan Plan, LifNeuronOptions Neuron) Small(SpikingBlockKind block, bool detachReset)
    {
        // Layers of 32 channels go over spikes, those of 8 and 40 do not.
        (int stem, int first, int second) = block switch
        {
            SpikingBlockKind.Bottleneck => (32, 8, 32),
            SpikingBlockKind.Basic => (32, 32, 40),
            _ => (8, 8, 40),
        };
        SpikingResNetArchitecture architecture = new()
        {
            Stem = new(stem, 3, 2), Stages = [new(2, first), new(2, second, 2)], Block = block, HiddenUnits = 6,
        };
        LifNeuronOptions neuron = new() { DetachReset = detachReset, Decay = 0.3, Threshold = 0.6, SurrogateWidth = 1.1 };
        return (NetworkPlan.Create(architecture, 2, 9, 11, 4), neuron);
    }

    private static double Difference(Tensor a, Tensor b) => (a.to(ScalarType.Float64) - b.to(ScalarType.Float64)).abs().max().ToDouble();
}

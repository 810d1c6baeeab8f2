using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network.Fused;

/// <summary>A stem and blocks that stay as they are, in kernels of ours and in torch operations.</summary>
public class FrozenLayers
{
    [Theory]
    [InlineData(SpikingBlockKind.Basic, 0, TrainingMemory.Store, 1)]
    [InlineData(SpikingBlockKind.Basic, 1, TrainingMemory.Recompute, 1)]  // before an identity shortcut
    [InlineData(SpikingBlockKind.Basic, 1, TrainingMemory.Store, 3)]
    [InlineData(SpikingBlockKind.Basic, 2, TrainingMemory.Store, 1)]      // before a projecting one
    [InlineData(SpikingBlockKind.Bottleneck, 3, TrainingMemory.Recompute, 1)]
    [InlineData(SpikingBlockKind.Basic, 4, TrainingMemory.Store, 1)]      // all but the head
    public void They_score_without_a_gradient_and_the_others_learn_as_with_modules(
        SpikingBlockKind block, int frozen, TrainingMemory memory, int maxSpikes)
    {
        using DisposeScope scope = NewDisposeScope();
        NetworkPlan plan = NetworkPlan.Create(
            new() { Stem = new(12, 3, 2), Stages = [new(2, 12), new(2, 20, 2)], Block = block, HiddenUnits = 6 }, 2, 9, 11, 4);
        LifNeuronOptions neuron = new() { MaxSpikes = maxSpikes, LearnDecay = NeuronLearning.PerLayer };
        using var exact = new TrainableNetwork(plan, neuron, 3, dtype: ScalarType.Float64, memory: memory, frozenBlocks: frozen);
        using var fused = new TrainableNetwork(plan, neuron, 3, memory: memory, frozenBlocks: frozen);
        using var whole = new TrainableNetwork(plan, neuron, 3, dtype: ScalarType.Float64);
        Assert.True(fused.IsFused && !exact.IsFused);
        exact.Import(NetworkAgainstReference.Perturbed(exact.Export()));
        fused.Import(exact.Export());
        whole.Import(exact.Export());
        IReadOnlyDictionary<string, float[]> before = exact.Export();
        Tensor input = NetworkAgainstReference.Values([3, 3, plan.Channels, plan.Height, plan.Width], 1);
        Tensor weights = NetworkAgainstReference.Values([3, 3, plan.Classes], 2);

        Tensor expected = exact.Forward(input, 3, training: true);
        Tensor output = fused.Forward(input.to(ScalarType.Float32), 3, training: true);
        Tensor scored = whole.Forward(input, 3, training: false);
        (expected * weights).sum().backward();
        (output * weights.to(ScalarType.Float32)).sum().backward();

        Assert.True(Difference(output, expected) < 1e-4);
        Assert.True(Difference(scored, expected) > 1e-3);
        int layers = 1 + plan.Blocks.Take(frozen).Sum(b => b.Convolutions.Length);
        for (int i = 0; i < layers; i++)
        {
            Assert.Equal(whole.FiringRates[i].Rate, exact.FiringRates[i].Rate, 1e-9);
            Assert.Equal(whole.FiringRates[i].Rate, fused.FiringRates[i].Rate, 1e-6);
        }
        foreach (((string name, var parameter), (_, var reference)) in fused.Parameters.Zip(exact.Parameters))
        {
            bool isFrozen = name.StartsWith("stem.", StringComparison.Ordinal)
                || plan.Blocks.Take(frozen).Any(b => name.StartsWith($"{b.Name}.", StringComparison.Ordinal));
            Assert.Equal(isFrozen, fused.IsFrozen(name));
            if (isFrozen)
            {
                Assert.True(parameter.grad is null && reference.grad is null, name);
                continue;
            }
            double scale = reference.grad!.abs().max().ToDouble();
            Assert.True(scale > 1e-6, $"No gradient reaches {name}.");
            Assert.True(Difference(parameter.grad!, reference.grad!) < 1e-4 * (1 + scale), name);
        }
        IReadOnlyDictionary<string, float[]> after = exact.Export();
        foreach ((string name, float[] values) in fused.Export())
        {
            Assert.Equal(after[name], values, (a, b) => Math.Abs(a - b) < 1e-4);
            Assert.Equal(fused.IsFrozen(name) || !name.Contains("running"), before[name].AsSpan().SequenceEqual(values));
        }
    }

    private static double Difference(Tensor a, Tensor b) => (a.to(ScalarType.Float64) - b.to(ScalarType.Float64)).abs().max().ToDouble();
}

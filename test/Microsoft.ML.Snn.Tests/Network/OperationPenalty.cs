using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Folding;
using Microsoft.ML.Snn.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network;

/// <summary>The penalty on synaptic operations, in each of the ways to train.</summary>
public class OperationPenalty
{
    // So much that it shows beside the other gradients.
    private const double Penalty = 200;

    public static TheoryData<SpikingBlockKind, int, int, bool, int, TrainingMemory> Cases() => new()
    {
        { SpikingBlockKind.Basic, 6, 3, false, 1, TrainingMemory.Store },
        { SpikingBlockKind.Basic, 0, 1, true, 3, TrainingMemory.Store },
        { SpikingBlockKind.Bottleneck, 6, 2, true, 1, TrainingMemory.Recompute },
        { SpikingBlockKind.Bottleneck, 0, 3, false, 3, TrainingMemory.Store },
        { SpikingBlockKind.Plain, 6, 4, false, 1, TrainingMemory.Recompute },
        { SpikingBlockKind.Plain, 6, 2, false, 4, TrainingMemory.Recompute },
    };

    /// <summary>The plain network adds the penalty to its loss, and torch finds the gradients.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void Gradients_are_those_of_the_loss_with_the_firing_rates_in_it(
        SpikingBlockKind block, int hidden, int timeSteps, bool detachReset, int maxSpikes, TrainingMemory memory)
    {
        using DisposeScope scope = NewDisposeScope();
        (NetworkPlan plan, LifNeuronOptions neuron) = NetworkAgainstReference.Small(block, hidden, detachReset);
        neuron = neuron with { MaxSpikes = maxSpikes };
        using var network = new TrainableNetwork(
            plan, neuron, 3, dtype: ScalarType.Float64, memory: memory, operationPenalty: Penalty);
        using var without = new TrainableNetwork(plan, neuron, 3, dtype: ScalarType.Float64);
        network.Import(NetworkAgainstReference.Perturbed(network.Export()));
        without.Import(network.Export());
        Tensor input = NetworkAgainstReference.Values([timeSteps, 3, plan.Channels, plan.Height, plan.Width], 1);
        Tensor weights = NetworkAgainstReference.Values([timeSteps, 3, plan.Classes], 2);
        network.Backward((network.Forward(input, timeSteps, training: true) * weights).sum());
        without.Backward((without.Forward(input, timeSteps, training: true) * weights).sum());

        Dictionary<string, Tensor> leaves = network.Parameters.ToDictionary(p => p.Name, p => p.Value.detach().clone().requires_grad_());
        var reference = new ReferenceNetwork(plan, neuron, leaves);
        Tensor loss = (stack(reference.Forward(input.unbind(0))) * weights).sum();
        NeuronLayer[] layers = [.. NeuronLayer.Of(plan)];
        Assert.Equal(network.FiringRates.Select(layer => layer.Name), layers.Select(layer => layer.Name));
        for (int i = 0; i < layers.Length; i++)
            loss += Penalty * layers[i].Synapses / layers.Sum(layer => layer.Synapses) * stack(reference.Spikes[i]).mean();
        loss.backward();

        foreach (((string name, var parameter), (_, var plain)) in network.Parameters.Zip(without.Parameters))
        {
            Tensor expected = leaves[name].grad!;
            Assert.True(Difference(parameter.grad!, expected) < 1e-9 * (1 + expected.abs().max().ToDouble()), name);
            // The output layer is behind all spikes.
            Assert.Equal(name.StartsWith("head.output", StringComparison.Ordinal), Difference(parameter.grad!, plain.grad!) < 1e-4);
        }
    }

    [Theory]
    [InlineData(SpikingBlockKind.Basic, 32, 32, 40, false, 1, TrainingMemory.Store)]
    [InlineData(SpikingBlockKind.Basic, 3, 30, 31, true, 1, TrainingMemory.Recompute)] // filled up
    [InlineData(SpikingBlockKind.Bottleneck, 32, 8, 12, true, 3, TrainingMemory.Store)]
    [InlineData(SpikingBlockKind.Plain, 8, 12, 40, false, 2, TrainingMemory.Recompute)]
    public void Kernels_give_the_gradients_of_the_modules(
        SpikingBlockKind block, int stem, int first, int second, bool isStatic, int maxSpikes, TrainingMemory memory)
    {
        const int steps = 3;
        using DisposeScope scope = NewDisposeScope();
        NetworkPlan plan = NetworkPlan.Create(
            new() { Stem = new(stem, 3, 2), Stages = [new(2, first), new(2, second, 2)], Block = block, HiddenUnits = 6 }, 2, 9, 11, 4);
        // A wide surrogate: silent neurons that fill a vector up are within it.
        foreach (double width in new[] { 1.1, 3 })
        {
            LifNeuronOptions neuron = new() { Decay = 0.3, Threshold = 0.6, SurrogateWidth = width, MaxSpikes = maxSpikes };
            using var exact = new TrainableNetwork(plan, neuron, 3, dtype: ScalarType.Float64, operationPenalty: Penalty);
            using var fused = new TrainableNetwork(plan, neuron, 3, memory: memory, operationPenalty: Penalty);
            Assert.True(fused.IsFused);
            exact.Import(NetworkAgainstReference.Perturbed(exact.Export()));
            fused.Import(exact.Export());
            long[] shape = [3, plan.Channels, plan.Height, plan.Width];
            Tensor input = NetworkAgainstReference.Values(isStatic ? shape : [steps, .. shape], 1);
            Tensor weights = NetworkAgainstReference.Values([steps, 3, plan.Classes], 2);
            exact.Backward((exact.Forward(input, steps, training: true) * weights).sum());
            fused.Backward((fused.Forward(input.to(ScalarType.Float32), steps, training: true) * weights.to(ScalarType.Float32)).sum());
            foreach (((string name, var parameter), (_, var reference)) in fused.Parameters.Zip(exact.Parameters))
            {
                double scale = 1 + reference.grad!.abs().max().ToDouble();
                Assert.True(Difference(parameter.grad!.to(ScalarType.Float64), reference.grad!) < 1e-4 * scale, $"{name}, {width}");
            }
        }
    }

    /// <summary>
    /// Without any other gradient, what is left is the penalty's; behind the last tdBN it is summed up before anything is rounded.
    /// </summary>
    [Theory]
    [InlineData(TrainingMemory.Store)]
    [InlineData(TrainingMemory.Recompute)]
    public void Bfloat16_does_not_lose_the_penaltys_gradient(TrainingMemory memory)
    {
        using DisposeScope scope = NewDisposeScope();
        NetworkPlan plan = NetworkPlan.Create(new() { Stem = new(16), Stages = [new(1, 16), new(1, 32, 2)] }, 3, 16, 16, 3);
        Tensor input = NetworkAgainstReference.Values([4, 3, 16, 16], 1).to(ScalarType.Float32);
        using TrainableNetwork exact = Backward(TrainingPrecision.Float32), rounded = Backward(TrainingPrecision.BFloat16);
        foreach (((string name, var parameter), (_, var reference)) in rounded.Parameters.Zip(exact.Parameters))
        {
            if (name.StartsWith("head", StringComparison.Ordinal))
                continue;
            double size = reference.grad!.norm().ToDouble(), roundedSize = parameter.grad!.norm().ToDouble();
            Assert.True(size > 0 && roundedSize > 0 && double.IsFinite(roundedSize), name);
            // Some potentials leave the surrogate's window, others come in.
            if (name == "stages.1.0.2.norm.bias")
                Assert.InRange((parameter.grad! - reference.grad!).norm().ToDouble(), 0, 0.1 * size);
        }

        TrainableNetwork Backward(TrainingPrecision precision)
        {
            var network = new TrainableNetwork(plan, new(), 3, precision: precision, memory: memory, operationPenalty: 1);
            network.Backward((network.Forward(input, 2, training: true) * 0).sum());
            return network;
        }
    }

    [Theory]
    [InlineData(SpikingBlockKind.Basic, 6)]
    [InlineData(SpikingBlockKind.Bottleneck, 0)]
    [InlineData(SpikingBlockKind.Plain, 6)]
    [InlineData(SpikingBlockKind.Basic, 6, 2)]
    [InlineData(SpikingBlockKind.Basic, 0, 1)]
    public void Synapses_are_those_that_the_engine_counts_where_all_neurons_fire(SpikingBlockKind block, int hidden, int window = 0)
    {
        const int steps = 3;
        (NetworkPlan plan, LifNeuronOptions neuron) = NetworkAgainstReference.Small(block, hidden, detachReset: false);
        if (window > 0)
            plan = NetworkAgainstReference.Windows(window, hidden, isNormalized: false);
        using var network = new TrainableNetwork(plan, neuron, 3);
        // The shift of a tdBN, or a bias, far above the threshold: whatever comes in, its neurons fire.
        Dictionary<string, float[]> tensors = network.Export().ToDictionary(
            t => t.Key, t => t.Key.EndsWith(".norm.bias", StringComparison.Ordinal) || t.Key == "head.hidden.bias"
                ? Array.ConvertAll(t.Value, _ => 1e4f) : t.Value);
        var trained = new TrainedNetwork
        {
            Plan = plan, Neuron = neuron, Tensors = tensors, TimeSteps = steps, InputHasTimeSteps = false,
        };
        var folded = new SpikingNetwork(NetworkFolder.Round(NetworkFolder.Fold(trained)));
        SpikingTrace trace = folded.Trace(new float[folded.FeatureCount]);
        NeuronLayer[] layers = [.. NeuronLayer.Of(plan)];
        Assert.Equal(steps * layers.Sum(layer => layer.Neurons), trace.Layers.Sum(layer => layer.SpikeCounts.Sum()));
        Assert.Equal(steps * layers.Sum(layer => layer.Synapses), trace.SynapticOperations);
    }

    private static double Difference(Tensor a, Tensor b) => (a - b).abs().max().ToDouble();
}

using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network.Fused;

/// <summary>A float64 network runs the modules in torch operations, a float32 one the fused trunk.</summary>
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
        // Layers of 32 channels go over spikes, those of 8 and 40 do not.
        (int stem, int first, int second) = block switch
        {
            SpikingBlockKind.Bottleneck => (32, 8, 32),
            SpikingBlockKind.Basic => (32, 32, 40),
            _ => (8, 8, 40),
        };
        Compare(Small(block, stem, first, second), detachReset, timeSteps, isStatic, TrainingMemory.Store);
    }

    [Theory]
    [InlineData(SpikingBlockKind.Basic, 12, 12, 20, true, TrainingMemory.Store)]
    [InlineData(SpikingBlockKind.Basic, 12, 12, 20, false, TrainingMemory.Recompute)]
    [InlineData(SpikingBlockKind.Basic, 3, 30, 31, false, TrainingMemory.Store)] // filled up, they go over spikes
    [InlineData(SpikingBlockKind.Bottleneck, 20, 5, 3, false, TrainingMemory.Store)]
    [InlineData(SpikingBlockKind.Bottleneck, 20, 5, 3, true, TrainingMemory.Recompute)]
    [InlineData(SpikingBlockKind.Plain, 3, 9, 12, true, TrainingMemory.Store)]
    [InlineData(SpikingBlockKind.Plain, 3, 9, 12, false, TrainingMemory.Recompute)]
    public void So_they_are_with_widths_that_make_no_whole_vectors(
        SpikingBlockKind block, int stem, int first, int second, bool isStatic, TrainingMemory memory) =>
        Compare(Small(block, stem, first, second), detachReset: false, timeSteps: 3, isStatic, memory);

    [Theory]
    [InlineData(SpikingBlockKind.Basic, 2, 1, true, TrainingMemory.Store)]
    [InlineData(SpikingBlockKind.Basic, 3, 3, false, TrainingMemory.Recompute)]
    [InlineData(SpikingBlockKind.Bottleneck, 4, 2, true, TrainingMemory.Store)]
    [InlineData(SpikingBlockKind.Plain, 15, 2, false, TrainingMemory.Store)]
    public void So_they_are_where_neurons_send_several_spikes(
        SpikingBlockKind block, int maxSpikes, int timeSteps, bool isStatic, TrainingMemory memory)
    {
        foreach (bool detachReset in new[] { false, true })
            Compare(Small(block, 32, block == SpikingBlockKind.Bottleneck ? 8 : 32, 12), detachReset, timeSteps, isStatic, memory, maxSpikes);
    }

    [Theory]
    [InlineData(SpikingBlockKind.Basic, SurrogateShape.Triangle, 1, 3, false, TrainingMemory.Store)]
    [InlineData(SpikingBlockKind.Basic, SurrogateShape.ArcTangent, 1, 2, true, TrainingMemory.Recompute)]
    [InlineData(SpikingBlockKind.Bottleneck, SurrogateShape.Triangle, 3, 2, true, TrainingMemory.Recompute)]
    [InlineData(SpikingBlockKind.Plain, SurrogateShape.ArcTangent, 3, 3, false, TrainingMemory.Store)]
    public void So_they_are_with_every_shape_of_the_surrogate(
        SpikingBlockKind block, SurrogateShape shape, int maxSpikes, int timeSteps, bool isStatic, TrainingMemory memory)
    {
        foreach (bool detachReset in new[] { false, true })
        {
            NetworkPlan plan = Small(block, 32, block == SpikingBlockKind.Bottleneck ? 8 : 32, 12);
            Compare(plan, detachReset, timeSteps, isStatic, memory, maxSpikes, shape);
        }
    }

    [Theory]
    [InlineData(SpikingBlockKind.Basic, NeuronLearning.PerLayer, NeuronLearning.None, 1, false, TrainingMemory.Store)]
    [InlineData(SpikingBlockKind.Basic, NeuronLearning.None, NeuronLearning.PerChannel, 1, true, TrainingMemory.Recompute)]
    [InlineData(SpikingBlockKind.Bottleneck, NeuronLearning.PerChannel, NeuronLearning.PerLayer, 3, true, TrainingMemory.Store)]
    [InlineData(SpikingBlockKind.Plain, NeuronLearning.PerChannel, NeuronLearning.PerChannel, 1, false, TrainingMemory.Recompute)]
    public void So_they_are_where_neurons_learn(
        SpikingBlockKind block, NeuronLearning decay, NeuronLearning threshold, int maxSpikes, bool isStatic, TrainingMemory memory)
    {
        NetworkPlan plan = block == SpikingBlockKind.Bottleneck ? Small(block, 20, 5, 3) : Small(block, 12, 12, 20);
        foreach (SurrogateShape shape in Enum.GetValues<SurrogateShape>())
            Compare(plan, detachReset: shape == SurrogateShape.Triangle, 3, isStatic, memory, maxSpikes, shape, decay, threshold);
    }

    [Theory]
    [InlineData(2, 6, false, 32, 40, 1, 2, true, TrainingMemory.Store, NeuronLearning.None)]
    [InlineData(2, 6, false, 5, 6, 1, 1, false, TrainingMemory.Recompute, NeuronLearning.None)]
    [InlineData(2, 6, false, 5, 6, 1, 3, false, TrainingMemory.Recompute, NeuronLearning.PerChannel)]
    [InlineData(2, 0, true, 12, 20, 3, 3, false, TrainingMemory.Store, NeuronLearning.PerLayer)]
    [InlineData(1, 6, true, 3, 31, 4, 2, true, TrainingMemory.Recompute, NeuronLearning.None)]
    [InlineData(0, 6, false, 12, 20, 1, 3, true, TrainingMemory.Recompute, NeuronLearning.None)]
    public void So_they_are_with_every_head(
        int window, int hidden, bool isNormalized, int stem, int second, int maxSpikes, int timeSteps, bool isStatic,
        TrainingMemory memory, NeuronLearning learning)
    {
        NetworkPlan plan = NetworkAgainstReference.Windows(window, hidden, isNormalized, stem, second);
        foreach (bool detachReset in new[] { false, true })
            Compare(plan, detachReset, timeSteps, isStatic, memory, maxSpikes, SurrogateShape.Triangle, learning, learning);
    }

    /// <summary>Widths that kernels fill up give what wider layers do whose further channels are silent.</summary>
    [Theory]
    [InlineData(SpikingBlockKind.Basic, TrainingPrecision.Float32, TrainingMemory.Store)]
    [InlineData(SpikingBlockKind.Basic, TrainingPrecision.BFloat16, TrainingMemory.Store)]
    [InlineData(SpikingBlockKind.Basic, TrainingPrecision.BFloat16, TrainingMemory.Recompute)]
    [InlineData(SpikingBlockKind.Plain, TrainingPrecision.Float32, TrainingMemory.Recompute)]
    [InlineData(SpikingBlockKind.Plain, TrainingPrecision.BFloat16, TrainingMemory.Store)]
    [InlineData(SpikingBlockKind.Basic, TrainingPrecision.Float32, TrainingMemory.Recompute, 3)]
    [InlineData(SpikingBlockKind.Basic, TrainingPrecision.BFloat16, TrainingMemory.Recompute, 3)]
    [InlineData(SpikingBlockKind.Basic, TrainingPrecision.Float32, TrainingMemory.Store, 1, NeuronLearning.PerLayer)]
    [InlineData(SpikingBlockKind.Plain, TrainingPrecision.BFloat16, TrainingMemory.Recompute, 1, NeuronLearning.PerChannel)]
    public void Channels_that_fill_a_vector_up_change_nothing(
        SpikingBlockKind block, TrainingPrecision precision, TrainingMemory memory, int maxSpikes = 1,
        NeuronLearning learning = NeuronLearning.None)
    {
        using DisposeScope scope = NewDisposeScope();
        NetworkPlan plan = Small(block, 12, 12, 20);
        LifNeuronOptions neuron = new() { MaxSpikes = maxSpikes, LearnDecay = learning, LearnThreshold = learning };
        using var narrow = new TrainableNetwork(plan, neuron, 3, precision: precision, memory: memory);
        using var wide = new TrainableNetwork(Small(block, 16, 16, 24), neuron, 3, precision: precision, memory: memory);
        narrow.Import(NetworkAgainstReference.Perturbed(narrow.Export()));
        wide.Import(narrow.Tensors.Zip(wide.Tensors).ToDictionary(
            pair => pair.First.Name, pair => TensorMemory.ToArray(Embedded(pair.First.Value.detach(), pair.Second.Value.shape))));
        Tensor input = NetworkAgainstReference.Values([3, 3, plan.Channels, plan.Height, plan.Width], 1).to(ScalarType.Float32);
        Tensor weights = NetworkAgainstReference.Values([3, 3, plan.Classes], 2).to(ScalarType.Float32);

        Tensor output = narrow.Forward(input, 3, training: true), expected = wide.Forward(input, 3, training: true);
        narrow.Backward((output * weights).sum());
        wide.Backward((expected * weights).sum());

        Assert.True(Difference(output, expected) < 1e-5);
        foreach (((LayerFiringRate layer, LayerFiringRate reference), int channels, int filledUp) in Layers())
            Assert.Equal(reference.Rate * filledUp / channels, layer.Rate, 1e-6);
        // The head's products may round otherwise, and a gradient in bfloat16 then steps to its neighbor, 2^-8 away; with several spikes more
        // gradients pass on, and are rounded again.
        double tolerance = precision == TrainingPrecision.Float32 ? 1e-5 : maxSpikes == 1 ? 1e-2 : 1.0 / 32;
        foreach (((string name, var parameter), (_, var reference)) in narrow.Parameters.Zip(wide.Parameters))
        {
            Tensor real = Real(reference.grad!, parameter.shape);
            double difference = Difference(parameter.grad!, real), scale = 1 + real.abs().max().ToDouble();
            Assert.True(difference < tolerance * scale, $"{name}: {difference} of {scale}");
            Assert.Equal(parameter.stride(), parameter.grad!.stride());
        }
        foreach (((string name, Tensor value), (_, Tensor reference)) in narrow.Tensors.Zip(wide.Tensors))
            Assert.True(Difference(value.detach(), Real(reference.detach(), value.shape)) < 1e-5, name);

        IEnumerable<((LayerFiringRate, LayerFiringRate), int, int)> Layers() =>
            narrow.FiringRates.Zip(wide.FiringRates).Zip([12, 12, 12, 12, 12, 20, 20, 20, 20, 6], [16, 16, 16, 16, 16, 24, 24, 24, 24, 6]);
    }

    [Theory]
    [InlineData(TrainingPrecision.Float32, TrainingMemory.Store, 8)]
    [InlineData(TrainingPrecision.Float32, TrainingMemory.Recompute, 1)]
    [InlineData(TrainingPrecision.Float32, TrainingMemory.Store, 12)]
    [InlineData(TrainingPrecision.BFloat16, TrainingMemory.Store, 9)]
    [InlineData(TrainingPrecision.BFloat16, TrainingMemory.Recompute, 16)]
    public void Every_float32_network_on_a_CPU_is_fused(TrainingPrecision precision, TrainingMemory memory, int width)
    {
        NetworkPlan plan = Small(SpikingBlockKind.Basic, width, width, width);
        using var network = new TrainableNetwork(plan, new(), 3, precision: precision, memory: memory);
        Assert.True(network.IsFused);
        using var exact = new TrainableNetwork(plan, new(), 3, dtype: ScalarType.Float64, memory: memory);
        Assert.False(exact.IsFused);
    }

    private static void Compare(NetworkPlan plan, bool detachReset, int timeSteps, bool isStatic, TrainingMemory memory, int maxSpikes = 1,
        SurrogateShape surrogate = SurrogateShape.Rectangle, NeuronLearning decay = NeuronLearning.None,
        NeuronLearning threshold = NeuronLearning.None)
    {
        using DisposeScope scope = NewDisposeScope();
        LifNeuronOptions neuron = new()
        {
            DetachReset = detachReset, Decay = 0.3, Threshold = 0.6, SurrogateWidth = 1.1, MaxSpikes = maxSpikes,
            Surrogate = surrogate, LearnDecay = decay, LearnThreshold = threshold,
        };
        using var exact = new TrainableNetwork(plan, neuron, 3, dtype: ScalarType.Float64);
        using var fused = new TrainableNetwork(plan, neuron, 3, memory: memory);
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
            Assert.InRange(layer.Rate, 0.01, maxSpikes == 1 ? 0.99 : 2);
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
    private static NetworkPlan Small(SpikingBlockKind block, int stem, int first, int second) => NetworkPlan.Create(
        new() { Stem = new(stem, 3, 2), Stages = [new(2, first), new(2, second, 2)], Block = block, HiddenUnits = 6 }, 2, 9, 11, 4);

    /// <summary>Filled up with zeros.</summary>
    private static Tensor Embedded(Tensor values, long[] shape) =>
        nn.functional.pad(values, [.. shape.Zip(values.shape).Reverse().SelectMany(size => new[] { 0, size.First - size.Second })]);

    /// <summary>The values from the beginning of each dimension.</summary>
    private static Tensor Real(Tensor values, long[] shape)
    {
        for (int i = 0; i < shape.Length; i++)
            values = values.narrow(i, 0, shape[i]);
        return values;
    }

    private static double Difference(Tensor a, Tensor b) => (a.to(ScalarType.Float64) - b.to(ScalarType.Float64)).abs().max().ToDouble();
}

using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network;

public class LifRecursion
{
    public static TheoryData<double, int, bool, double> Cases()
    {
        var cases = new TheoryData<double, int, bool, double>();
        foreach (double decay in new[] { 0, 0.25, 1 })
        {
            foreach (int timeSteps in new[] { 1, 2, 3, 4, 5 })
            {
                foreach (bool detachReset in new[] { false, true })
                {
                    foreach (double width in new[] { 0.5, 1, 3 })
                        cases.Add(decay, timeSteps, detachReset, width);
                }
            }
        }
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void Float64_equals_the_plain_loop(double decay, int timeSteps, bool detachReset, double width) =>
        EqualsThePlainLoop(ScalarType.Float64, 1e-12, decay, timeSteps, detachReset, width);

    [Theory, MemberData(nameof(Cases))]
    public void Float32_kernels_equal_the_plain_loop(double decay, int timeSteps, bool detachReset, double width) =>
        EqualsThePlainLoop(ScalarType.Float32, 2e-5, decay, timeSteps, detachReset, width);

    public static TheoryData<int, double, int, bool, double> SeveralSpikes() =>
        new(from maxSpikes in new[] { 2, 3, 4, 15 } from decay in new[] { 0, 0.4 } from timeSteps in new[] { 1, 3 }
            from detachReset in new[] { false, true } from width in new[] { 0.25, 0.4 }
            select (maxSpikes, decay, timeSteps, detachReset, width));

    [Theory, MemberData(nameof(SeveralSpikes))]
    public void So_do_several_spikes_at_once(int maxSpikes, double decay, int timeSteps, bool detachReset, double width)
    {
        EqualsThePlainLoop(ScalarType.Float64, 1e-12, decay, timeSteps, detachReset, width, maxSpikes);
        EqualsThePlainLoop(ScalarType.Float32, 2e-5, decay, timeSteps, detachReset, width, maxSpikes);
    }

    public static TheoryData<SurrogateShape, int, int, bool, double> Shapes() =>
        new(from shape in new[] { SurrogateShape.Triangle, SurrogateShape.ArcTangent } from maxSpikes in new[] { 1, 3 }
            from timeSteps in new[] { 1, 4 } from detachReset in new[] { false, true } from width in new[] { 0.25, 1 }
            select (shape, maxSpikes, timeSteps, detachReset, width));

    [Theory, MemberData(nameof(Shapes))]
    public void So_does_every_shape_of_the_surrogate(
        SurrogateShape shape, int maxSpikes, int timeSteps, bool detachReset, double width)
    {
        EqualsThePlainLoop(ScalarType.Float64, 1e-12, 0.4, timeSteps, detachReset, width, maxSpikes, shape);
        EqualsThePlainLoop(ScalarType.Float32, 2e-5, 0.4, timeSteps, detachReset, width, maxSpikes, shape);
    }

    [Theory]
    [InlineData(1)] // less than any vector
    [InlineData(67)] // full vectors and a rest
    [InlineData(40_003)] // several threads
    public unsafe void Float32_kernels_give_the_spikes_of_torch_operations_to_the_last_bit(int size)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach ((bool isStatic, int maxSpikes) in new[] { (false, 1), (true, 1), (false, 3), (true, 5) })
        {
            LifNeuronOptions neuron = new() { Decay = 0.3, Threshold = 0.7 / maxSpikes, SurrogateWidth = 0.9, MaxSpikes = maxSpikes };
            const int steps = 4;
            using var rate = new FiringRateMeter();
            using var backward = new BackwardRunner();
            var call = new LifCall(neuron, steps, isStatic, rate, backward);
            Tensor current = tensor(Numbers(isStatic ? size : steps * size, 1, 1.2).Select(x => (float)x).ToArray());
            Tensor outer = tensor(Numbers(steps * size, 2, 1).Select(x => (float)x).ToArray());
            Tensor spikes = empty(steps * size), gradient = empty_like(current);
            long count = LifKernel.Forward(
                TensorMemory.Address<float>(current), TensorMemory.Address<float>(spikes), size, steps, isStatic, neuron);
            LifKernel.Backward(
                TensorMemory.Address<float>(current), TensorMemory.Address<float>(outer), TensorMemory.Address<float>(gradient),
                size, steps, isStatic, neuron);
            Assert.Equal(LifOperations.Forward(current, call).data<float>(), spikes.data<float>());
            Assert.Equal(spikes.sum().item<float>(), count);
            Assert.True((LifOperations.Backward(current, outer, call) - gradient).abs().max().item<float>() < 2e-6 * maxSpikes);
        }
    }

    [Fact]
    public void Spikes_and_gradients_do_not_depend_on_the_memory_order()
    {
        using DisposeScope scope = NewDisposeScope();
        using var backward = new BackwardRunner();
        using var neurons = new LifNeuron("n", new(), backward);
        Tensor rows = tensor(Numbers(2 * 3 * 5 * 7 * 2, 3, 1).Select(x => (float)x).ToArray(), [4, 3, 5, 7]).requires_grad_();
        Tensor weights = tensor(Numbers(2 * 3 * 5 * 7 * 2, 4, 1).Select(x => (float)x).ToArray(), [4, 3, 5, 7]);
        Tensor channels = TensorMemory.ToChannelsLast(rows).detach().requires_grad_();
        Assert.NotEqual(rows.stride(), channels.stride());
        Tensor first = neurons.Forward(rows, 2), second = neurons.Forward(channels, 2);
        (first * weights).sum().backward();
        (second * weights).sum().backward();
        Assert.True(first.equal(second).all().item<bool>());
        Assert.True(rows.grad!.equal(channels.grad!).all().item<bool>());
        Assert.Equal(first.mean().item<float>(), neurons.FiringRate.Rate, 1e-6);
    }

    [Fact]
    public void Zero_decay_forgets_and_unit_decay_integrates()
    {
        using DisposeScope scope = NewDisposeScope();
        using var backward = new BackwardRunner();
        using var integrator = new LifNeuron("n", new() { Decay = 1, Threshold = 0.5 }, backward);
        using var forgetful = new LifNeuron("n", new() { Decay = 0, Threshold = 0.5 }, backward);
        // A quarter a step: exactly on the threshold after two steps, which is not above it; reset after the third.
        using Tensor quarter = full(new long[] { 1 }, 0.25f);
        Assert.Equal([0, 0, 1, 0, 0, 1], integrator.Forward(quarter, 6, isStatic: true).data<float>());
        Assert.Equal(new float[6], forgetful.Forward(quarter, 6, isStatic: true).data<float>());
        Assert.Equal(1 / 3.0, integrator.FiringRate.Rate, 1e-12);
    }

    private static void EqualsThePlainLoop(ScalarType dtype, double tolerance, double decay, int timeSteps, bool detachReset, double width,
        int maxSpikes = 1, SurrogateShape surrogate = SurrogateShape.Rectangle)
    {
        LifNeuronOptions neuron = new()
        {
            Decay = decay, Threshold = maxSpikes == 1 ? 0.5 : 0.125, SurrogateWidth = width, DetachReset = detachReset, MaxSpikes = maxSpikes,
            Surrogate = surrogate,
        };
        long[] shape = [3, 2, 5, 7]; // [N, C, H, W]
        int size = 3 * 2 * 5 * 7;
        foreach (bool isStatic in new[] { false, true })
        {
            using DisposeScope scope = NewDisposeScope();
            using var backward = new BackwardRunner();
            using var neurons = new LifNeuron("n", neuron, backward);
            double[] x = Numbers(isStatic ? size : timeSteps * size, 10 + timeSteps, 1), g = Numbers(timeSteps * size, 20, 1);
            (double[] spikes, double[] gradient) = LifReference.RunAll(x, g, timeSteps, isStatic, neuron);

            Tensor current = tensor(x, isStatic ? shape : [timeSteps * 3, 2, 5, 7]).to(dtype).requires_grad_();
            Tensor output = neurons.Forward(current, timeSteps, isStatic);
            output.backward([tensor(g, [timeSteps * 3, 2, 5, 7]).to(dtype)]);

            Assert.Equal([timeSteps * 3, 2, 5, 7], output.shape);
            Assert.Equal(spikes, output.to(ScalarType.Float64).data<double>());
            Assert.Equal(gradient, current.grad!.to(ScalarType.Float64).data<double>(), (a, b) => Math.Abs(a - b) <= tolerance);
            Assert.InRange(spikes.Average(), 0.05, 0.95 * maxSpikes);
            Assert.Equal(maxSpikes > 1, spikes.Max() > 1);
            Assert.Equal(spikes.Average(), neurons.FiringRate.Rate, 1e-6);
        }
    }

    /// <summary>Uniform in (-1, 1.5) times <paramref name="scale"/>, on a grid that float32 holds exactly, none on a threshold.</summary>
    private static double[] Numbers(int count, int seed, double scale)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (double)(float)((random.NextDouble() * 2.5 - 1) * scale))];
    }
}

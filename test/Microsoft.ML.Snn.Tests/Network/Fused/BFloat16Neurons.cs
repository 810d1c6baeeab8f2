using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Network.Fused;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network.Fused;

public class BFloat16Neurons
{
    public enum Kind
    {
        NoShortcut,
        Identity,
        Projection,
    }

    /// <summary>On values that both types hold, the kernels differ in how they store gradients alone.</summary>
    [Theory]
    [InlineData(Kind.NoShortcut, false)]
    [InlineData(Kind.NoShortcut, true)]
    [InlineData(Kind.Identity, false)]
    [InlineData(Kind.Projection, false)]
    [InlineData(Kind.Identity, false, SurrogateShape.Triangle)]
    [InlineData(Kind.NoShortcut, true, SurrogateShape.ArcTangent)]
    [InlineData(Kind.Projection, false, SurrogateShape.Rectangle, NeuronLearning.PerChannel)]
    [InlineData(Kind.NoShortcut, true, SurrogateShape.Rectangle, NeuronLearning.None, 0.7f)]
    [InlineData(Kind.Identity, false, SurrogateShape.Triangle, NeuronLearning.PerChannel, 0.7f)]
    public void They_fire_as_in_float32_and_round_only_their_gradients(
        Kind kind, bool isStatic, SurrogateShape shape = SurrogateShape.Rectangle, NeuronLearning learning = NeuronLearning.None,
        float penaltyGradient = 0)
    {
        using DisposeScope scope = NewDisposeScope();
        LifNeuronOptions neuron = new() { Surrogate = shape, LearnDecay = learning, LearnThreshold = learning };
        (bool[] spikes, float[][] gradients) = Run(ScalarType.Float32, kind, isStatic, neuron, penaltyGradient);
        (bool[] rounded, float[][] roundedGradients) = Run(ScalarType.BFloat16, kind, isStatic, neuron, penaltyGradient);
        Assert.Equal(spikes, rounded);
        Assert.InRange(spikes.Count(fired => fired) / (double)spikes.Length, 0.05, 0.6);
        foreach ((float[] exact, float[] gradient) in gradients.Zip(roundedGradients))
        {
            double largest = exact.Max(MathF.Abs);
            Assert.True(largest > 1e-3);
            Assert.Equal(exact, gradient, (a, b) => Math.Abs(a - b) <= 0.01 * largest);
        }
    }

    private static unsafe (bool[] Spikes, float[][] Gradients) Run(
        ScalarType dtype, Kind kind, bool isStatic, LifNeuronOptions neuron, float penaltyGradient)
    {
        const int images = 6, height = 9, width = 7, channels = 24, steps = 3;
        using var tensors = new NetworkTensors(1, CPU, ScalarType.Float32);
        FusedNormalization norm = new ThresholdDependentBatchNorm(tensors, "a", channels, 1, 0.5).Fused();
        FusedNormalization shortcutNorm = new ThresholdDependentBatchNorm(tensors, "b", channels, 0.7, 0.5).Fused();
        Tensor Values(int seed, int count) =>
            NetworkAgainstReference.Values([count, height, width, channels], seed).to(ScalarType.BFloat16).to(dtype);

        using var source = new SpikeMask(images, height, width, channels);
        new Random(7).NextBytes(new Span<byte>(source.Bytes, (int)source.Pixels * source.PixelBytes));
        using FusedBranch current = new(norm, Values(1, isStatic ? images / steps : images), training: true);
        using FusedBranch? shortcut = kind switch
        {
            Kind.Identity => new(shortcutNorm, source, training: true),
            Kind.Projection => new(shortcutNorm, Values(2, images), training: true),
            _ => null,
        };
        using var neurons = new FusedNeurons(
            current, shortcut, new SpikeMask(images, height, width, channels), neuron, steps, isStatic, dtype,
            NeuronParameters.Create(tensors, "n", channels, neuron))
        {
            PenaltyGradient = penaltyGradient,
        };
        var byParameter = new Dictionary<Tensor, Tensor>();
        (Tensor byCurrent, Tensor? byShortcut) = neurons.Backward(Values(3, images), Values(4, images), byParameter);
        Tensor[] gradients = byShortcut is null ? [byCurrent, .. byParameter.Values] : [byCurrent, byShortcut, .. byParameter.Values];
        bool[] fired = [.. neurons.Spikes.ToTensor(ScalarType.Float32).contiguous().data<float>().ToArray().Select(spike => spike != 0)];
        return (fired, [.. gradients.Select(TensorMemory.ToArray)]);
    }
}

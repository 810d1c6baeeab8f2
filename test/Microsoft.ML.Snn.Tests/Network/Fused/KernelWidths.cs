using Microsoft.ML.Snn.Engine.Vectors;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Network.Fused;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network.Fused;

/// <summary>A machine with vectors of 512 bits trains the same network, to the last bit, as one without.</summary>
public unsafe class KernelWidths
{
    private const int Channels = 48, Rows = 700, Steps = 3;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Neurons_without_a_shortcut(bool isStatic)
    {
        Compare<Float32Element, NoShortcut>(new(), isStatic);
        Compare<BFloat16Element, NoShortcut>(new(), isStatic);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Neurons_with_a_shortcut(bool detachReset)
    {
        var neuron = new LifNeuronOptions { DetachReset = detachReset };
        Compare<Float32Element, SpikeShortcut>(neuron);
        Compare<BFloat16Element, SpikeShortcut>(neuron);
        Compare<Float32Element, ProjectedShortcut<Float32Element>>(neuron);
        Compare<BFloat16Element, ProjectedShortcut<BFloat16Element>>(neuron);
    }

    [Fact]
    public void Statistics_and_the_gradient_of_the_normalization()
    {
        Assert.Equal(Normalize<Lanes256, Float32Element>(), Normalize<Lanes512, Float32Element>());
        Assert.Equal(Normalize<Lanes256, BFloat16Element>(), Normalize<Lanes512, BFloat16Element>());
    }

    private static void Compare<TElement, TShortcut>(LifNeuronOptions neuron, bool isStatic = false)
        where TElement : IElement where TShortcut : IShortcutValues
    {
        Compare<TElement, TShortcut, RectangleSurrogate, FixedNeuron>(neuron, isStatic);
        Compare<TElement, TShortcut, TriangleSurrogate, FixedNeuron>(neuron, isStatic);
        Compare<TElement, TShortcut, ArcTangentSurrogate, FixedNeuron>(neuron, isStatic);
        Compare<TElement, TShortcut, RectangleSurrogate, LearningNeuron>(neuron, isStatic);
    }

    private static void Compare<TElement, TShortcut, TSurrogate, TNeuron>(LifNeuronOptions neuron, bool isStatic)
        where TElement : IElement where TShortcut : IShortcutValues where TSurrogate : ISurrogate where TNeuron : INeuronKind
    {
        (float[] spikes, double[] sums, float[] gradient) = 
            Neurons<Lanes256, TElement, TShortcut, TSurrogate, TNeuron>(neuron, isStatic);
        (float[] wideSpikes, double[] wideSums, float[] wideGradient) =
            Neurons<Lanes512, TElement, TShortcut, TSurrogate, TNeuron>(neuron, isStatic);
        Assert.InRange(spikes.Average(), 0.05, 0.6);
        Assert.Equal(spikes, wideSpikes);
        Assert.Equal(sums, wideSums);
        Assert.Equal(gradient, wideGradient);
    }

    private static (float[] Spikes, double[] Sums, float[] Gradient) Neurons<TLanes, TElement, TShortcut, TSurrogate, TNeuron>(
        LifNeuronOptions neuron, bool isStatic)
        where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement where TShortcut : IShortcutValues where TSurrogate : ISurrogate
        where TNeuron : INeuronKind
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor current = Values<TElement>(1), shortcut = Values<TElement>(2), gradient = Values<TElement>(3), second = Values<TElement>(4);
        using SpikeMask source = RandomSpikes(), spikes = new(Steps, Rows, 1, Channels);
        bool isMask = typeof(TShortcut) == typeof(SpikeShortcut);
        fixed (float* scale = PerChannel(5), shortcutScale = PerChannel(6), shift = PerChannel(7))
        fixed (float* mean = PerChannel(8), shortcutMean = PerChannel(9))
        fixed (float* decays = Between(0.1f, 0.9f, 10), thresholds = Between(0.3f, 0.8f, 11))
        {
            var arguments = new NormalizedLifArguments(neuron)
            {
                Rows = Rows, Channels = Channels, TimeSteps = Steps, IsStatic = isStatic,
                Scale = scale, ShortcutScale = shortcutScale, Shift = shift, Decays = decays, Thresholds = thresholds,
                Current = TensorMemory.Address<byte>(current),
                Shortcut = isMask ? source.Bytes : TensorMemory.Address<byte>(shortcut),
                ShortcutStride = isMask ? source.PixelBytes : Channels * TElement.Size,
            };
            NormalizedLifKernel.Forward<TLanes, TElement, TShortcut, TNeuron>(arguments, spikes);
            double[] sums = NormalizedLifKernel.Backward<TLanes, TElement, TShortcut, TSurrogate, TNeuron>(
                arguments, TensorMemory.Address<byte>(gradient), TensorMemory.Address<byte>(second), mean, shortcutMean);
            return (TensorMemory.ToArray(spikes.ToTensor(ScalarType.Float32)), sums, TensorMemory.ToArray(gradient));
        }
    }

    private static double[] Normalize<TLanes, TElement>() where TLanes : unmanaged, ILanes<TLanes> where TElement : IElement
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor values = Values<TElement>(1), gradient = Values<TElement>(2), result = empty_like(values);
        byte* address = TensorMemory.Address<byte>(values);
        BatchStatistics statistics = BatchStatistics.Of<TLanes, TElement>(address, Steps * Rows, Channels);
        using var tensors = new NetworkTensors(1, CPU, ScalarType.Float32);
        double[] all = [.. PerChannel(3).Concat(PerChannel(4)).Select(value => 100.0 * value)];
        var sums = new NormalizationSums(all, Channels, 1);
        var terms = new NormalizationGradient(
            new ThresholdDependentBatchNorm(tensors, "a", Channels, 1, 0.5).Fused(), statistics, PerChannel(5), sums, sums);
        NormalizedLifKernel.BackwardNormalization<TLanes, TElement, ProjectedShortcut<TElement>>(
            address, Channels * TElement.Size, TensorMemory.Address<byte>(gradient), TensorMemory.Address<byte>(result),
            Steps * Rows, terms);
        return [.. statistics.Mean, .. statistics.Variance, .. TensorMemory.ToArray(result).Select(value => (double)value)];
    }

    private static SpikeMask RandomSpikes()
    {
        var spikes = new SpikeMask(Steps, Rows, 1, Channels);
        var random = new Random(1);
        for (long pixel = 0; pixel < spikes.Pixels; pixel++)
            random.NextBytes(new Span<byte>(spikes.Bytes + pixel * spikes.PixelBytes, Channels / 8));
        return spikes;
    }

    private static Tensor Values<TElement>(int seed) where TElement : IElement =>
        NetworkAgainstReference.Values([Steps * Rows, Channels], seed).to(TElement.Size == 2 ? ScalarType.BFloat16 : ScalarType.Float32);

    private static float[] Between(float least, float most, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Channels).Select(_ => least + (most - least) * random.NextSingle())];
    }

    private static float[] PerChannel(int seed) => TensorMemory.ToArray(NetworkAgainstReference.Values([Channels], seed));
}

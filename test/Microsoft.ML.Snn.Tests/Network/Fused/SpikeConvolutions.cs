using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network.Fused;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network.Fused;

public unsafe class SpikeConvolutions
{
    public static TheoryData<int, int, int, int, double> Cases() => new()
    {
        { 8, 32, 1, 1, 0.5 }, // one pixel, a part of a word
        { 40, 32, 3, 2, 0.3 }, // less than a tile
        { 64, 64, 8, 5, 0 }, // silence
        { 64, 96, 8, 5, 1 }, // every neuron
        { 96, 64, 19, 21, 0.2 }, // tiles and blocks with rests
        { 32, 32, 3, 219, 0.2 }, // tiles of a row
        { 136, 32, 16, 16, 0.1 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Sums_over_spikes_are_the_dense_convolution(int inChannels, int outChannels, int height, int width, double density)
    {
        using DisposeScope scope = NewDisposeScope();
        using SpikeMask spikes = Spikes(inChannels, height, width, density);
        Tensor weight = TensorMemory.ToChannelsLast(Values([outChannels, inChannels, 3, 3], 1).to(ScalarType.Float32));
        Tensor expected = nn.functional.conv2d(
            spikes.ToTensor(ScalarType.Float32).to(ScalarType.Float64), weight.to(ScalarType.Float64), padding: [1, 1]);
        Tensor output = TensorMemory.ChannelsSecond(SpikeGather.Forward(spikes, weight));
        Assert.Equal(expected.shape, output.shape);
        Assert.True((output.to(ScalarType.Float64) - expected).abs().max().ToDouble() < 2e-5 * Math.Sqrt(inChannels));
        Assert.Equal(density == 0, expected.abs().max().ToDouble() == 0);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Weight_gradients_over_spikes_are_those_of_the_dense_convolution(
        int inChannels, int outChannels, int height, int width, double density)
    {
        using DisposeScope scope = NewDisposeScope();
        using SpikeMask spikes = Spikes(inChannels, height, width, density);
        foreach (ScalarType dtype in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            Tensor gradient = Values([spikes.Images, height, width, outChannels], 2).to(dtype);
            Tensor weight = zeros(outChannels, inChannels, 3, 3, dtype: ScalarType.Float64).requires_grad_();
            nn.functional.conv2d(spikes.ToTensor(ScalarType.Float32).to(ScalarType.Float64), weight, padding: [1, 1])
                .backward([gradient.to(ScalarType.Float64).permute(0, 3, 1, 2)]);
            Tensor result = SpikeWeightGradient.Of(spikes, gradient);
            Assert.Equal(ScalarType.Float32, result.dtype);
            Assert.Equal(weight.shape, result.shape);
            Assert.True((result.to(ScalarType.Float64) - weight.grad!).abs().max().ToDouble() < 1e-4);
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Vectors_of_both_widths_give_the_same_bits(int inChannels, int outChannels, int height, int width, double density)
    {
        using DisposeScope scope = NewDisposeScope();
        using SpikeMask spikes = Spikes(inChannels, height, width, density);
        Tensor weight = TensorMemory.ToChannelsLast(Values([outChannels, inChannels, 3, 3], 1).to(ScalarType.Float32));
        Tensor wide = SpikeGather.Forward(spikes, weight, isWide: true);
        Assert.True(wide.equal(SpikeGather.Forward(spikes, weight, isWide: false)).all().item<bool>());
        Tensor gradient = Values([spikes.Images, height, width, outChannels], 2).to(ScalarType.BFloat16);
        Tensor wideGradient = SpikeWeightGradient.Of(spikes, gradient, isWide: true);
        Assert.True(wideGradient.equal(SpikeWeightGradient.Of(spikes, gradient, isWide: false)).all().item<bool>());
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.9)] // more than any limit: oneDNN
    public void Both_ways_agree_at_any_density(double density)
    {
        using DisposeScope scope = NewDisposeScope();
        using SpikeMask spikes = Spikes(32, 9, 10, density);
        var plan = new ConvolutionPlan("c", 32, 32, 3, 1, 1, 9, 10);
        Tensor weight = TensorMemory.ToChannelsLast(Values([32, 32, 3, 3], 1).to(ScalarType.Float32));
        Tensor gradient = Values([spikes.Images, 9, 10, 32], 2).to(ScalarType.Float32);
        Tensor output = SpikeConvolution.Forward(spikes, weight, plan, ScalarType.Float32);
        Tensor numbers = spikes.ToTensor(ScalarType.Float32);
        Assert.True((output - SpikeConvolution.Forward(numbers, weight, plan)).abs().max().ToDouble() < 1e-4);
        Tensor byWeight = SpikeConvolution.WeightGradient(spikes, gradient, weight, plan);
        Assert.True((byWeight - SpikeConvolution.WeightGradient(numbers, gradient, weight, plan)).abs().max().ToDouble() < 1e-4);
        Assert.Equal(weight.stride(), byWeight.stride());
    }

    [Theory]
    [InlineData(32, 32, 3, 1, true)]
    [InlineData(32, 40, 3, 1, false)]
    [InlineData(32, 32, 3, 2, false)]
    [InlineData(32, 32, 1, 1, false)]
    [InlineData(3, 32, 3, 1, false)]
    public void Only_3x3_convolutions_of_stride_1_with_whole_blocks_go_over_spikes(
        int inChannels, int outChannels, int kernel, int stride, bool expected) =>
        Assert.Equal(expected && System.Runtime.Intrinsics.Vector256.IsHardwareAccelerated,
            SpikeGather.Supports(new ConvolutionPlan("c", inChannels, outChannels, kernel, stride, 1, 8, 8)));

    private static SpikeMask Spikes(int channels, int height, int width, double density)
    {
        var random = new Random(channels);
        var spikes = new SpikeMask(3, height, width, channels);
        for (long pixel = 0; pixel < spikes.Pixels; pixel++)
        {
            for (int c = 0; c < channels; c += 8)
            {
                int fired = 0;
                for (int i = 0; i < 8; i++)
                    fired |= random.NextDouble() < density ? 1 << i : 0;
                spikes.Bytes[pixel * spikes.PixelBytes + c / 8] = (byte)fired;
            }
        }
        spikes.Measure();
        return spikes;
    }

    private static Tensor Values(long[] shape, int seed) => NetworkAgainstReference.Values(shape, seed);
}

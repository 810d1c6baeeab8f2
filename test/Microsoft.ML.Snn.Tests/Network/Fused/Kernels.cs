using Microsoft.ML.Snn.Engine.Vectors;
using Microsoft.ML.Snn.Network.Fused;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network.Fused;

public unsafe class Kernels
{
    [Fact]
    public void BFloat16_is_read_and_rounded_as_torch_does()
    {
        using DisposeScope scope = NewDisposeScope();
        var random = new Random(1);
        // Ties on even and odd upper halves, subnormal numbers, infinities and anything else.
        float[] values = [0, -0f, 1, 1.00390625f, 1.01171875f,
            float.Epsilon, float.MaxValue, float.PositiveInfinity, float.NegativeInfinity,
            .. Enumerable.Range(0, 4087).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)))
                .Where(float.IsFinite)];
        values = values[..(values.Length / 16 * 16)];
        Tensor expected = tensor(values).to(ScalarType.BFloat16);
        Check<Lanes512>();
        Check<Lanes256>();
        Check<Lanes128>();
        Check<ScalarLanes>();

        void Check<TLanes>() where TLanes : unmanaged, ILanes<TLanes>
        {
            Tensor stored = empty_like(expected);
            byte* target = TensorMemory.Address<byte>(stored);
            var loaded = new float[values.Length];
            fixed (float* source = values, result = loaded)
            {
                for (int i = 0; i < values.Length; i += TLanes.Count)
                {
                    BFloat16Element.Store(TLanes.Load(source + i), target + i * BFloat16Element.Size);
                    TLanes.Store(BFloat16Element.Load<TLanes>(target + i * BFloat16Element.Size), result + i);
                }
            }
            Assert.Equal(expected.to(ScalarType.Float32).data<float>(), stored.to(ScalarType.Float32).data<float>());
            Assert.Equal(expected.to(ScalarType.Float32).data<float>(), loaded);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Statistics_stay_exact_where_the_mean_is_far_above_the_deviation(ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        const int channels = 24, rows = 5000;
        var random = new Random(2);
        double offset = dtype == ScalarType.Float32 ? 1000 : 4;
        float[] values = [.. Enumerable.Range(0, rows * channels).Select(i => (float)(offset * (i % channels) + random.NextDouble()))];
        Tensor x = tensor(values, [rows, channels]).to(dtype);
        double[] exact = x.to(ScalarType.Float64).data<double>().ToArray();
        byte* address = TensorMemory.Address<byte>(x);
        BatchStatistics statistics = BatchStatistics.Of(address, dtype, rows, channels);
        for (int c = 0; c < channels; c++)
        {
            double[] column = [.. Enumerable.Range(0, rows).Select(row => exact[row * channels + c])];
            double mean = column.Average(), variance = column.Average(v => (v - mean) * (v - mean));
            Assert.Equal(mean, statistics.Mean[c], 1e-5);
            Assert.Equal(variance, statistics.Variance[c], 1e-5);
        }
    }

    [Theory]
    [InlineData(8)] // a part of a word
    [InlineData(40)]
    [InlineData(64)]
    public void Spikes_are_counted_averaged_and_unpacked_from_their_bits(int channels)
    {
        using DisposeScope scope = NewDisposeScope();
        const int images = 3, height = 6, width = 8;
        var random = new Random(3);
        using var spikes = new SpikeMask(images, height, width, channels);
        var numbers = new float[images, channels, height, width];
        for (int n = 0; n < images; n++)
        {
            for (int pixel = 0; pixel < height * width; pixel++)
            {
                for (int c = 0; c < channels; c++)
                {
                    bool fired = random.Next(3) == 0;
                    numbers[n, c, pixel / width, pixel % width] = fired ? 1 : 0;
                    byte* target = spikes.Bytes + (n * height * width + pixel) * spikes.PixelBytes + c / 8;
                    *target = (byte)(fired ? *target | 1 << c % 8 : *target & ~(1 << c % 8));
                }
            }
        }
        Tensor expected = tensor(numbers);
        spikes.Measure();
        Assert.Equal(expected.mean().item<float>(), spikes.Density, 1e-6);
        foreach ((int h, int w) in ((int, int)[])[(height, width), (2, width), (3, 2), (1, 1)])
        {
            Tensor averages = expected.view(images, channels, height / h, h, width / w, w).mean([3L, 5L]).flatten(1);
            Assert.Equal(
                averages.data<float>(), spikes.MeanOverWindows(new(channels, height, width, h, w)).data<float>(),
                (a, b) => Math.Abs(a - b) < 1e-6);
        }
        Assert.True(spikes.ToTensor(ScalarType.Float32).equal(expected).all().item<bool>());
        Assert.True(spikes.ToTensor(ScalarType.BFloat16).equal(expected).all().item<bool>());
        BatchStatistics statistics = BatchStatistics.Of(spikes);
        double[] means = [.. expected.mean([0L, 2L, 3L]).data<float>().ToArray().Select(mean => (double)mean)];
        Assert.Equal(means, statistics.Mean, (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal(means.Select(mean => mean * (1 - mean)), statistics.Variance, (a, b) => Math.Abs(a - b) < 1e-6);
    }
}

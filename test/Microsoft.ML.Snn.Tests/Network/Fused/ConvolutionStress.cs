using System.Runtime.InteropServices;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network.Fused;
using Microsoft.ML.Snn.Tests.Package;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network.Fused;

/// <summary>
/// Every call into oneDNN over small and odd shapes. A library that writes past its buffers may end the process or give wrong numbers, so
/// the cases run in processes of their own, with the allocator's checks on where the system has them, and against float64, which oneDNN
/// does not compute.
/// </summary>
[Slow]
public class ConvolutionStress
{
    // Sets how OpenMP's threads wait: they would spin.
    static ConvolutionStress() => TorchNatives.EnsureLoaded();

    private const int Cases = 200;

    [Theory]
    [InlineData(null)]
    [InlineData("AVX2")]
    public async Task Convolutions_of_any_shape_are_exact_and_overwrite_nothing(string? instructionSet)
    {
        Dictionary<string, string> environment = new() { ["MALLOC_CHECK_"] = "3" };
        // Since glibc 2.34 the checks are in a library of their own.
        if (NativeLibrary.TryLoad("libc_malloc_debug.so.0", out _))
            environment["LD_PRELOAD"] = "libc_malloc_debug.so.0";
        if (instructionSet is not null)
            environment["ONEDNN_MAX_CPU_ISA"] = instructionSet;
        string output = await ChildProcess.RunAsync(
            AppContext.BaseDirectory, TestProgram, environment, "-class", typeof(ConvolutionStress).FullName!, "-explicit", "only");
        // Zero tests would pass as well.
        Assert.Contains("Total: 6, Errors: 0, Failed: 0, Skipped: 0, Not Run: 2", output);
    }

    /// <summary>The layers behind others: spikes as bits in, gradients by hand.</summary>
    [Fact(Explicit = true)]
    public void Over_spikes()
    {
        var random = new Random(1);
        for (int i = 0; i < Cases; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            ScalarType dtype = i % 3 == 2 ? ScalarType.BFloat16 : ScalarType.Float32;
            int inputs = 8 * random.Next(1, 8), outputs = 8 * random.Next(1, 19);
            (ConvolutionPlan plan, int images, int height, int width) = Shape(random, inputs, outputs);
            using SpikeMask spikes = RandomSpikes(random, images, height, width, plan.In);
            Tensor weight = TensorMemory.ToChannelsLast(Values(random, plan.Out, plan.In, plan.Kernel, plan.Kernel));
            Tensor outer = Values(random, images, plan.OutHeight, plan.OutWidth, plan.Out).to(dtype);
            var expected = Expected.Of(spikes.ToTensor(ScalarType.Float32), weight.to(dtype), TensorMemory.ChannelsSecond(outer), plan);
            expected.Check("output", TensorMemory.ChannelsSecond(SpikeConvolution.Forward(spikes, weight, plan, dtype)), expected.Output);
            expected.Check("weight gradient", SpikeConvolution.WeightGradient(spikes, outer, weight, plan), expected.ByWeight);
            Tensor byInput = SpikeConvolution.InputGradient(spikes, outer, weight, plan);
            expected.Check("input gradient", TensorMemory.ChannelsSecond(byInput), expected.ByInput);
        }
    }

    /// <summary>The stem: numbers in, and no gradient by them.</summary>
    [Fact(Explicit = true)]
    public void Over_images()
    {
        var random = new Random(2);
        for (int i = 0; i < Cases; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            ScalarType dtype = i % 3 == 2 ? ScalarType.BFloat16 : ScalarType.Float32;
            (ConvolutionPlan plan, int images, int height, int width) = Shape(random, inputs: Channels(random), outputs: Channels(random));
            Tensor input = TensorMemory.ToChannelsLast(Values(random, images, plan.In, height, width)).to(dtype);
            Tensor weight = TensorMemory.ToChannelsLast(Values(random, plan.Out, plan.In, plan.Kernel, plan.Kernel));
            Tensor outer = Values(random, images, plan.OutHeight, plan.OutWidth, plan.Out).to(dtype);
            var expected = Expected.Of(input, weight.to(dtype), TensorMemory.ChannelsSecond(outer), plan);
            expected.Check("output", TensorMemory.ChannelsSecond(SpikeConvolution.Forward(input, weight, plan)), expected.Output);
            expected.Check("weight gradient", SpikeConvolution.WeightGradient(input, outer, weight, plan), expected.ByWeight);
        }
    }

    /// <summary>The modules, which a CPU runs in float64 alone: gradients by torch's own graph.</summary>
    [Fact(Explicit = true)]
    public void In_torchs_graph()
    {
        var random = new Random(3);
        for (int i = 0; i < Cases; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            const ScalarType dtype = ScalarType.Float64;
            (ConvolutionPlan plan, int images, int height, int width) = Shape(random, inputs: Channels(random), outputs: Channels(random));
            Tensor input = TensorMemory.ToChannelsLast(Values(random, images, plan.In, height, width)).to(dtype).requires_grad_();
            Tensor weight = TensorMemory.ToChannelsLast(Values(random, plan.Out, plan.In, plan.Kernel, plan.Kernel))
                .to(dtype).requires_grad_();
            Tensor outer = TensorMemory.ChannelsSecond(Values(random, images, plan.OutHeight, plan.OutWidth, plan.Out)).to(dtype);
            var expected = Expected.Of(input.detach(), weight.detach(), outer, plan);
            Tensor output = DenseConvolution.Forward(input, weight, plan);
            output.backward([outer]);
            expected.Check("output", output.detach(), expected.Output);
            expected.Check("weight gradient", weight.grad!, expected.ByWeight);
            expected.Check("input gradient", input.grad!, expected.ByInput);
        }
    }

    /// <summary>Of Muon, whose matrices have a row a neuron.</summary>
    [Fact(Explicit = true)]
    public void Matrix_products()
    {
        var random = new Random(4);
        for (int i = 0; i < Cases; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            ScalarType dtype = i % 2 == 0 ? ScalarType.BFloat16 : ScalarType.Float32;
            Tensor matrix = Values(random, random.Next(1, 50), random.Next(1, 100)).to(dtype);
            Tensor square = matrix.matmul(matrix.t()), wide = matrix.to(ScalarType.Float64);
            var expected = new Expected(wide.matmul(wide.t()), wide, wide, dtype, $"[{string.Join(", ", matrix.shape)}] in {dtype}");
            expected.Check("square", square, expected.Output);
            expected.Check("product", addmm(matrix, square, matrix, beta: 3, alpha: -2),
                3 * wide - 2 * square.to(ScalarType.Float64).matmul(wide));
        }
    }

    private static string TestProgram => Path.Combine(
        AppContext.BaseDirectory, typeof(ConvolutionStress).Assembly.GetName().Name + (OperatingSystem.IsWindows() ? ".exe" : ""));

    /// <summary>
    /// T from 1 to 5, batches, sizes and strides odd and even; one map in eight is large, so that what is written past its end leaves the
    /// allocator's slack.
    /// </summary>
    private static (ConvolutionPlan Plan, int Images, int Height, int Width) Shape(Random random, int inputs, int outputs)
    {
        int kernel = random.Next(4) switch { 0 => 3, 1 => 5, _ => 1 }, stride = random.Next(1, 4);
        int images = random.Next(1, 6) * random.Next(1, 5), largest = 20;
        if (inputs * outputs < 1000 && random.Next(8) == 0)
            (images, largest) = (random.Next(1, 6), 70);
        // A stride beyond the map's size is refused by the plan of a network.
        (int height, int width) = (random.Next(stride, largest), random.Next(stride, largest));
        return (new("c", inputs, outputs, kernel, stride, 1, (height - 1) / stride + 1, (width - 1) / stride + 1), images, height, width);
    }

    /// <summary>Mostly from 1 to 24, and 1 often: a gray image.</summary>
    private static int Channels(Random random) => random.Next(6) switch { 0 => 1, 1 => random.Next(1, 150), _ => random.Next(1, 25) };

    private static Tensor Values(Random random, params long[] shape) =>
        tensor(Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => random.NextSingle() - 0.5f).ToArray(), shape);

    private static unsafe SpikeMask RandomSpikes(Random random, int images, int height, int width, int channels)
    {
        var spikes = new SpikeMask(images, height, width, channels);
        double density = random.NextDouble();
        for (long pixel = 0; pixel < spikes.Pixels; pixel++)
        {
            for (int c = 0; c < channels; c++)
            {
                if (random.NextDouble() < density)
                    spikes.Bytes[pixel * spikes.PixelBytes + c / 8] |= (byte)(1 << c % 8);
            }
        }
        spikes.Measure();
        return spikes;
    }

    private sealed record Expected(Tensor Output, Tensor ByInput, Tensor ByWeight, ScalarType Type, string Name)
    {
        public static Expected Of(Tensor input, Tensor weight, Tensor outer, ConvolutionPlan plan)
        {
            Tensor x = input.to(ScalarType.Float64).contiguous().requires_grad_();
            Tensor w = weight.to(ScalarType.Float64).contiguous().requires_grad_();
            Tensor y = nn.functional.conv2d(x, w, strides: [plan.Stride, plan.Stride], padding: [plan.Kernel / 2, plan.Kernel / 2]);
            y.backward([outer.to(ScalarType.Float64).contiguous()]);
            return new(y.detach(), x.grad!, w.grad!, weight.dtype, $"{plan} of [{string.Join(", ", input.shape)}] in {weight.dtype}");
        }

        public void Check(string what, Tensor actual, Tensor expected)
        {
            Assert.Equal(expected.shape, actual.shape);
            double error = (actual.to(ScalarType.Float64) - expected).abs().max().ToDouble(), scale = 1 + expected.abs().max().ToDouble();
            Assert.True(error < scale * (Type == ScalarType.BFloat16 ? 3e-2 : 1e-5), $"The {what} of {Name} is {error} off, of {scale}.");
        }
    }
}

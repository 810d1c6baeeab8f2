using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network.Fused;

public class DenseConvolutions
{
    /// <summary>oneDNN leaves outputs of these unwritten where it computes with AMX.</summary>
    [Theory]
    [InlineData(9, 2, 2)]
    [InlineData(9, 1, 1)]
    [InlineData(4, 3, 3)]
    public void A_strided_convolution_of_one_output_column_is_exact_in_bfloat16(int height, int width, int stride)
    {
        using DisposeScope scope = NewDisposeScope();
        var plan = new ConvolutionPlan("c", 16, 24, 3, stride, 1, (height - 1) / stride + 1, 1);
        Tensor input = NetworkAgainstReference.Values([6, 16, height, width], 1).to(ScalarType.BFloat16);
        Tensor weight = NetworkAgainstReference.Values([24, 16, 3, 3], 2).to(ScalarType.BFloat16);
        Tensor expected = nn.functional.conv2d(
            input.to(ScalarType.Float64), weight.to(ScalarType.Float64), strides: [stride, stride], padding: [1, 1]);
        // What is read of memory never written is then no number.
        full(1 << 16, float.NaN).Dispose();
        Tensor output = DenseConvolution.Forward(TensorMemory.ToChannelsLast(input), TensorMemory.ToChannelsLast(weight), plan);
        Assert.Equal(expected.shape, output.shape);
        Assert.True((output.to(ScalarType.Float64) - expected).abs().max().ToDouble() < 0.01 * expected.abs().max().ToDouble());
    }

    [Slow]
    [Fact]
    public async Task Gradients_do_not_suffer_from_the_garbage_collector()
    {
        using DisposeScope scope = NewDisposeScope();
        var plan = new ConvolutionPlan("c", 8, 8, 3, 2, 1, 2, 2);
        Tensor input = NetworkAgainstReference.Values([1, 8, 4, 4], 1).to(ScalarType.Float32);
        Tensor weight = NetworkAgainstReference.Values([8, 8, 3, 3], 2).to(ScalarType.Float32).requires_grad_();
        Tensor outer = NetworkAgainstReference.Values([1, 8, 2, 2], 3).to(ScalarType.Float32);
        Tensor variable = input.clone().requires_grad_();
        (DenseConvolution.Forward(variable, weight, plan) * outer).sum().backward();

        using var stop = new CancellationTokenSource();
        Task collector = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        try
        {
            for (int i = 0; i < 2000; i++)
            {
                using Tensor byInput = TensorMemory.ChannelsSecond(DenseConvolution.InputGradient(outer, 4, 4, weight.detach(), plan));
                using Tensor byWeight = DenseConvolution.WeightGradient(outer, input, weight.detach(), plan);
                if (i % 100 != 0)
                    continue;
                Assert.True((byInput - variable.grad!).abs().max().ToDouble() < 1e-5);
                Assert.True((byWeight - weight.grad!).abs().max().ToDouble() < 1e-5);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await collector;
        }
    }
}

using Microsoft.ML.Snn.Tests.Speed;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network.Fused;

public class DenseConvolutions
{
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

using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>What <see cref="LifFunction"/> needs beside the current.</summary>
internal sealed record LifCall(LifNeuronOptions Neuron, int TimeSteps, bool IsStatic, FiringRateMeter Rate, BackwardRunner Backward)
{
    /// <summary>The layer's name, where there is a <see cref="Tap"/>.</summary>
    public string Layer { get; init; } = "";

    /// <summary>Sees current and gradient; null for nobody.</summary>
    public INeuronTap? Tap { get; init; }

    /// <summary>[T*N, ...] for a current of <paramref name="shape"/> [T*N, ...], or [N, ...] where static.</summary>
    public long[] OutputShape(long[] shape) => IsStatic ? [shape[0] * TimeSteps, .. shape[1..]] : shape;
}

/// <summary>
/// LIF neurons over all T steps with a surrogate gradient and backpropagation through time, both by hand. Arguments:
/// current [T*N, ...] ([N, ...] where static) and <see cref="LifCall"/>. Keeps only the current for the backward pass, which computes
/// the membrane potential anew. float32 on a CPU runs in <see cref="LifKernel"/>, its backward pass with the rectangle alone; all else in
/// <see cref="LifOperations"/>.
/// </summary>
internal sealed class LifFunction : autograd.SingleTensorFunction<LifFunction>
{
    private const string CallKey = nameof(LifCall);

    public override string Name => nameof(LifFunction);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var current = (Tensor)vars[0];
        var call = (LifCall)vars[1];
        ctx.save_for_backward([current]);
        ctx.save_data(CallKey, call);
        call.Tap?.Forward(call.Layer, current, call);
        return HasKernel(current) ? KernelForward(current, call) : LifOperations.Forward(current, call);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var call = (LifCall)ctx.get_data(CallKey);
        using Tensor current = ctx.get_saved_variables()[0];
        using (grad_output)
        {
            Tensor[] gradients = call.Backward.Compute([current], () =>
            {
                Tensor gradient = HasKernel(current) && call.Neuron.Surrogate == SurrogateShape.Rectangle
                    ? KernelBackward(current, grad_output, call) : LifOperations.Backward(current, grad_output, call);
                call.Tap?.Backward(call.Layer, gradient);
                return [gradient];
            });
            return [gradients[0], null!];
        }
    }

    private static bool HasKernel(Tensor current) => current.device_type == DeviceType.CPU && current.dtype == ScalarType.Float32;

    private static unsafe Tensor KernelForward(Tensor current, LifCall call)
    {
        using Tensor input = TensorMemory.ChannelsInnermost(current);
        long size = input.numel() / (call.IsStatic ? 1 : call.TimeSteps);
        using Tensor spikes = TensorMemory.Allocate(input.dtype, call.OutputShape(input.shape));
        long count = LifKernel.Forward(
            TensorMemory.Address<float>(input), TensorMemory.Address<float>(spikes), size, call.TimeSteps, call.IsStatic, call.Neuron);
        call.Rate.Set((double)count / spikes.numel());
        return TensorMemory.ChannelsSecond(spikes);
    }

    private static unsafe Tensor KernelBackward(Tensor current, Tensor spikeGradient, LifCall call)
    {
        using Tensor input = TensorMemory.ChannelsInnermost(current);
        using Tensor outer = TensorMemory.ChannelsInnermost(spikeGradient);
        using Tensor gradient = empty_like(input);
        long size = input.numel() / (call.IsStatic ? 1 : call.TimeSteps);
        LifKernel.Backward(
            TensorMemory.Address<float>(input), TensorMemory.Address<float>(outer), TensorMemory.Address<float>(gradient),
            size, call.TimeSteps, call.IsStatic, call.Neuron);
        return TensorMemory.ChannelsSecond(gradient);
    }
}

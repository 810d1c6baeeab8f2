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

    /// <summary>
    /// What the layer's firing rate, the mean over all neurons, steps and samples, is multiplied by in the loss, on top of what follows
    /// from the spikes; 0 for nothing. The backward pass alone heeds it.
    /// </summary>
    public double RatePenalty { get; init; }

    /// <summary>The gradient of that penalty by each of a layer's spikes.</summary>
    /// <param name="spikes">How many neurons, steps and samples there are.</param>
    public float PenaltyGradient(long spikes) => (float)(RatePenalty / spikes);

    /// <summary>The learned decay, [C, 1, 1] or [1, 1, 1] ([C] or [1] for a current [T*N, C]); null for the option's.</summary>
    public Tensor? Decay { get; init; }

    /// <summary>The learned threshold, likewise; null for the option's.</summary>
    public Tensor? Threshold { get; init; }

    /// <summary>The same with what <see cref="NeuronParameters.Values"/> gives.</summary>
    public LifCall With(IReadOnlyList<Tensor> learned) => !Neuron.Learns ? this : this with
    {
        Decay = Neuron.LearnDecay == NeuronLearning.None ? null : learned[0],
        Threshold = Neuron.LearnThreshold == NeuronLearning.None ? null : learned[^1],
    };

    /// <summary>[T*N, ...] for a current of <paramref name="shape"/> [T*N, ...], or [N, ...] where static.</summary>
    public long[] OutputShape(long[] shape) => IsStatic ? [shape[0] * TimeSteps, .. shape[1..]] : shape;
}

/// <summary>
/// LIF neurons over all T steps with a surrogate gradient and backpropagation through time, both by hand. Arguments: current [T*N, ...]
/// ([N, ...] where static), what the neurons have learned, and <see cref="LifCall"/>. Keeps only these for the backward pass, which
/// computes the membrane potential anew. float32 on a CPU runs in <see cref="LifKernel"/>, its backward pass with the rectangle alone; all
/// else, and neurons that learn, in <see cref="LifOperations"/>.
/// </summary>
internal sealed class LifFunction : autograd.SingleTensorFunction<LifFunction>
{
    private const string CallKey = nameof(LifCall);

    public override string Name => nameof(LifFunction);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var current = (Tensor)vars[0];
        Tensor[] learned = [.. vars[1..^1].Cast<Tensor>()];
        var call = (LifCall)vars[^1];
        ctx.save_for_backward([current, .. learned]);
        ctx.save_data(CallKey, call);
        call = call.With(learned);
        call.Tap?.Forward(call.Layer, current, call);
        return HasKernel(current, call) ? KernelForward(current, call) : LifOperations.Forward(current, call);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        IReadOnlyList<Tensor> saved = ctx.get_saved_variables();
        LifCall call = ((LifCall)ctx.get_data(CallKey)).With([.. saved.Skip(1)]);
        using (grad_output)
        {
            Tensor[] gradients = call.Backward.Compute(saved, () =>
            {
                Tensor[] own = HasKernel(saved[0], call) && call.Neuron.Surrogate == SurrogateShape.Rectangle
                    ? [KernelBackward(saved[0], grad_output, call)] : LifOperations.Gradients(saved[0], grad_output, call);
                call.Tap?.Backward(call.Layer, own[0]);
                return own;
            });
            foreach (Tensor tensor in saved)
                tensor.Dispose();
            return [.. gradients, null!];
        }
    }

    private static bool HasKernel(Tensor current, LifCall call) =>
        current.device_type == DeviceType.CPU && current.dtype == ScalarType.Float32 && !call.Neuron.Learns;

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
            size, call.TimeSteps, call.IsStatic, call.Neuron, call.PenaltyGradient(spikeGradient.numel()));
        return TensorMemory.ChannelsSecond(gradient);
    }
}

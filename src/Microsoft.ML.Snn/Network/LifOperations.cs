using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>
/// The LIF recursion and its gradient in torch operations: for devices, and for types other than float32. The spikes are those of
/// <see cref="LifKernel"/> to the last bit, the gradients those within rounding.
/// </summary>
internal static class LifOperations
{
    public static Tensor Forward(Tensor current, LifCall call)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor spikes = empty(call.OutputShape(current.shape), dtype: current.dtype, device: current.device);
        Tensor[] outputs = Steps(spikes, call.TimeSteps);
        Tensor[] potentials = Potentials(current, call);
        for (int t = 0; t < call.TimeSteps; t++)
            outputs[t].copy_(Spikes(potentials[t], call.Neuron));
        call.Rate.Set(spikes.mean());
        return spikes.MoveToOuterDisposeScope();
    }

    public static Tensor Backward(Tensor current, Tensor spikeGradient, LifCall call)
    {
        using DisposeScope scope = NewDisposeScope();
        (double decay, double threshold) = (call.Neuron.Decay, call.Neuron.Threshold);
        Tensor[] potentials = Potentials(current, call);
        Tensor[] outer = Steps(spikeGradient, call.TimeSteps);
        var gradients = new Tensor[call.TimeSteps];
        Tensor carried = zeros_like(potentials[0]);
        for (int t = call.TimeSteps - 1; t >= 0; t--)
        {
            Tensor u = potentials[t];
            // dL/du[t] = dL/do[t] do/du + dL/du[t+1] (tau (1 - o[t]) - tau u[t] do/du) (Eq. 13-14), carried being tau dL/du[t+1]
            Tensor throughSpike = call.Neuron.DetachReset ? outer[t] : outer[t] - carried * u;
            gradients[t] = Surrogate.Apply(throughSpike, u - threshold, call.Neuron) + carried.masked_fill(u.gt(threshold), 0);
            // The spikes beyond the first have a surrogate each, and no part in the reset.
            for (int spike = 2; spike <= call.Neuron.MaxSpikes; spike++)
                gradients[t] += Surrogate.Apply(outer[t], u - Threshold(call.Neuron, spike, u.dtype), call.Neuron);
            carried = gradients[t] * decay;
        }
        Tensor stacked = stack(gradients);
        Tensor gradient = call.IsStatic ? stacked.sum(dim: 0) : stacked.flatten(0, 1);
        return gradient.MoveToOuterDisposeScope();
    }

    /// <summary>The number of thresholds that each potential exceeds, of the potentials' type.</summary>
    public static Tensor Spikes(Tensor potentials, LifNeuronOptions neuron)
    {
        Tensor spikes = potentials.gt(neuron.Threshold).to(potentials.dtype);
        for (int spike = 2; spike <= neuron.MaxSpikes; spike++)
            spikes += potentials.gt(Threshold(neuron, spike, potentials.dtype)).to(potentials.dtype);
        return spikes;
    }

    /// <summary>The surrogate gradient at each potential: the sum of those around each threshold.</summary>
    public static Tensor Slope(Tensor potentials, LifNeuronOptions neuron)
    {
        Tensor slope = zeros_like(potentials), one = ones_like(potentials);
        for (int spike = 1; spike <= neuron.MaxSpikes; spike++)
            slope += Surrogate.Apply(one, potentials - Threshold(neuron, spike, potentials.dtype), neuron);
        return slope;
    }

    /// <summary>Which potentials are within half the surrogate's width of a threshold.</summary>
    public static Tensor InWindow(Tensor potentials, LifNeuronOptions neuron)
    {
        Tensor inWindow = zeros_like(potentials, dtype: ScalarType.Bool);
        for (int spike = 1; spike <= neuron.MaxSpikes; spike++)
        {
            Tensor distance = (potentials - Threshold(neuron, spike, potentials.dtype)).abs();
            inWindow = inWindow.logical_or(distance.lt(neuron.SurrogateWidth / 2));
        }
        return inWindow;
    }

    /// <summary>Of a neuron's first, second, ... spike in a time step, rounded as the kernels and the engine round it in float32.</summary>
    private static double Threshold(LifNeuronOptions neuron, int spike, ScalarType type) =>
        type == ScalarType.Float64 ? neuron.Threshold * (2 * spike - 1) : (float)neuron.Threshold * (2 * spike - 1);

    /// <summary>u[t] of each step, [N, ...] each, before any reset.</summary>
    public static Tensor[] Potentials(Tensor current, LifCall call)
    {
        Tensor[]? currents = call.IsStatic ? null : Steps(current, call.TimeSteps);
        var potentials = new Tensor[call.TimeSteps];
        for (int t = 0; t < call.TimeSteps; t++)
        {
            Tensor x = currents is null ? current : currents[t];
            potentials[t] = t == 0 ? x : Left(potentials[t - 1]) + x;
        }
        return potentials;

        // u[t] = tau u[t-1] (1 - o[t-1]) + x[t] (Eq. 1-2)
        Tensor Left(Tensor u) => (u * call.Neuron.Decay).masked_fill(u.gt(call.Neuron.Threshold), 0);
    }

    /// <summary>[T*N, ...] as T views [N, ...].</summary>
    private static Tensor[] Steps(Tensor tensor, int timeSteps) => tensor.chunk(timeSteps);
}

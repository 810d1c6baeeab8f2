using Microsoft.ML.Snn.Network.Fused;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>
/// The LIF recursion and its gradient in torch operations: for devices, for types other than float32, and for neurons that learn. The
/// spikes are those of <see cref="LifKernel"/> to the last bit, the gradients those within rounding.
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
            outputs[t].copy_(Spikes(potentials[t], call));
        call.Rate.Set(spikes.mean());
        return spikes.MoveToOuterDisposeScope();
    }

    /// <summary>The gradient by the current.</summary>
    public static Tensor Backward(Tensor current, Tensor spikeGradient, LifCall call)
    {
        using DisposeScope scope = NewDisposeScope();
        return Gradients(current, spikeGradient, call)[0].MoveToOuterDisposeScope();
    }

    /// <summary>The gradients by the current and by what the neurons have learned.</summary>
    public static Tensor[] Gradients(Tensor current, Tensor spikeGradient, LifCall call)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] potentials = Potentials(current, call);
        Tensor bySpikes = call.RatePenalty == 0 ? spikeGradient : spikeGradient + call.RatePenalty / spikeGradient.numel();
        Tensor[] outer = Steps(bySpikes, call.TimeSteps);
        var gradients = new Tensor[call.TimeSteps];
        Tensor carried = zeros_like(potentials[0]), byDecay = carried, byThreshold = carried;
        for (int t = call.TimeSteps - 1; t >= 0; t--)
        {
            Tensor u = potentials[t];
            // dL/du[t] = dL/do[t] do/du + dL/du[t+1] (tau (1 - o[t]) - tau u[t] do/du) (Eq. 13-14), carried being tau dL/du[t+1]
            Tensor throughSpike = call.Neuron.DetachReset ? outer[t] : outer[t] - carried * u;
            Tensor inner = Surrogate.Apply(throughSpike, Distance(u, 1, call), call.Neuron);
            gradients[t] = inner + carried.masked_fill(Exceeds(u, 1, call), 0);
            // A threshold that rises acts as a potential that falls: do/dVth = -do/du.
            byThreshold = call.Threshold is null ? byThreshold : byThreshold - inner;
            // The spikes beyond the first have a surrogate each, and no part in the reset.
            for (int spike = 2; spike <= call.Neuron.MaxSpikes; spike++)
            {
                Tensor further = Surrogate.Apply(outer[t], Distance(u, spike, call), call.Neuron);
                gradients[t] += further;
                byThreshold = call.Threshold is null ? byThreshold : byThreshold - further * (2 * spike - 1);
            }
            if (call.Decay is not null && t > 0)
                byDecay += gradients[t] * potentials[t - 1].masked_fill(Exceeds(potentials[t - 1], 1, call), 0);
            carried = Decayed(gradients[t], call);
        }
        Tensor stacked = stack(gradients);
        List<Tensor> all = [call.IsStatic ? stacked.sum(dim: 0) : stacked.flatten(0, 1)];
        if (call.Decay is not null)
            all.Add(PerChannel(byDecay, call.Decay));
        if (call.Threshold is not null)
            all.Add(PerChannel(byThreshold, call.Threshold));
        return [.. all.Select(gradient => gradient.MoveToOuterDisposeScope())];
    }

    /// <summary>The number of thresholds that each potential exceeds, of the potentials' type.</summary>
    public static Tensor Spikes(Tensor potentials, LifCall call)
    {
        Tensor spikes = Exceeds(potentials, 1, call).to(potentials.dtype);
        for (int spike = 2; spike <= call.Neuron.MaxSpikes; spike++)
            spikes += Exceeds(potentials, spike, call).to(potentials.dtype);
        return spikes;
    }

    /// <summary>Which potentials are above the threshold.</summary>
    public static Tensor Fired(Tensor potentials, LifCall call) => Exceeds(potentials, 1, call);

    /// <summary>Potentials or currents in thresholds.</summary>
    public static Tensor InThresholds(Tensor values, LifCall call) =>
        call.Threshold is { } threshold ? values / threshold : values / call.Neuron.Threshold;

    /// <summary>The surrogate gradient at each potential: the sum of those around each threshold.</summary>
    public static Tensor Slope(Tensor potentials, LifCall call)
    {
        Tensor slope = zeros_like(potentials), one = ones_like(potentials);
        for (int spike = 1; spike <= call.Neuron.MaxSpikes; spike++)
            slope += Surrogate.Apply(one, Distance(potentials, spike, call), call.Neuron);
        return slope;
    }

    /// <summary>Which potentials are within half the surrogate's width of a threshold.</summary>
    public static Tensor InWindow(Tensor potentials, LifCall call)
    {
        Tensor inWindow = zeros_like(potentials, dtype: ScalarType.Bool);
        for (int spike = 1; spike <= call.Neuron.MaxSpikes; spike++)
            inWindow = inWindow.logical_or(Distance(potentials, spike, call).abs().lt(call.Neuron.SurrogateWidth / 2));
        return inWindow;
    }

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
        Tensor Left(Tensor u) => Decayed(u, call).masked_fill(Exceeds(u, 1, call), 0);
    }

    private static Tensor Decayed(Tensor values, LifCall call) => call.Decay is { } decay ? values * decay : values * call.Neuron.Decay;

    private static Tensor Exceeds(Tensor potentials, int spike, LifCall call) => call.Threshold is { } threshold
        ? potentials.gt(threshold * (2 * spike - 1)) : potentials.gt(Threshold(call.Neuron, spike, potentials.dtype));

    private static Tensor Distance(Tensor potentials, int spike, LifCall call) => call.Threshold is { } threshold
        ? potentials - threshold * (2 * spike - 1) : potentials - Threshold(call.Neuron, spike, potentials.dtype);

    /// <summary>Of a neuron's first, second, ... spike in a time step, rounded as the kernels and the engine round it in float32.</summary>
    private static double Threshold(LifNeuronOptions neuron, int spike, ScalarType type) =>
        type == ScalarType.Float64 ? neuron.Threshold * (2 * spike - 1) : (float)neuron.Threshold * (2 * spike - 1);

    /// <summary>The sums [N, C, ...] of gradients that belong to each value of what was learned, in its shape.</summary>
    private static Tensor PerChannel(Tensor sums, Tensor learned)
    {
        long[] others = [0, .. Enumerable.Range(2, (int)sums.dim() - 2).Select(dimension => (long)dimension)];
        Tensor total = learned.numel() == 1 ? sums.sum(ScalarType.Float64) : sums.sum(others, type: ScalarType.Float64);
        return total.to(sums.dtype).view(learned.shape);
    }

    /// <summary>[T*N, ...] as T views [N, ...].</summary>
    private static Tensor[] Steps(Tensor tensor, int timeSteps) => tensor.chunk(timeSteps);
}

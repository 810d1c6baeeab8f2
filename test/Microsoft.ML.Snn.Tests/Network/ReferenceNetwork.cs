using Microsoft.ML.Snn.Architecture;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Network;

/// <summary>
/// The network of a plan in training mode, written plainly: float64, one tensor [N, C, H, W] a time step, tdBN by its formula, torch's
/// own gradients, the surrogate as a ramp whose slope it is.
/// </summary>
internal sealed class ReferenceNetwork(NetworkPlan plan, LifNeuronOptions neuron, IReadOnlyDictionary<string, Tensor> tensors)
{
    /// <summary>The input of each layer of neurons at each step, from input to output, with its gradient after a backward pass.</summary>
    public List<Tensor[]> Currents { get; } = [];

    /// <summary>What each layer of neurons sends at each step.</summary>
    public List<Tensor[]> Spikes { get; } = [];

    public Tensor[] Forward(Tensor[] inputs)
    {
        Tensor[] spikes = Neurons(ConvolveAndNormalize(inputs, plan.Stem), plan.Stem.Name);
        foreach (BlockPlan block in plan.Blocks)
        {
            Tensor[] x = spikes;
            foreach (ConvolutionPlan convolution in block.Convolutions.SkipLast(1))
                x = Neurons(ConvolveAndNormalize(x, convolution), convolution.Name);
            x = ConvolveAndNormalize(x, block.Convolutions[^1]);
            if (block.Shortcut is { } shortcut)
            {
                Tensor[] other = shortcut.Convolution is { } projection
                    ? ConvolveAndNormalize(spikes, projection)
                    : Normalize(spikes, shortcut.Name, shortcut.Alpha);
                x = [.. x.Zip(other, (a, b) => a + b)];
            }
            spikes = Neurons(x, block.Name);
        }
        Tensor[] pooled = [.. spikes.Select(Pool)];
        if (plan.Hidden is { } hidden)
        {
            pooled = [.. pooled.Select(p => p.matmul(tensors[$"{hidden.Name}.weight"].t()))];
            pooled = tensors.TryGetValue($"{hidden.Name}.bias", out Tensor? bias)
                ? [.. pooled.Select(p => p + bias)] : Normalize(pooled, hidden.Name, 1);
            pooled = Neurons(pooled, hidden.Name);
        }
        return [.. pooled.Select(p => p.matmul(tensors["head.output.weight"].t()) + tensors["head.output.bias"])];
    }

    /// <summary>[N, C, H, W] -> [N, C * windows], window by window.</summary>
    private Tensor Pool(Tensor map)
    {
        (int height, int width) = (plan.Pooling.WindowHeight, plan.Pooling.WindowWidth);
        var windows = new List<Tensor>();
        for (int c = 0; c < map.shape[1]; c++)
        for (int y = 0; y < map.shape[2]; y += height)
        for (int x = 0; x < map.shape[3]; x += width)
            windows.Add(map.narrow(1, c, 1).narrow(2, y, height).narrow(3, x, width).mean([1L, 2L, 3L]));
        return stack(windows, 1);
    }

    private Tensor[] ConvolveAndNormalize(Tensor[] x, ConvolutionPlan convolution)
    {
        long padding = convolution.Kernel / 2;
        Tensor weight = tensors[$"{convolution.Name}.conv.weight"];
        Tensor[] y = [.. x.Select(step => nn.functional.conv2d(
            step, weight, strides: [convolution.Stride, convolution.Stride], padding: [padding, padding]))];
        return Normalize(y, convolution.Name, convolution.Alpha);
    }

    private Tensor[] Normalize(Tensor[] x, string name, double alpha)
    {
        Tensor all = stack(x); // [T, N, C, ...]
        long[] dims = all.dim() == 5 ? [0, 1, 3, 4] : [0, 1];
        long[] channel = all.dim() == 5 ? [-1, 1, 1] : [-1];
        Tensor mean = all.mean(dims, keepdim: true);
        Tensor variance = (all - mean).pow(2).mean(dims, keepdim: true);
        Tensor normal = alpha * (neuron.MaxSpikes > 1 ? 4 : 1) * neuron.Threshold * (all - mean) / (variance + 1e-5).sqrt();
        return (tensors[$"{name}.norm.weight"].view(channel) * normal + tensors[$"{name}.norm.bias"].view(channel)).unbind(0);
    }

    private Tensor[] Neurons(Tensor[] x, string layer)
    {
        long[] channel = x[0].dim() == 4 ? [-1, 1, 1] : [-1];
        Tensor decay = neuron.LearnDecay == NeuronLearning.None
            ? tensor(neuron.Decay) : 1 / (1 + (-tensors[$"{layer}.neuron.decay"].view(channel)).exp());
        Tensor threshold = neuron.LearnThreshold == NeuronLearning.None
            ? tensor(neuron.Threshold) : neuron.Threshold * tensors[$"{layer}.neuron.threshold"].view(channel).exp();
        foreach (Tensor current in x)
            current.retain_grad();
        Currents.Add(x);
        var spikes = new Tensor[x.Length];
        Tensor u = zeros_like(x[0]), o = zeros_like(x[0]);
        for (int t = 0; t < x.Length; t++)
        {
            Tensor reset = neuron.DetachReset ? o.detach() : o;
            u = decay * u * (1 - reset) + x[t];
            o = Spike(u, threshold);
            spikes[t] = o;
            for (int spike = 2; spike <= neuron.MaxSpikes; spike++)
                spikes[t] += Spike(u, threshold * (2 * spike - 1));
        }
        Spikes.Add(spikes);
        return spikes;
    }

    private Tensor Spike(Tensor u, Tensor threshold)
    {
        Tensor ramp = Ramp(u - threshold, neuron);
        return (u.gt(threshold).to(ScalarType.Float64) - ramp).detach() + ramp;
    }

    /// <summary>From 0 to 1 around distance 0 from the threshold, by a curve whose slope is the surrogate gradient.</summary>
    internal static Tensor Ramp(Tensor distance, LifNeuronOptions neuron)
    {
        Tensor widths = distance / neuron.SurrogateWidth;
        switch (neuron.Surrogate)
        {
            case SurrogateShape.Rectangle:
                return (widths + 0.5).clamp(0, 1);
            case SurrogateShape.Triangle:
                Tensor inside = widths.clamp(-1, 1);
                return 0.5 + inside - inside * inside.abs() / 2;
            default:
                return 0.5 + (widths * Math.PI).atan() / Math.PI;
        }
    }
}

using Microsoft.ML.Snn.Architecture;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML.Snn.Benchmarks.Training;

/// <summary>
/// The same network as one would write it in TorchSharp at first: modules, a loop over time steps, torch's own gradients; only the
/// surrogate is a function of its own. Without a neuron it is the same network with ReLU.
/// </summary>
internal sealed class EagerNetwork : nn.Module<Tensor, int, Tensor>
{
    private readonly Module<Tensor, Tensor> _stem;
    private readonly ModuleList<EagerBlock> _blocks;
    private readonly Module<Tensor, Tensor>? _hidden;
    private readonly Linear _output;
    private readonly LifNeuronOptions? _neuron;

    public EagerNetwork(NetworkPlan plan, LifNeuronOptions? neuron) : base(nameof(EagerNetwork))
    {
        _neuron = neuron;
        _stem = Convolution(plan.Stem, neuron);
        _blocks = new([.. plan.Blocks.Select(block => new EagerBlock(block, neuron))]);
        if (plan.Hidden is { } hidden)
        {
            BatchNorm1d norm = BatchNorm1d(hidden.Out);
            init.constant_(norm.weight, neuron?.Threshold ?? 1);
            _hidden = Sequential(Linear(hidden.In, hidden.Out, hasBias: false), norm);
        }
        _output = Linear(plan.Output.In, plan.Output.Out);
        RegisterComponents();
    }

    /// <summary>[T*N, C, H, W] -> [T, N, classes].</summary>
    public override Tensor forward(Tensor input, int timeSteps)
    {
        Tensor x = Neurons(_stem.call(input), timeSteps, _neuron);
        foreach (EagerBlock block in _blocks)
            x = block.call(x, timeSteps);
        x = x.mean([2L, 3L]);
        if (_hidden is not null)
            x = Neurons(_hidden.call(x), timeSteps, _neuron);
        return _output.call(x).reshape(timeSteps, -1, _output.out_features);
    }

    /// <summary>A convolution and its tdBN, whose scale alpha * Vth is the initial weight of the batch normalization.</summary>
    internal static Module<Tensor, Tensor> Convolution(ConvolutionPlan plan, LifNeuronOptions? neuron)
    {
        Conv2d convolution = Conv2d(plan.In, plan.Out, plan.Kernel, plan.Stride, plan.Kernel / 2, bias: false);
        init.kaiming_normal_(convolution.weight, nonlinearity: init.NonlinearityType.ReLU);
        return Sequential(convolution, Norm(plan.Out, plan.Alpha, neuron));
    }

    internal static BatchNorm2d Norm(int channels, double alpha, LifNeuronOptions? neuron)
    {
        BatchNorm2d norm = BatchNorm2d(channels);
        init.constant_(norm.weight, alpha * (neuron?.Threshold ?? 1));
        return norm;
    }

    /// <summary>Current [T*N, ...] -> spikes, or what ReLU leaves, [T*N, ...].</summary>
    internal static Tensor Neurons(Tensor current, int timeSteps, LifNeuronOptions? neuron)
    {
        if (neuron is null)
            return current.relu();
        var spikes = new Tensor[timeSteps];
        Tensor[] steps = current.chunk(timeSteps);
        Tensor u = steps[0];
        for (int t = 0; t < timeSteps; t++)
        {
            if (t > 0)
                u = u * (1 - spikes[t - 1]) * neuron.Decay + steps[t];
            spikes[t] = Spike.apply(u - neuron.Threshold, neuron.SurrogateWidth);
        }
        return cat(spikes);
    }

    private sealed class Spike : autograd.SingleTensorFunction<Spike>
    {
        public override string Name => nameof(Spike);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var x = (Tensor)vars[0];
            ctx.save_for_backward([x]);
            ctx.save_data("width", vars[1]);
            return x.gt(0).to(x.dtype);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            Tensor x = ctx.get_saved_variables()[0];
            var width = (double)ctx.get_data("width");
            return [grad_output * x.abs().lt(width / 2).to(grad_output.dtype) / width, null!];
        }
    }
}

internal sealed class EagerBlock : nn.Module<Tensor, int, Tensor>
{
    private readonly Module<Tensor, Tensor> _first;
    private readonly Module<Tensor, Tensor> _second;
    private readonly Module<Tensor, Tensor> _shortcut;
    private readonly LifNeuronOptions? _neuron;

    public EagerBlock(BlockPlan plan, LifNeuronOptions? neuron) : base(nameof(EagerBlock))
    {
        _neuron = neuron;
        _first = EagerNetwork.Convolution(plan.Convolutions[0], neuron);
        _second = EagerNetwork.Convolution(plan.Convolutions[1], neuron);
        ShortcutPlan shortcut = plan.Shortcut!;
        _shortcut = shortcut.Convolution is { } projection
            ? EagerNetwork.Convolution(projection, neuron)
            : EagerNetwork.Norm(shortcut.Channels, shortcut.Alpha, neuron);
        RegisterComponents();
    }

    public override Tensor forward(Tensor spikes, int timeSteps)
    {
        Tensor x = EagerNetwork.Neurons(_first.call(spikes), timeSteps, _neuron);
        return EagerNetwork.Neurons(_second.call(x) + _shortcut.call(spikes), timeSteps, _neuron);
    }
}

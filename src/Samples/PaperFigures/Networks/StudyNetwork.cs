using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PaperFigures.Networks;

/// <summary>
/// A network in torch operations around the product's neurons, for what the product does not have: other normalizations,
/// initializations and shortcuts, dense neurons. Where a specification is the product's, it computes what the product does.
/// </summary>
internal sealed class StudyNetwork : IStudiedNetwork
{
    private readonly NetworkSpecification _specification;
    private readonly NetworkPlan _plan;
    private readonly NetworkTensors _tensors;
    private readonly BackwardRunner _backward = new();
    private readonly Dictionary<string, LifNeuron> _neurons = [];
    private readonly Dictionary<string, Parameter> _weights = [];
    private readonly Dictionary<string, ChannelNorm> _norms = [];
    private readonly Parameter _outputBias;

    /// <param name="specification">The network.</param>
    /// <param name="seed">Of the weights: the same as the product's.</param>
    /// <param name="tap">Sees currents of spiking neurons and their gradients.</param>
    public StudyNetwork(NetworkSpecification specification, int seed, INeuronTap? tap = null)
    {
        _specification = specification;
        _plan = specification.Plan();
        _tensors = new(seed, CPU, ScalarType.Float32);
        AddConvolution(_plan.Stem);
        AddNeurons(_plan.Stem.Name, tap);
        foreach (BlockPlan block in _plan.Blocks)
        {
            foreach (ConvolutionPlan convolution in block.Convolutions)
                AddConvolution(convolution);
            foreach (ConvolutionPlan convolution in block.Convolutions.SkipLast(1))
                AddNeurons(convolution.Name, tap);
            AddNeurons(block.Name, tap);
            if (block.Shortcut is { Convolution: { } projection })
                AddConvolution(projection);
            else if (block.Shortcut is { } identity && !specification.HasRawIdentity)
                AddNorm(identity.Name, identity.Channels, identity.Alpha);
        }
        if (_plan.Hidden is { } hidden)
        {
            _weights[hidden.Name] = _tensors.AddWeight($"{hidden.Name}.weight", hidden.Out, hidden.In);
            AddNorm(hidden.Name, hidden.Out, specification.Normalization == Normalization.Batch ? 1 / specification.Neuron.Threshold : 1);
            AddNeurons(hidden.Name, tap);
        }
        _weights[_plan.Output.Name] = _tensors.AddWeight($"{_plan.Output.Name}.weight", _plan.Output.Out, _plan.Output.In);
        _outputBias = _tensors.AddParameter($"{_plan.Output.Name}.bias", _plan.Output.Out, 0);
        if (specification.Initialization == WeightInitialization.PyTorchDefault)
            DrawAsPyTorch(seed);
    }

    public IReadOnlyList<(string Name, Parameter Value)> Parameters => _tensors.Parameters;

    public IReadOnlyList<LayerFiringRate> FiringRates =>
        _specification.IsRectified ? [] : [.. _neurons.Values.Select(neurons => neurons.FiringRate)];

    public Tensor Forward(Tensor images, int timeSteps, bool training)
    {
        _backward.Dispose();
        using IDisposable mode = training ? enable_grad() : no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor x = Fire(_plan.Stem.Name, Normalized(_plan.Stem, images), isStatic: true);
        foreach (BlockPlan block in _plan.Blocks)
        {
            Tensor input = x;
            foreach (ConvolutionPlan convolution in block.Convolutions.SkipLast(1))
                x = Fire(convolution.Name, Normalized(convolution, x));
            Tensor current = Normalized(block.Convolutions[^1], x);
            if (block.Shortcut is { } shortcut)
            {
                current = current + (shortcut.Convolution is { } projection ? Normalized(projection, input)
                    : _specification.HasRawIdentity ? input : Normalize(shortcut.Name, input));
            }
            x = Fire(block.Name, current);
        }
        x = x.mean([2L, 3L]);
        if (_plan.Hidden is { } hidden)
            x = Fire(hidden.Name, Normalize(hidden.Name, nn.functional.linear(x, _weights[hidden.Name])));
        Tensor outputs = nn.functional.linear(x, _weights[_plan.Output.Name], _outputBias);
        return outputs.view(timeSteps, -1, _plan.Classes).MoveToOuterDisposeScope();

        Tensor Fire(string layer, Tensor current, bool isStatic = false)
        {
            if (!_specification.IsRectified)
                return _neurons[layer].Forward(current, timeSteps, isStatic);
            return timeSteps == 1 ? nn.functional.relu(current)
                : throw new ArgumentOutOfRangeException(nameof(timeSteps), timeSteps, "A dense network has one time step.");
        }

        Tensor Normalized(ConvolutionPlan convolution, Tensor input) =>
            Normalize(convolution.Name, DenseConvolution.Forward(input, _weights[convolution.Name], convolution));

        Tensor Normalize(string name, Tensor input) =>
            _norms.TryGetValue(name, out ChannelNorm? norm) ? norm.Forward(input, training) : input;
    }

    public void Backward(Tensor loss) => _backward.Backward(loss);

    public IEnumerable<string> WeightsInto(string layer)
    {
        if (layer == _plan.Hidden?.Name)
            return [$"{layer}.weight"];
        BlockPlan? block = _plan.Blocks.FirstOrDefault(block => block.Name == layer);
        return (block is null ? [layer] : new[] { block.Convolutions[^1].Name, block.Shortcut?.Convolution?.Name })
            .OfType<string>().Select(name => $"{name}.conv.weight");
    }

    public void Dispose()
    {
        _backward.Dispose();
        foreach (LifNeuron neurons in _neurons.Values)
            neurons.Dispose();
        _tensors.Dispose();
    }

    private void AddNeurons(string layer, INeuronTap? tap) => _neurons.Add(layer, new(layer, _specification.Neuron, _backward, tap));

    private void AddConvolution(ConvolutionPlan plan)
    {
        _weights[plan.Name] = _tensors.AddWeight($"{plan.Name}.conv.weight", plan.Out, plan.In, plan.Kernel, plan.Kernel);
        AddNorm(plan.Name, plan.Out, plan.Alpha);
    }

    private void AddNorm(string name, int channels, double alpha)
    {
        if (_specification.Normalization != Normalization.None)
            _norms[name] = new(_tensors, name, channels, alpha * _specification.Neuron.Threshold);
    }

    private void DrawAsPyTorch(int seed)
    {
        using var generator = new Generator((ulong)seed);
        using IDisposable mode = no_grad();
        foreach (Parameter weight in _weights.Values)
        {
            using DisposeScope scope = NewDisposeScope();
            double bound = 1 / Math.Sqrt((double)weight.numel() / weight.shape[0]);
            weight.copy_(rand(weight.shape, generator: generator) * (2 * bound) - bound);
        }
    }

    /// <summary>Batch normalization to a deviation of <paramref name="scale"/>.</summary>
    private sealed class ChannelNorm(NetworkTensors tensors, string name, int channels, double scale)
    {
        private readonly Parameter _weight = tensors.AddParameter($"{name}.norm.weight", channels, 1);
        private readonly Parameter _bias = tensors.AddParameter($"{name}.norm.bias", channels, 0);
        private readonly Tensor _mean = tensors.AddBuffer($"{name}.norm.running_mean", channels, 0);
        private readonly Tensor _variance = tensors.AddBuffer($"{name}.norm.running_var", channels, 1);

        public Tensor Forward(Tensor x, bool training) => nn.functional.batch_norm(
            x, _mean, _variance, _weight * scale, _bias, training, BatchNormalization.Momentum, BatchNormalization.Epsilon);
    }
}

using System.Collections.Immutable;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Network.Fused;
using Microsoft.ML.Snn.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>
/// The spiking residual network of a <see cref="NetworkPlan"/> in TorchSharp; owns its parameters and running statistics. Leaves torch's
/// global state (seed, threads, default type, grad mode) alone. Not for use by two threads at once.
/// </summary>
internal sealed class TrainableNetwork : IDisposable
{
    private readonly NetworkPlan _plan;
    private readonly ScalarType _dtype;
    private readonly NetworkTensors _tensors;
    private readonly BackwardRunner _backward = new();
    private readonly List<LifNeuron> _neurons = [];
    private readonly FusedTrunk? _fusedTrunk;
    private readonly ModuleTrunk? _moduleTrunk;
    private readonly SpikingBlock[] _blocks;
    private readonly SpikingHead _head;
    private readonly HashSet<string> _frozen = [];

    /// <param name="plan">The layers.</param>
    /// <param name="neuron">All neurons' options.</param>
    /// <param name="seed">Of the initial weights: the same weights on every machine.</param>
    /// <param name="device">Default: the CPU.</param>
    /// <param name="dtype">float32 or float64.</param>
    /// <param name="precision">What convolutions compute in; bfloat16 only in a float32 network.</param>
    /// <param name="memory">What is kept for the backward pass.</param>
    /// <param name="operationPenalty">
    /// What <see cref="Backward"/> adds to the loss, without showing it, for each synaptic operation: it is multiplied by their number as a
    /// share of those where every neuron sends one spike at every step. Every neuron counts as an average one of its layer. 0 for nothing.
    /// </param>
    /// <param name="tap">
    /// Sees what passes the neurons, once each way: the network then computes in torch operations and recomputes nothing. Null for nobody.
    /// </param>
    /// <param name="meter">Sees what each tdBN normalizes: the network then computes in torch operations. Null for nobody.</param>
    /// <param name="frozenBlocks">
    /// The stem and so many blocks behind it stay as they are: they normalize by their running statistics in training too, which stay, and
    /// no gradient reaches them. Null for nothing.
    /// </param>
    /// <param name="statisticsOver">
    /// Ranks with a part of each batch, over all of whose parts tdBN normalizes in training. Null: over what this network is given.
    /// </param>
    public TrainableNetwork(
        NetworkPlan plan, LifNeuronOptions neuron, int seed, Device? device = null, ScalarType dtype = ScalarType.Float32,
        TrainingPrecision precision = TrainingPrecision.Float32, TrainingMemory memory = TrainingMemory.Store,
        double operationPenalty = 0, INeuronTap? tap = null, CurrentMeter? meter = null, int? frozenBlocks = null,
        RankGroup? statisticsOver = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(neuron);
        if (dtype is not (ScalarType.Float32 or ScalarType.Float64))
            throw new ArgumentException($"A spiking network computes in Float32 or Float64, not in {dtype}.", nameof(dtype));
        _plan = plan;
        _dtype = dtype;
        Device = device ?? CPU;
        if (precision.ProductType() == ScalarType.BFloat16 && dtype != ScalarType.Float32)
            throw new ArgumentException($"A {dtype} network cannot convolve in bfloat16.", nameof(precision));
        _tensors = new(seed, Device, dtype, precision.ProductType() == ScalarType.BFloat16 ? ScalarType.BFloat16 : dtype)
        {
            Meter = meter,
            Statistics = statisticsOver is { IsAlone: false } ranks ? new(ranks) : null,
            Backward = _backward,
        };
        ImmutableArray<NeuronLayer> layers = NeuronLayer.Of(plan);
        double synapses = layers.Sum(layer => layer.Synapses);
        var stem = new NormalizedConvolution(plan.Stem, _tensors, neuron.InputDeviation);
        LifNeuron stemNeurons = NewNeurons(plan.Stem.Name, plan.Stem.Out);
        if (frozenBlocks == 0)
            Freeze();
        _blocks = new SpikingBlock[plan.Blocks.Length];
        for (int i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = new(plan.Blocks[i], _tensors, neuron.InputDeviation, NewNeurons);
            if (frozenBlocks == i + 1)
                Freeze();
        }
        _head = new(plan, _tensors, neuron, NewNeurons);
        bool recomputes = memory == TrainingMemory.Recompute && tap is null;
        if (Device.type == DeviceType.CPU && dtype == ScalarType.Float32 && tap is null && meter is null)
        {
            int frozenLayers = frozenBlocks is { } count ? 1 + plan.Blocks.Take(count).Sum(block => block.Convolutions.Length) : 0;
            _fusedTrunk = new(FusedLayers(), plan.Pooling, frozenLayers, neuron, _tensors.ConvolutionType, recomputes, _backward);
        }
        else
        {
            _moduleTrunk = new(stem, stemNeurons, _blocks, plan.Pooling, frozenBlocks, recomputes, _backward);
        }

        // All that there is so far.
        void Freeze() => _frozen.UnionWith(_tensors.All.Select(tensor => tensor.Name));

        LifNeuron NewNeurons(string name, int channels)
        {
            var layer = new LifNeuron(name, neuron, _backward, tap, NeuronParameters.Create(_tensors, name, channels, neuron))
            {
                RatePenalty = operationPenalty * layers[_neurons.Count].Synapses / synapses,
            };
            _neurons.Add(layer);
            return layer;
        }

        List<FusedLayer> FusedLayers()
        {
            var layers = new List<FusedLayer> { stemNeurons.Fused(stem.Fused(overSpikes: false), null) };
            foreach (SpikingBlock block in _blocks)
                layers.AddRange(block.Fused(layers.Count - 1));
            return layers;
        }
    }

    /// <summary>Where the parameters are and the input has to be.</summary>
    public Device Device { get; }

    /// <summary>
    /// Whether kernels of ours run the network up to its head: every float32 network on a CPU, whatever its precision, unless something
    /// looks inside.
    /// </summary>
    public bool IsFused => _fusedTrunk is not null;

    /// <summary>
    /// Of the batch that counts, the share that the next forward pass has: the penalty on operations is a mean over all of it, so this
    /// rank's gradients are a share of it too. Default 1.
    /// </summary>
    public double BatchShare { get; set; } = 1;

    /// <summary>
    /// Told, in <see cref="Backward"/>, of parameters and their gradients that are final before the pass is over: those of a network that
    /// <see cref="IsFused"/>, but for its head's. The gradient's handle lives no longer than the call.
    /// </summary>
    public Action<Tensor, Tensor>? GradientReady { set => _backward.GradientReady = value; }

    /// <summary>What training changes by gradients, from input to output; frozen ones, which it leaves alone, too.</summary>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters => _tensors.Parameters;

    /// <summary>The parameters and the running statistics, from input to output.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Tensors => _tensors.All;

    /// <summary>
    /// Of the last forward pass, one a layer of neurons, from input to output: <c>stem</c>, <c>stages.0.0.1</c> (inside a block),
    /// <c>stages.0.0</c> (a block's output), <c>head.hidden</c>.
    /// </summary>
    public IReadOnlyList<LayerFiringRate> FiringRates => [.. _neurons.Select(neurons => neurons.FiringRate)];

    /// <summary>The paths from one tdBN to the next, from input to output, those into the head left out.</summary>
    public IReadOnlyList<SpikingBranch> Branches =>
    [
        .. _blocks.SelectMany((block, i) => block.Branches(i == 0 ? _neurons[0] : _blocks[i - 1].Output)),
    ];

    /// <summary>The names of the weights whose products a layer of neurons adds up: one, or a shortcut's too.</summary>
    public IEnumerable<string> WeightsInto(string layer)
    {
        if (layer == _plan.Hidden?.Name)
            return [$"{layer}.weight"];
        BlockPlan? block = _plan.Blocks.FirstOrDefault(block => block.Name == layer);
        return (block is null ? [layer] : new[] { block.Convolutions[^1].Name, block.Shortcut?.Convolution?.Name })
            .OfType<string>().Select(name => $"{name}.conv.weight");
    }

    /// <summary>
    /// Input [N, C, H, W] (the same image at each step) or [T, N, C, H, W] -> the output layer at each step, [T, N, classes]; the
    /// scores are the softmax of its average over T (Eq. 11). A static image passes the stem's convolution and tdBN once: its statistics
    /// over (T, N, H, W) are those over (N, H, W), and N H W values count for the unbiased running variance.
    /// </summary>
    /// <param name="input">On the network's device and of its type.</param>
    /// <param name="timeSteps">T, at least 1.</param>
    /// <param name="training">
    /// True to normalize by the batch, update the running statistics and record the graph for a backward pass; false to normalize by the
    /// running statistics and record nothing.
    /// </param>
    /// <exception cref="ArgumentException">The input's shape, type or device is not the network's.</exception>
    public Tensor Forward(Tensor input, int timeSteps, bool training)
    {
        Validate(input, timeSteps);
        _backward.Dispose();
        bool isStatic = input.dim() == 4;
        Pass pass = training ? Pass.Training : Pass.Scoring;
        using IDisposable mode = training ? enable_grad() : no_grad();
        foreach (LifNeuron neurons in _neurons)
            neurons.BatchShare = BatchShare;
        using Tensor images = Images(input);
        using Tensor rates = _fusedTrunk?.Forward(images, timeSteps, isStatic, training, BatchShare)
            ?? _moduleTrunk!.Forward(images, timeSteps, isStatic, pass);
        using Tensor outputs = _head.Forward(rates, timeSteps, pass);
        return outputs.reshape(timeSteps, -1, _plan.Classes);
    }

    /// <summary>Whether a tensor stays as it is, whatever is trained.</summary>
    public bool IsFrozen(string tensor) => _frozen.Contains(tensor);

    /// <summary>Adds the gradients of a loss to the parameters'.</summary>
    /// <param name="loss">A number, computed from what the last <see cref="Forward"/> gave.</param>
    public void Backward(Tensor loss) => _backward.Backward(loss);

    /// <summary>The name of the first tensor that holds NaN or infinity; null where all numbers are finite.</summary>
    public string? FindNonFinite() => _tensors.FindNonFinite();

    /// <summary>All tensors under the names that <see cref="TrainedNetwork"/> documents, as float32.</summary>
    public IReadOnlyDictionary<string, float[]> Export() => _tensors.Export();

    /// <summary>Overwrites all tensors. Nothing is changed where one of them does not fit.</summary>
    /// <exception cref="KeyNotFoundException">A tensor of the network is missing.</exception>
    /// <exception cref="ArgumentException">A tensor has another length than the network's.</exception>
    public void Import(IReadOnlyDictionary<string, float[]> tensors) => _tensors.Import(tensors);

    /// <summary>Overwrites those tensors that are given; the others stay.</summary>
    /// <exception cref="ArgumentException">A tensor has another length than the network's.</exception>
    public void Overwrite(IReadOnlyDictionary<string, float[]> tensors)
    {
        var all = new Dictionary<string, float[]>(Export());
        foreach ((string name, float[] values) in tensors)
            all[name] = values;
        Import(all);
    }

    public void Dispose()
    {
        _backward.Dispose();
        foreach (LifNeuron neurons in _neurons)
            neurons.Dispose();
        _tensors.Dispose();
    }

    /// <summary>[N, C, H, W] or [T*N, C, H, W], on a CPU in channels-last memory.</summary>
    private Tensor Images(Tensor input)
    {
        using Tensor merged = input.dim() == 4 ? input.alias() : input.flatten(0, 1);
        return Device.type == DeviceType.CPU ? TensorMemory.ToChannelsLast(merged) : merged.alias();
    }

    private void Validate(Tensor input, int timeSteps)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfLessThan(timeSteps, 1);
        long[] shape = input.shape;
        bool fits = shape.Length is 4 or 5 && shape.AsSpan(^3..).SequenceEqual([_plan.Channels, _plan.Height, _plan.Width])
            && shape[^4] > 0 && (shape.Length == 4 || shape[0] == timeSteps);
        if (!fits)
        {
            string sample = $"{_plan.Channels}, {_plan.Height}, {_plan.Width}]";
            throw new ArgumentException(
                $"The input has shape [{string.Join(", ", shape)}]; this network takes [N, {sample} "
                + $"or, with {timeSteps} time steps, [{timeSteps}, N, {sample}.",
                nameof(input));
        }
        if (input.dtype != _dtype || input.device_type != Device.type)
        {
            throw new ArgumentException(
                $"The input is {input.dtype} on {input.device_type}, the network {_dtype} on {Device.type}.", nameof(input));
        }
    }
}

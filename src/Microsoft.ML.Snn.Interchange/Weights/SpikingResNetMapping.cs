using System.Collections.Immutable;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Interchange.Weights;

/// <summary>
/// Makes a folded network of the tensors of a spiking ResNet of SpikingJelly or BrainCog, by their names and shapes: <c>conv1</c>,
/// <c>bn1</c>, <c>layer1.0.conv1</c>, <c>layer1.0.bn1</c>, <c>layer1.0.downsample.0</c> and <c>.1</c>, <c>fc</c> or <c>fc1</c>, <c>fc2</c>;
/// of BrainCog also <c>node1.threshold</c>, <c>layer1.0.node1.threshold</c>. Nodes have the names that the trainer's networks have, so that
/// a training can begin with them.
/// </summary>
internal sealed class SpikingResNetMapping
{
    private readonly PyTorchNetworkOptions _options;
    private readonly Dictionary<string, NamedTensor> _left = [];
    // Names of modules, each with the dot behind it.
    private readonly HashSet<string> _modules = new(StringComparer.Ordinal);
    private readonly List<ImportedTensor> _report = [];
    private readonly ImmutableArray<NetworkNode<float>>.Builder _nodes = ImmutableArray.CreateBuilder<NetworkNode<float>>();

    /// <param name="tensors">All of the file.</param>
    /// <param name="options">What the file does not tell.</param>
    /// <exception cref="InvalidDataException">Two tensors have the same name.</exception>
    public SpikingResNetMapping(IReadOnlyList<NamedTensor> tensors, PyTorchNetworkOptions options)
    {
        _options = options;
        foreach (NamedTensor tensor in tensors.Where(tensor => tensor.Name.StartsWith(options.Prefix, StringComparison.Ordinal)))
        {
            string name = tensor.Name[options.Prefix.Length..];
            if (!_left.TryAdd(name, tensor))
                throw new InvalidDataException($"There are two tensors {tensor.Name}.");
            int dot = -1;
            for (int level = 0; level < 3 && (dot = name.IndexOf('.', dot + 1)) >= 0; level++)
                _modules.Add(name[..(dot + 1)]);
        }
    }

    /// <summary>What became of each tensor, once <see cref="Map"/> is done.</summary>
    public IReadOnlyList<ImportedTensor> Report => _report;

    /// <exception cref="InvalidDataException">A tensor is missing, of another shape, or has no place; the message names it.</exception>
    public NetworkGraph<float> Map()
    {
        int[] shape = [.. _options.InputShape];
        (int channels, int height, int width) = (shape[^3], shape[^2], shape[^1]);
        string input = NetworkNode<float>.NetworkInput;
        if (_options is { InputMean: { } mean, InputDeviation: { } deviation })
        {
            input = Append(new InputAffineNode<float>(
                "input.normalization", [input], [.. deviation.Select(value => (float)(1 / value))],
                [.. mean.Zip(deviation, (m, d) => (float)(-m / d))]));
        }
        int stride = _options.StemStride, last = AppendConvolution("conv1", "bn1", "stem", input, channels, stride);
        string spikes = AppendNeurons("stem", "stem", "node1");
        (int h, int w) = (Strided(height, stride), Strided(width, stride));
        int stage = 0;
        for (; Has($"layer{stage + 1}.0."); stage++)
        {
            stride = _options.StrideOf(stage);
            (h, w) = (Strided(h, stride), Strided(w, stride));
            for (int block = 0; Has($"layer{stage + 1}.{block}."); block++)
                (spikes, last) = AppendBlock($"layer{stage + 1}.{block}", $"stages.{stage}.{block}", spikes, last, block == 0 ? stride : 1);
        }
        int classes = AppendHead(spikes, last, h, w);
        foreach (NamedTensor tensor in _left.Values)
        {
            // How many batches there were, and the width of a surrogate gradient: nothing is computed with them.
            if (!tensor.Name.EndsWith(".num_batches_tracked", StringComparison.Ordinal)
                && !tensor.Name.EndsWith(".act_fun.alpha", StringComparison.Ordinal))
                throw new InvalidDataException($"Tensor {tensor.Name} {Text(tensor.Shape)} has no place in a spiking ResNet.");
            _report.Add(new(tensor.Name, tensor.Shape, null));
        }
        _options.Check(stages: stage, classes);
        return new()
        {
            Nodes = _nodes.ToImmutable(),
            Channels = channels,
            Height = height,
            Width = width,
            TimeSteps = shape.Length == 4 ? shape[0] : _options.TimeSteps,
            InputHasTimeSteps = shape.Length == 4,
            Classes = classes,
            Labels = _options.ClassLabels is { } labels ? LabelValues.FromText(labels) : null,
        };
    }

    /// <summary>The averages over pixels, hidden layers with neurons, and the output; gives the number of classes.</summary>
    /// <param name="spikes">Of the last block.</param>
    /// <param name="channels">Its channels.</param>
    /// <param name="height">Of its map.</param>
    /// <param name="width">Of its map.</param>
    private int AppendHead(string spikes, int channels, int height, int width)
    {
        bool areNumbered = Has("fc1.");
        int layers = 1;
        while (Has($"fc{layers + 1}."))
            layers++;
        string linear = areNumbered || layers > 1 ? "fc1" : "fc", name = layers > 1 ? "head.hidden" : "head.output";
        int outputs = AppendPooledLinear(linear, name, spikes, channels, height, width);
        for (int i = 2; i <= layers; i++)
        {
            string source = AppendNeurons(name, name, $"node{i}");
            name = i == layers ? "head.output" : $"head.hidden{i}";
            outputs = AppendLinear($"fc{i}", name, source, outputs, divisor: 1);
        }
        return outputs;
    }

    /// <summary>A linear layer of averages, whose divisor goes into its weights.</summary>
    private int AppendPooledLinear(string linear, string name, string spikes, int channels, int height, int width)
    {
        int window = _options.HeadPooling;
        if (window == 0 || window == height && window == width)
            return AppendLinear(linear, name, Append(new PoolNode<float>("head.pool", [spikes])), channels, (double)height * width);
        if (height % window != 0 || width % window != 0)
        {
            throw new InvalidDataException(
                $"Windows of {window}x{window} pixels (HeadPooling) do not cover the last feature map of {height}x{width} without a rest.");
        }
        int inputs = checked(channels * (height / window) * (width / window));
        (float[] weights, float[] bias) = TakeLinear(linear, name, inputs, window * window);
        int kernel = WholeMapKernel.SizeFor(height, width);
        if ((Int128)bias.Length * channels * kernel * kernel > Array.MaxLength)
            throw new InvalidDataException($"Tensor {linear}.weight is too large for a map of {height}x{width}.");
        Append(new ConvolutionNode<float>(
            name, [spikes], channels, bias.Length, kernel, WholeMapKernel.StrideFor(height, width),
            WholeMapKernel.Spread(weights, height, width, window, window), bias));
        return bias.Length;
    }

    private int AppendLinear(string linear, string name, string source, int inputs, double divisor)
    {
        (float[] weights, float[] bias) = TakeLinear(linear, name, inputs, divisor);
        Append(new LinearNode<float>(name, [source], inputs, bias.Length, weights, bias));
        return bias.Length;
    }

    private (float[] Weights, float[] Bias) TakeLinear(string linear, string name, int inputs, double divisor)
    {
        NamedTensor matrix = Find($"{linear}.weight");
        if (matrix.Shape is not [var rows, var columns] || columns != inputs)
        {
            throw new InvalidDataException(
                $"Tensor {matrix.Name} has the shape {Text(matrix.Shape)}, not [classes, {inputs}]. Are the options' InputShape, strides "
                + "and HeadPooling right?");
        }
        (float[] weights, int outputs) = (Take(matrix, name), (int)rows);
        float[] bias = _left.ContainsKey($"{linear}.bias") ? Take($"{linear}.bias", name, outputs) : new float[outputs];
        return (Array.ConvertAll(weights, x => (float)(x / divisor)), bias);
    }

    private (string Spikes, int Channels) AppendBlock(string source, string name, string outer, int channels, int stride)
    {
        bool isBottleneck = Has($"{source}.conv3.");
        int convolutions = isBottleneck ? 3 : 2, last = channels;
        string spikes = outer;
        for (int i = 1; i <= convolutions; i++)
        {
            // As torchvision's: the 3x3 convolution of a bottleneck is the strided one.
            int own = i == (isBottleneck ? 2 : 1) ? stride : 1;
            last = AppendConvolution($"{source}.conv{i}", $"{source}.bn{i}", $"{name}.{i}", spikes, last, own);
            if (i < convolutions)
                spikes = AppendNeurons($"{name}.{i}", $"{name}.{i}", $"{source}.node{i}");
        }
        string shortcut = $"{name}.shortcut";
        if (Has($"{source}.downsample.") && !IsNormalizedIdentity(source))
        {
            int projected = AppendConvolution($"{source}.downsample.0", $"{source}.downsample.1", shortcut, outer, channels, stride);
            if (projected != last)
                throw new InvalidDataException($"Tensor {source}.downsample.0.weight gives {projected} channels, the block {last}.");
        }
        else
        {
            if (last != channels || stride != 1)
            {
                throw new InvalidDataException(
                    $"Block {source} changes the shape, but has no {source}.downsample.0.weight. Are the options' StageStrides right?");
            }
            AppendIdentity(source, shortcut, outer, channels);
        }
        string sum = Append(new AddNode<float>($"{name}.add", [$"{name}.{convolutions}", shortcut]));
        return (AppendNeurons($"{name}.{convolutions}", sum, $"{source}.node{convolutions}"), last);
    }

    /// <summary>Whether the shortcut is a batch normalization alone.</summary>
    private bool IsNormalizedIdentity(string block) => _left.GetValueOrDefault($"{block}.downsample.0.weight")?.Shape.Length == 1;

    private void AppendIdentity(string block, string name, string source, int channels)
    {
        float[] scale = new float[channels], offset = new float[channels];
        Array.Fill(scale, 1);
        if (IsNormalizedIdentity(block))
        {
            (double[] scales, double[] offsets) = TakeNormalization($"{block}.downsample.0", name, channels);
            (scale, offset) = (Array.ConvertAll(scales, x => (float)x), Array.ConvertAll(offsets, x => (float)x));
        }
        Append(new AffineNode<float>(name, [source], scale, offset));
    }

    /// <summary>A batch normalization as a factor and an addend for each channel.</summary>
    private (double[] Scale, double[] Offset) TakeNormalization(string norm, string name, int channels)
    {
        float[] gamma = Take($"{norm}.weight", name, channels), beta = Take($"{norm}.bias", name, channels);
        float[] mean = Take($"{norm}.running_mean", name, channels), variance = Take($"{norm}.running_var", name, channels);
        if (Array.FindIndex(variance, value => !(value >= 0)) is >= 0 and int bad)
            throw new InvalidDataException($"Tensor {_options.Prefix}{norm}.running_var has the variance {variance[bad]} at {bad}.");
        double[] scale = [.. gamma.Zip(variance, (g, v) => g / Math.Sqrt(v + _options.BatchNormEpsilon))];
        return (scale, [.. beta.Select((b, c) => b - scale[c] * mean[c])]);
    }

    /// <summary>A convolution with its batch normalization folded in; gives the number of its outputs.</summary>
    private int AppendConvolution(string convolution, string norm, string name, string source, int channels, int stride)
    {
        NamedTensor weight = Find($"{convolution}.weight");
        if (weight.Shape is not [var outputs, var inputs, var kernel, var kernelWidth] || inputs != channels || kernel != kernelWidth)
            throw Misshapen(weight, $"[Out, {channels}, Kernel, Kernel]");
        float[] weights = Take(weight, name);
        int count = (int)outputs;
        float[]? own = _left.ContainsKey($"{convolution}.bias") ? Take($"{convolution}.bias", name, count) : null;
        (double[] scale, double[] offset) = TakeNormalization(norm, name, count);
        float[] bias = new float[count];
        int row = weights.Length / count;
        for (int c = 0; c < count; c++)
        {
            for (int i = 0; i < row; i++)
                weights[c * row + i] = (float)(weights[c * row + i] * scale[c]);
            bias[c] = (float)(offset[c] + scale[c] * (own?[c] ?? 0));
        }
        Append(new ConvolutionNode<float>(name, [source], channels, count, (int)kernel, stride, weights, bias));
        return count;
    }

    /// <param name="name">Of the layer.</param>
    /// <param name="current">What they take.</param>
    /// <param name="source">Their name in the file, where they have a threshold there.</param>
    private string AppendNeurons(string name, string current, string source)
    {
        double threshold = _options.Threshold;
        if (_left.GetValueOrDefault($"{source}.threshold") is { } tensor)
        {
            float[] values = Take(tensor, $"{name}.neuron");
            if (values.Length != 1 || !_options.IsThreshold(values[0]))
            {
                throw new InvalidDataException(
                    $"Tensor {tensor.Name} {Text(tensor.Shape)} is not a threshold above the reset value of {_options.Reset ?? 0}.");
            }
            threshold = values[0];
        }
        return Append(new NeuronNode<float>(
            $"{name}.neuron", [current], [(float)_options.Decay], [_options.EngineThreshold(threshold)],
            _options.Reset is null ? ResetKind.Soft : ResetKind.Hard));
    }

    private string Append(NetworkNode<float> node)
    {
        _nodes.Add(node);
        return node.Name;
    }

    /// <summary>Whether there is any tensor of a module; of at most three names, with a dot behind each.</summary>
    private bool Has(string module) => _modules.Contains(module);

    private NamedTensor Find(string name) => _left.GetValueOrDefault(name)
        ?? throw new InvalidDataException($"The file has no tensor {_options.Prefix}{name}.");

    private float[] Take(string name, string layer, int length)
    {
        NamedTensor tensor = Find(name);
        return tensor.Shape is [var only] && only == length ? Take(tensor, layer) : throw Misshapen(tensor, $"[{length}]");
    }

    private float[] Take(NamedTensor tensor, string layer)
    {
        if (tensor.Shape.Contains(0))
            throw new InvalidDataException($"Tensor {tensor.Name} has the shape {Text(tensor.Shape)}, and so no values.");
        _left.Remove(tensor.Name[_options.Prefix.Length..]);
        _report.Add(new(tensor.Name, tensor.Shape, layer));
        return tensor.Read?.Invoke() ?? throw new InvalidDataException($"Tensor {tensor.Name} has whole numbers, not weights.");
    }

    private static InvalidDataException Misshapen(NamedTensor tensor, string expected) =>
        new($"Tensor {tensor.Name} has the shape {Text(tensor.Shape)}, not {expected}.");

    private static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    private static int Strided(int size, int stride) => (size - 1) / stride + 1;
}

using System.Collections.Immutable;
using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Architecture;

/// <summary>
/// A convolution (padding Kernel / 2, no bias) and its tdBN. Name is the prefix of its tensors: <c>Name.conv.weight</c>,
/// <c>Name.norm.weight</c> and so on. Alpha is the tdBN's: 1 in series, 1 / sqrt(n) on each of n parallel branches.
/// </summary>
internal sealed record ConvolutionPlan(string Name, int In, int Out, int Kernel, int Stride, double Alpha, int OutHeight, int OutWidth)
{
    public long WeightCount => (long)In * Out * Kernel * Kernel;

    public long MultiplyAdds => WeightCount * OutHeight * OutWidth;

    /// <summary>Every how many-th pixel of a row or column the convolution reads at all: the stride of a 1x1 convolution.</summary>
    public int PixelStep => Kernel == 1 ? Stride : 1;

    /// <summary>The same convolution of the pixels that it reads alone.</summary>
    public ConvolutionPlan OnPickedPixels() => PixelStep == 1 ? this : this with { Stride = 1 };
}

/// <summary>
/// The branch beside a block's convolutions: tdBN, after a 1x1 convolution where the shape changes. Convolution is null for an identity
/// shortcut, whose tdBN has the tensors <c>Name.norm.*</c>.
/// </summary>
internal sealed record ShortcutPlan(string Name, int Channels, double Alpha, ConvolutionPlan? Convolution);

/// <summary>Convolutions in series, each followed by a neuron; the shortcut, if any, is added before the last neuron.</summary>
internal sealed record BlockPlan(string Name, ImmutableArray<ConvolutionPlan> Convolutions, ShortcutPlan? Shortcut);

/// <summary>A linear layer, with a bias or, where it is normalized, with a tdBN instead.</summary>
internal sealed record LinearPlan(string Name, int In, int Out, bool IsNormalized)
{
    public long WeightCount => (long)In * Out;

    /// <summary>Weights, and the bias or the tdBN's weight and bias.</summary>
    public long ParameterCount => WeightCount + (IsNormalized ? 2L : 1L) * Out;
}

/// <summary>
/// An architecture laid out for one input shape: every layer with its name, sizes and alpha. Network builds from it, Folding walks it.
/// </summary>
internal sealed record NetworkPlan(
    int Channels, int Height, int Width, int Classes, ConvolutionPlan Stem, ImmutableArray<BlockPlan> Blocks, PoolingPlan Pooling,
    LinearPlan? Hidden, LinearPlan Output)
{
    // The trainer's option.
    private const string Architecture = "Architecture";

    private static readonly double _branchAlpha = 1 / Math.Sqrt(2);

    /// <summary>The first layer behind the pooling.</summary>
    public LinearPlan FirstLinear => Hidden ?? Output;

    /// <summary>Convolution, linear, tdBN (weight and bias) and biases.</summary>
    public long ParameterCount =>
        Convolutions.Sum(c => c.WeightCount + 2L * c.Out)
        + Blocks.Sum(b => b.Shortcut is { Convolution: null } s ? 2L * s.Channels : 0)
        + (Hidden?.ParameterCount ?? 0) + Output.ParameterCount;

    public long MultiplyAddsPerStep =>
        Convolutions.Sum(c => c.MultiplyAdds) + (Hidden?.WeightCount ?? 0) + Output.WeightCount;

    /// <summary>All convolutions, those of shortcuts too, from input to output.</summary>
    public IEnumerable<ConvolutionPlan> Convolutions =>
        Blocks.SelectMany(b => b.Shortcut?.Convolution is { } shortcut ? b.Convolutions.Append(shortcut) : b.Convolutions).Prepend(Stem);

    /// <exception cref="ArgumentException">The input is empty, or there are fewer than two classes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A stage would shrink the image below 1x1, the head's windows do not cover the last feature map, or a layer has too many weights.
    /// </exception>
    public static NetworkPlan Create(SpikingResNetArchitecture architecture, int channels, int height, int width, int classes)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        if (channels < 1 || height < 1 || width < 1)
        {
            throw new ArgumentException(
                $"An input of shape [{channels}, {height}, {width}] is empty: channels, height and width must be at least 1.");
        }
        if (classes < 2)
            throw new ArgumentException($"A classifier needs at least two classes, not {classes}.");

        ConvolutionPlan stem = new FeatureMap(channels, height, width)
            .Convolve("stem", "the stem", architecture.Stem.Width, architecture.Stem.Kernel, architecture.Stem.Stride);
        var blocks = ImmutableArray.CreateBuilder<BlockPlan>();
        FeatureMap map = FeatureMap.After(stem);
        for (int s = 0; s < architecture.Stages.Length; s++)
        {
            SpikingStage stage = architecture.Stages[s];
            for (int b = 0; b < stage.Blocks; b++)
            {
                BlockPlan block = CreateBlock(
                    architecture.Block, $"stages.{s}.{b}", $"stage {s + 1}", map, stage.Width, b == 0 ? stage.Stride : 1);
                blocks.Add(block);
                map = FeatureMap.After(block.Convolutions[^1]);
            }
        }

        PoolingPlan pooling = CreatePooling(architecture.HeadPooling, map, $"{height}x{width}");
        LinearPlan? hidden = null;
        if (architecture.HiddenUnits > 0)
        {
            CheckFirstLinear("the hidden layer", pooling, architecture.HiddenUnits);
            hidden = new("head.hidden", (int)pooling.Features, architecture.HiddenUnits, architecture.HiddenNormalization);
            CheckSize("the output layer", hidden.Out, classes);
        }
        else
        {
            CheckFirstLinear("the output layer", pooling, classes);
        }
        var output = new LinearPlan("head.output", hidden?.Out ?? (int)pooling.Features, classes, IsNormalized: false);
        return new(channels, height, width, classes, stem, blocks.ToImmutable(), pooling, hidden, output);
    }

    private static PoolingPlan CreatePooling(int window, FeatureMap map, string image)
    {
        if (window == 0)
            return new(map.Channels, map.Height, map.Width, map.Height, map.Width);
        if (map.Height % window != 0 || map.Width % window != 0)
        {
            throw new ArgumentOutOfRangeException(
                Architecture,
                $"The architecture's HeadPooling averages over windows of {window}x{window} pixels, which do not cover its last feature "
                + $"map of {map.Height}x{map.Width} (of an image of {image}) without a rest. Use images of another size, or a HeadPooling "
                + "that divides height and width of that map; 0 averages over all of it.");
        }
        return new(map.Channels, map.Height, map.Width, window, window);
    }

    /// <summary>The layer behind the pooling, as it is in training and as the folded network has it.</summary>
    private static void CheckFirstLinear(string place, PoolingPlan pooling, int output)
    {
        CheckSize(place, pooling.Features, output);
        Int128 rows = pooling.IsGlobal ? 0 : (Int128)pooling.Kernel * pooling.Kernel * pooling.Channels;
        if (!SpikingLayerCompiler.CanLayOut(rows, output))
        {
            throw new ArgumentOutOfRangeException(
                Architecture,
                $"The architecture is too large: {place} takes windows of a map of {pooling.Height}x{pooling.Width} pixels, for which a "
                + $"scoring network would have a convolution of {rows * output} weights. Use smaller images, or a HeadPooling of 0.");
        }
    }

    private static BlockPlan CreateBlock(SpikingBlockKind kind, string name, string stage, FeatureMap input, int width, int stride)
    {
        bool isBottleneck = kind == SpikingBlockKind.Bottleneck, hasShortcut = kind != SpikingBlockKind.Plain;
        double lastAlpha = hasShortcut ? _branchAlpha : 1;
        CheckSize(stage, width, isBottleneck ? 4L * width : width);
        ConvolutionPlan first = isBottleneck
            ? input.Convolve($"{name}.1", stage, width, kernel: 1)
            : input.Convolve($"{name}.1", stage, width, kernel: 3, stride);
        ConvolutionPlan second = isBottleneck
            ? FeatureMap.After(first).Convolve($"{name}.2", stage, width, kernel: 3, stride)
            : FeatureMap.After(first).Convolve($"{name}.2", stage, width, kernel: 3, alpha: lastAlpha);
        ImmutableArray<ConvolutionPlan> convolutions = isBottleneck
            ? [first, second, FeatureMap.After(second).Convolve($"{name}.3", stage, 4 * width, kernel: 1, alpha: lastAlpha)]
            : [first, second];
        ShortcutPlan? shortcut = null;
        if (hasShortcut)
        {
            string shortcutName = $"{name}.shortcut";
            int output = convolutions[^1].Out;
            bool isIdentity = stride == 1 && input.Channels == output;
            shortcut = new(shortcutName, output, _branchAlpha,
                isIdentity ? null : input.Convolve(shortcutName, stage, output, kernel: 1, stride, _branchAlpha));
        }
        return new(name, convolutions, shortcut);
    }

    /// <summary>The weights of a layer must fit into an array: they are kept as one.</summary>
    private static void CheckSize(string place, long input, long output, long kernel = 1)
    {
        Int128 weights = (Int128)input * output * kernel * kernel;
        if (weights > Array.MaxLength)
        {
            throw new ArgumentOutOfRangeException(
                Architecture,
                $"The architecture is too large: {place} has a layer of {weights} weights, and {Array.MaxLength} are the most.");
        }
    }

    /// <summary>What a layer has as input.</summary>
    private readonly record struct FeatureMap(int Channels, int Height, int Width)
    {
        public static FeatureMap After(ConvolutionPlan convolution) => new(convolution.Out, convolution.OutHeight, convolution.OutWidth);

        /// <param name="name">Prefix of the convolution's tensors.</param>
        /// <param name="place">What to call it in messages.</param>
        /// <param name="output">Channels.</param>
        /// <param name="kernel">Side of the square kernel.</param>
        /// <param name="stride">1 for the map's own size.</param>
        /// <param name="alpha">The tdBN's.</param>
        public ConvolutionPlan Convolve(string name, string place, int output, int kernel, int stride = 1, double alpha = 1)
        {
            if (Height < stride || Width < stride)
            {
                // The type that ML.NET throws at data which do not suit an estimator.
                throw new ArgumentOutOfRangeException(
                    Architecture,
                    $"The image is too small for this architecture: {place}, of stride {stride}, would shrink its {Height}x{Width} input "
                    + "below 1x1. Use larger images or an architecture with fewer strided stages.");
            }
            CheckSize(place, Channels, output, kernel);
            return new(name, Channels, output, kernel, stride, alpha, (Height - 1) / stride + 1, (Width - 1) / stride + 1);
        }
    }
}

using System.Collections.Immutable;
using Microsoft.ML.Snn.Architecture;

namespace Microsoft.ML.Snn;

/// <summary>
/// The shape of a deep spiking residual network: stem, stages of blocks, head. Immutable; start from a preset and change what differs
/// with a <c>with</c> expression or <see cref="WithWidth"/>.
/// </summary>
/// <remarks>
/// Presets have the depths of "Going Deeper With Directly-Trained Larger Spiking Neural Networks" (AAAI-21). Ours, not known from it, are
/// the widths of ResNet-17, the 7x7 stem of the ImageNet networks, and tdBN on the hidden layer. Every convolution has no bias and is
/// followed by threshold-dependent batch normalization (tdBN); so is every shortcut, identity ones too. After the stages come average
/// pooling (<see cref="HeadPooling"/>), where <see cref="HiddenUnits"/> is set a linear layer with neurons and, unless
/// <see cref="HiddenNormalization"/> is off, tdBN, and the linear layer whose time-averaged output is the prediction.
/// <code>
/// // ResNet-19 with the head that copies of the paper's table have.
/// var copied = SpikingResNetArchitecture.ResNet19 with { HeadPooling = 2, HiddenNormalization = false };
/// </code>
/// </remarks>
public sealed record SpikingResNetArchitecture
{
    /// <summary>Name for logs and reports. Default <c>Custom</c>.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public string Name
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(Name));
    } = "Custom";

    /// <summary>The first convolution.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public required SpikingStem Stem
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(Stem));
    }

    /// <summary>The stages, at least one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are none, or one is null.</exception>
    public required ImmutableArray<SpikingStage> Stages
    {
        get;
        init => field = !value.IsDefaultOrEmpty && !value.Contains(null!)
            ? value : throw new ArgumentOutOfRangeException(
                nameof(Stages), "An architecture must have at least one stage, and none that is null.");
    }

    /// <summary>The block that all stages repeat. Default <see cref="SpikingBlockKind.Basic"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a defined <see cref="SpikingBlockKind"/>.</exception>
    public SpikingBlockKind Block
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value : throw new ArgumentOutOfRangeException(nameof(Block), value, $"{value} is not a defined {nameof(SpikingBlockKind)}.");
    } = SpikingBlockKind.Basic;

    /// <summary>Spiking units of the hidden linear layer between pooling and output; 0 (default) for no hidden layer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int HiddenUnits
    {
        get;
        init => field = value >= 0
            ? value : throw new ArgumentOutOfRangeException(nameof(HiddenUnits), value, "The number of hidden units must be 0 or more.");
    }

    /// <summary>
    /// Side k of the windows, in pixels, over which the last feature map [C, H, W] is averaged: windows of k x k lie side by side (a stride
    /// of k), and the C*(H/k)*(W/k) averages go to the head in the order channel, row, column. 0 (default) averages each channel over the
    /// whole map, which gives C numbers for images of any size.
    /// </summary>
    /// <remarks>
    /// H and W must be multiples of k: other images are refused by <c>Fit</c> and the counts below. A network with windows is for images
    /// of one size: early phases of another scale, and initial networks for other sizes, are refused. With 2 and
    /// <see cref="HiddenNormalization"/> off, <see cref="ResNet19"/> has the head that copies of the paper's table have. A trained network
    /// stores and scores the windows and the layer behind them as one convolution of the whole map.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int HeadPooling
    {
        get;
        init => field = value >= 0
            ? value : throw new ArgumentOutOfRangeException(
                nameof(HeadPooling), value, "The side of the head's windows must be 0, for the whole map, or more.");
    }

    /// <summary>
    /// Whether the hidden layer has tdBN. Default true. Without, it has a bias, and begins with weights so large that the inputs of its
    /// neurons have the deviation that tdBN would give them; nothing keeps them there. Nothing where <see cref="HiddenUnits"/> is 0.
    /// </summary>
    public bool HiddenNormalization { get; init; } = true;

    /// <summary>ResNet-17 (DVS-Gesture): 3x3 stem of stride 2, seven basic blocks; their widths 64, 128, 256 are ours.</summary>
    public static SpikingResNetArchitecture ResNet17 { get; } = new()
    {
        Name = nameof(ResNet17), Stem = new(64, 3, 2), Stages = [new(3, 64), new(2, 128, 2), new(2, 256, 2)], HiddenUnits = 256,
    };

    /// <summary>ResNet-18 (ImageNet): 7x7 stem, 2-2-2-2 basic blocks.</summary>
    public static SpikingResNetArchitecture ResNet18 { get; } = ImageNet(nameof(ResNet18), SpikingBlockKind.Basic, 1, 2, 2, 2, 2);

    /// <summary>
    /// ResNet-19 (CIFAR-10, DVS-CIFAR10), the default: 3x3 stem, 3-3-2 basic blocks of width 128, 256, 512; 12.7 M parameters.
    /// </summary>
    public static SpikingResNetArchitecture ResNet19 { get; } = new()
    {
        Name = nameof(ResNet19), Stem = new(128), Stages = [new(3, 128), new(3, 256, 2), new(2, 512, 2)], HiddenUnits = 256,
    };

    /// <summary>ResNet-34 (ImageNet): 7x7 stem, 3-4-6-3 basic blocks; 21.8 M parameters.</summary>
    public static SpikingResNetArchitecture ResNet34 { get; } = ImageNet(nameof(ResNet34), SpikingBlockKind.Basic, 1, 3, 4, 6, 3);

    /// <summary>ResNet-34 with all widths doubled; 86.1 M parameters.</summary>
    public static SpikingResNetArchitecture ResNet34Large { get; } = ImageNet(nameof(ResNet34Large), SpikingBlockKind.Basic, 2, 3, 4, 6, 3);

    /// <summary>ResNet-50 (ImageNet): 7x7 stem, 3-4-6-3 bottleneck blocks.</summary>
    public static SpikingResNetArchitecture ResNet50 { get; } = ImageNet(nameof(ResNet50), SpikingBlockKind.Bottleneck, 1, 3, 4, 6, 3);

    /// <summary>
    /// The same network with the widths of stem and stages multiplied by <paramref name="factor"/>, each rounded to the nearest multiple
    /// of 8 and at least 8. The hidden layer keeps its size.
    /// </summary>
    /// <param name="factor">A finite number above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="factor"/> is not a finite number above 0.</exception>
    public SpikingResNetArchitecture WithWidth(double factor)
    {
        if (!(factor > 0 && double.IsFinite(factor)))
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "The width factor must be a finite number above 0.");
        return factor == 1 ? this : this with
        {
            Name = FormattableString.Invariant($"{Name} x {factor}"),
            Stem = Stem with { Width = Scale(Stem.Width) },
            Stages = [.. Stages.Select(stage => stage with { Width = Scale(stage.Width) })],
        };

        int Scale(int width) => Math.Max(8, checked((int)Math.Round(width * factor / 8, MidpointRounding.AwayFromZero) * 8));
    }

    /// <summary>
    /// Number of trainable parameters for images of <paramref name="channels"/> channels and <paramref name="classes"/> classes, of any
    /// size.
    /// </summary>
    /// <param name="channels">Number of channels C, at least 1.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <exception cref="ArgumentException">The architecture is too large, or a number is out of range.</exception>
    /// <exception cref="InvalidOperationException">The number depends on the size, since <see cref="HeadPooling"/> is not 0.</exception>
    public long CountParameters(int channels, int classes) => HeadPooling == 0
        ? CountParameters(channels, 1 << 15, 1 << 15, classes)
        : throw new InvalidOperationException(
            $"With a HeadPooling of {HeadPooling} the number of parameters depends on the image's size: tell height and width too.");

    /// <summary>Number of trainable parameters for images of a size.</summary>
    /// <param name="channels">Number of channels C, at least 1.</param>
    /// <param name="height">Height H of the image in pixels, at least 1.</param>
    /// <param name="width">Width W of the image in pixels, at least 1.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <exception cref="ArgumentException">
    /// The architecture is too large, a number is out of range, or the image has a size that the architecture does not suit.
    /// </exception>
    public long CountParameters(int channels, int height, int width, int classes) =>
        NetworkPlan.Create(this, channels, height, width, classes).ParameterCount;

    /// <summary>
    /// Multiply-adds that a dense network of this shape spends on one sample in one time step (biases and normalization not counted).
    /// </summary>
    /// <param name="channels">Number of channels C, at least 1.</param>
    /// <param name="height">Height H of the image in pixels, at least 1.</param>
    /// <param name="width">Width W of the image in pixels, at least 1.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <exception cref="ArgumentException">
    /// The architecture is too large, a number is out of range, or the image has a size that the architecture does not suit.
    /// </exception>
    public long CountMultiplyAdds(int channels, int height, int width, int classes) =>
        NetworkPlan.Create(this, channels, height, width, classes).MultiplyAddsPerStep;

    /// <summary>Whether every property has the same value, stage by stage.</summary>
    /// <param name="other">The other architecture.</param>
    public bool Equals(SpikingResNetArchitecture? other) =>
        other is not null && Name == other.Name && Stem == other.Stem && Block == other.Block && HiddenUnits == other.HiddenUnits
        && HeadPooling == other.HeadPooling && HiddenNormalization == other.HiddenNormalization
        && Stages.AsSpan().SequenceEqual(other.Stages.AsSpan());

    /// <summary>A hash code of all properties, in accord with <see cref="Equals(SpikingResNetArchitecture)"/>.</summary>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Name);
        hash.Add(Stem);
        hash.Add(Block);
        hash.Add(HiddenUnits);
        hash.Add(HeadPooling);
        hash.Add(HiddenNormalization);
        foreach (SpikingStage stage in Stages)
            hash.Add(stage);
        return hash.ToHashCode();
    }

    private static SpikingResNetArchitecture ImageNet(
        string name, SpikingBlockKind block, int scale, params ReadOnlySpan<int> blocks) => new()
    {
        Name = name,
        Block = block,
        Stem = new(64 * scale, 7, 2),
        // No max-pool: the first stage is strided instead.
        Stages =
        [
            new(blocks[0], 64 * scale, 2), new(blocks[1], 128 * scale, 2), new(blocks[2], 256 * scale, 2), new(blocks[3], 512 * scale, 2),
        ],
    };
}

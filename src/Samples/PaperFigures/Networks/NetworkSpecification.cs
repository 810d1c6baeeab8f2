using System.Collections.Immutable;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Architecture;
using Microsoft.ML.Snn.Network;
using PaperFigures.Pictures;

namespace PaperFigures.Networks;

/// <summary>A network to study.</summary>
internal sealed record NetworkSpecification
{
    /// <summary>Weights of the paper's blocks: 1 / sqrt(n) on each of n branches.</summary>
    public static readonly double PaperAlpha = 1 / Math.Sqrt(2);

    public required SpikingResNetArchitecture Architecture { get; init; }

    /// <summary>Height and width of the pictures.</summary>
    public required int Size { get; init; }

    public LifNeuronOptions Neuron { get; init; } = new();

    public Normalization Normalization { get; init; }

    public WeightInitialization Initialization { get; init; }

    /// <summary>Alpha of the branches that meet in front of a block's last neurons.</summary>
    public double BranchAlpha { get; init; } = PaperAlpha;

    /// <summary>Whether a shortcut that changes no shape adds its input as it is, instead of its tdBN.</summary>
    public bool HasRawIdentity { get; init; }

    /// <summary>Whether rectified linear units take the place of spiking neurons: a dense network.</summary>
    public bool IsRectified { get; init; }

    /// <summary>The most of it, for the name of a result.</summary>
    public string Label => FormattableString.Invariant(
        $"{Architecture.Name} Vth {Neuron.Threshold} a {Neuron.SurrogateWidth} alpha {BranchAlpha:F3}{(HasRawIdentity ? " raw" : "")}");

    /// <summary>All of it: what a result depends on.</summary>
    public string Key => FormattableString.Invariant(
        $"{Architecture.Block} stem {Architecture.Stem} stages {string.Join(' ', Architecture.Stages)} hidden {Architecture.HiddenUnits} ")
        + FormattableString.Invariant($"{Neuron} {Normalization} {Initialization} alpha {BranchAlpha:R} ")
        + $"raw identity {HasRawIdentity} rectified {IsRectified} size {Size}";

    /// <summary>Whether the product builds it: all but raw shortcuts, missing normalization and dense neurons.</summary>
    public bool IsOfProduct => Initialization == WeightInitialization.Kaiming && !HasRawIdentity && !IsRectified
        && (Normalization == Normalization.ThresholdDependent || Normalization == Normalization.Batch && Architecture.HiddenUnits == 0);

    /// <summary>3x3 convolutions in three stages of equally many blocks, each with half the height and twice the width.</summary>
    /// <param name="depth">Layers with the stem and the output layer: 2 + 6 times the blocks of a stage.</param>
    /// <param name="width">Channels of the stem.</param>
    public static SpikingResNetArchitecture OfDepth(int depth, int width, SpikingBlockKind block)
    {
        int blocks = (depth - 2) / 6;
        if (blocks < 1 || depth != 2 + 6 * blocks)
            throw new ArgumentOutOfRangeException(nameof(depth), depth, "The depth must be 8, 14, 20 and so on.");
        return new()
        {
            Name = $"{block}-{depth}", Block = block, Stem = new(width),
            Stages = [new(blocks, width), new(blocks, 2 * width, 2), new(blocks, 4 * width, 2)],
        };
    }

    /// <summary>Its layers. Plain batch normalization is tdBN with alpha / Vth in place of alpha.</summary>
    public NetworkPlan Plan()
    {
        var plan = NetworkPlan.Create(Architecture, PictureSet.Channels, Size, Size, PictureSet.Classes);
        double unit = Normalization == Normalization.Batch ? 1 / Neuron.Threshold : 1;
        return plan with { Stem = WithAlpha(plan.Stem, 1), Blocks = [.. plan.Blocks.Select(BlockWithAlpha)] };

        ConvolutionPlan WithAlpha(ConvolutionPlan convolution, double alpha) => convolution with { Alpha = alpha * unit };

        BlockPlan BlockWithAlpha(BlockPlan block)
        {
            double last = block.Shortcut is null ? 1 : BranchAlpha;
            ImmutableArray<ConvolutionPlan> convolutions =
            [
                .. block.Convolutions.SkipLast(1).Select(convolution => WithAlpha(convolution, 1)), WithAlpha(block.Convolutions[^1], last),
            ];
            ShortcutPlan? shortcut = block.Shortcut is null ? null : block.Shortcut with
            {
                Alpha = last * unit,
                Convolution = block.Shortcut.Convolution is { } projection ? WithAlpha(projection, last) : null,
            };
            return block with { Convolutions = convolutions, Shortcut = shortcut };
        }
    }

    /// <param name="seed">Of the weights: the same in both kinds of networks.</param>
    /// <param name="tap">Sees currents and their gradients; null for nobody, which is faster.</param>
    public IStudiedNetwork Create(int seed, INeuronTap? tap = null) =>
        IsOfProduct ? new ProductNetwork(Plan(), Neuron, seed, tap) : new StudyNetwork(this, seed, tap);
}

using System.Collections.Immutable;

namespace Microsoft.ML.Snn.Engine.Layout;

/// <summary>
/// Where a window of a layer's kernel lies on its source: a convolution's geometry, 1x1 on a 1x1 map for a linear layer. The window of
/// output i begins at <c>i * Stride - Padding</c>.
/// </summary>
internal readonly record struct Window(int Channels, int Height, int Width, int Kernel, int Stride, int Padding)
{
    public int Taps => Kernel * Kernel;
}

/// <summary>
/// Spikes of layer Source, convolved. A spike of channel c under tap k of the window adds row <c>FirstRow + k * Window.Channels + c</c> of
/// the layer's weights. Where those are 16 bits wide, the sum of any LongestNarrowSum rows is, too.
/// </summary>
internal sealed record SpikeTerm(string Node, int Source, Window Window, int FirstRow, int LongestNarrowSum = 0);

/// <summary>
/// An identity shortcut: a spike of channel c of layer Source adds <c>Scale[c]</c>, in the units of the layer's sums; padded.
/// </summary>
internal sealed record IdentityTerm(string Node, int Source, AlignedArray<int> Scale);

/// <summary>
/// Real numbers, convolved: the network's input, or the spike counts of layer Source. Weights are <c>[tap, channel, Stride]</c>, with
/// Stride the layer's PaddedChannels.
/// </summary>
internal sealed record AnalogTerm(string Node, int? Source, Window Window, AlignedArray<float> Weights, int Stride);

/// <summary>
/// Neurons and everything that flows into them (or, in the last layer, the sums that are the scores), laid out for the kernels.
/// </summary>
/// <remarks>
/// <para>
/// What spikes add is a whole number of units <c>Scale[c]</c>, one unit for each output channel (<see cref="ChannelUnits"/>). Sums of
/// integers are exact, so they have no order, and no thread, batch or vector width can change them.
/// </para>
/// <para>
/// The input of a neuron is <c>x = base + (float)sum * Scale</c>, where base is the bias, followed, where there are analog terms, by
/// <c>base += value * weight</c> in the order of terms, taps (row-major) and channels; values equal to 0 are skipped. Then <c>u = Decay * u
/// + x</c> (u is 0 after a spike) and <c>o = u > Threshold</c> (Eq. 1-3), or the number of thresholds <c>Threshold * (2 j - 1)</c> that u
/// exceeds. After a soft reset u is not 0 but <c>u - Threshold</c>, one subtraction for each spike. Each operation rounds on its own: no
/// multiplication is fused with an addition.
/// </para>
/// </remarks>
internal sealed class SpikingLayer
{
    /// <summary>Lanes of the widest vector.</summary>
    public const int MaxVectorLanes = 16;

    public required SpikingLayerShape Shape { get; init; }

    public string Name => Shape.Name;

    public int Channels => Shape.Channels;

    public int Height => Shape.Height;

    public int Width => Shape.Width;

    public required ImmutableArray<AnalogTerm> AnalogTerms { get; init; }

    public required ImmutableArray<SpikeTerm> SpikeTerms { get; init; }

    public required ImmutableArray<IdentityTerm> IdentityTerms { get; init; }

    /// <summary>Whether spikes flow into it, by weights or unweighted.</summary>
    public bool HasSpikes => !SpikeTerms.IsEmpty || !IdentityTerms.IsEmpty;

    /// <summary>The weights of all spike terms.</summary>
    public required WeightRows Weights { get; init; }

    /// <summary>Value of one unit of the sums. [PaddedChannels]</summary>
    public required AlignedArray<float> Scale { get; init; }

    /// <summary>[PaddedChannels]</summary>
    public required AlignedArray<float> Bias { get; init; }

    /// <summary>[PaddedChannels]; null in the last layer, which has no neurons.</summary>
    public required AlignedArray<float>? Decay { get; init; }

    /// <summary>[PaddedChannels]; null in the last layer.</summary>
    public required AlignedArray<float>? Threshold { get; init; }

    /// <summary>The most spikes that a neuron sends in a step.</summary>
    public int MaxSpikes { get; init; } = 1;

    /// <summary>Whether a spike subtracts the threshold from u instead of setting it to 0.</summary>
    public bool HasSoftReset { get; init; }

    /// <summary>Output channels are padded to whole blocks of weights; padded ones have no weights and cannot fire.</summary>
    public int PaddedChannels => Weights.Blocks * Weights.BlockWidth;

    /// <summary>Words of <see cref="SpikeBits"/> for one pixel.</summary>
    public int Words => SpikeBits.WordsFor(Channels);

    /// <summary>Whether the analog part is the same at every step: computed at the first, then reused.</summary>
    public required bool AnalogIsStatic { get; init; }
}

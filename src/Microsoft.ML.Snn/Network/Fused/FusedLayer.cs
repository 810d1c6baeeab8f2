using Microsoft.ML.Snn.Torch;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Network.Fused;

/// <summary>A layer of neurons with what feeds it; layers are numbered from the stem, 0, on.</summary>
/// <param name="Convolution">Of the layer before; the stem's is of the image.</param>
/// <param name="Shortcut">Added to it; null for none.</param>
/// <param name="Rate">Told the neurons' firing rate.</param>
/// <param name="RatePenalty">What the loss has on top for a firing rate of 1; 0 for nothing.</param>
/// <param name="Learned">What the neurons learn; null for nothing.</param>
internal sealed record FusedLayer(
    FusedConvolution Convolution, FusedShortcut? Shortcut, FiringRateMeter Rate, double RatePenalty, ILearnedNeurons? Learned)
{
    /// <summary>What a gradient is for.</summary>
    public IEnumerable<Tensor> Parameters =>
    [
        .. Convolution.Parameters,
        .. Shortcut is { } shortcut ? shortcut.Projection?.Parameters ?? shortcut.Norm.Parameters : [],
        .. Learned?.Parameters ?? [],
    ];
}

/// <summary>A shortcut from the spikes of an earlier layer.</summary>
/// <param name="Source">The earlier layer.</param>
/// <param name="Projection">Null for an identity shortcut.</param>
/// <param name="Norm">Its tdBN.</param>
internal sealed record FusedShortcut(int Source, FusedConvolution? Projection, FusedNormalization Norm);

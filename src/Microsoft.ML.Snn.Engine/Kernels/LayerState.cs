using Microsoft.ML.Snn.Engine.Layout;

namespace Microsoft.ML.Snn.Engine.Kernels;

/// <summary>What one layer keeps during a run. Maps are pixel by pixel, channels innermost.</summary>
internal sealed class LayerState
{
    /// <summary>[steps of a block times bits of a number of spikes, H, W, words]; null in the last layer.</summary>
    public AlignedArray<ulong>? Spikes { get; init; }

    /// <summary>Membrane potential between two blocks of steps: [H, W, PaddedChannels]. Null where one block holds all steps.</summary>
    public AlignedArray<float>? Membrane { get; init; }

    /// <summary>
    /// What a static input adds, kept for the blocks of steps to come: [H, W, PaddedChannels]. Null where one holds all steps.
    /// </summary>
    public AlignedArray<float>? Analog { get; init; }

    /// <summary>Spikes of each channel, where a later layer asks for them: [steps of a block, channels].</summary>
    public AlignedArray<float>? Counts { get; init; }

    /// <summary>Output of the last layer, added up over the steps so far: [PaddedChannels].</summary>
    public AlignedArray<float>? Scores { get; init; }
}
